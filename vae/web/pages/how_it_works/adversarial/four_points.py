"""Four points: what a q(z|x) of any form gains over a Gaussian one, in a plane that can be seen whole."""

import numpy as np
import streamlit as st

from vae.analysis.studies import study as studies
from vae.analysis.studies.study import Study
from vae.explorer import Explorer
from vae.figures.theory.four_points import HEIGHT, Clouds, clouds
from vae.jobs.job import Job
from vae.web.kit import html, job_panel
from vae.web.kit.format import listed, plus_minus
from vae.web.pages.how_it_works import layout, studied

UNDER_WAY, OWN = "four-points.under_way", "four-points.own"  # session
MODELS = {"vae": "VAE", "avb": "AVB"}
PAPER = {
    "vae": ("−1.568", "0.0885", "−1.697", "≈ 0.165"),
    "avb": ("−1.403", "0.00577", "≈ −1.421", "≈ 0.026"),
}
"""Table 1, in the order of the quantities."""

QUANTITIES = {
    "log_likelihood": html.Fact(
        "log p(x)",
        help="Mean over the four points, by a sum over a fine grid of z. The best possible value is "
        "−log 4 = −1.386: each point with probability ¼.",
    ),
    "reconstruction": html.Fact(
        "reconstruction", help="−log p(x|z), mean over the four entries of x, z drawn from q(z|x)."
    ),
    "elbo": html.Fact(
        "ELBO",
        help="−log p(x|z) here is the sum over the four entries. The VAE's KL is exact; AVB's is an estimate "
        "from the distances of neighbouring draws, so its ELBO is an estimate too, and no bound.",
    ),
    "kl": html.Fact(
        "KL(q(z), p(z))",
        help="How far the codes of all points together are from the prior: an estimate from the distances of "
        "neighbouring draws (Kozachenko and Leonenko), good to a few thousandths.",
    ),
}
DECIMALS = {"log_likelihood": 3, "reconstruction": 4, "elbo": 3, "kl": 3}
FRAME_MS = 150
PICTURE_SECONDS = 2.0
SEED_HELP = "Where the random weights and draws begin; another seed gives another arrangement."
TRAIN_HELP = (
    "Trains both models on this server, beside the page, which stays usable: about two minutes on a core of "
    "its own. The clouds are shown as they move; it can be stopped."
)
SHOWN_HELP = "The training that ships with the app, or the one of this session."

WORDS = r"""
The smallest data set on which the form of $q(z\mid x)$ matters: **four points**, $x = (1,0,0,0)$ to
$(0,0,0,1)$, codes in the plane. Each colour is one point. The dots are draws of $q(z\mid x)$; the tint behind
them is where the decoder gives that point more than half of the probability. No tint: it gives none.

**Play it, and look at the gaps.** The best a model can do is to cut the plane into four parts of mass ¼ each,
and to fill each part as the prior does.

- The **VAE**'s clouds are ellipses along the axes, with soft edges. However it lays them out, neighbours
  **overlap**, where the decoder cannot know which point a code came from, and together they are not the
  prior: they **leave holes**, from which the prior draws though no $x$ is there. Here it makes four
  bands, which are better than the paper's arrangement, one point to each side; a training can end in either.
- **AVB** draws $z = f(x, \epsilon)$ with 64 numbers of noise. Its clouds take any shape, so they **meet
  without overlap** and together are nearly the prior: reconstructions become almost certain and log p(x)
  comes close to its best value, −log 4 = −1.386.

What AVB needs for that is the critic of the step before, since $q(z\mid x)$ has no density to put into the
KL. All numbers of the table are measured **without** the critic.
"""
SOURCE = (
    "Mescheder, Nowozin and Geiger, Adversarial Variational Bayes, 2017, section 6.1 and table 1. They train "
    "100,000 steps with wider networks; here it is 12,000 with larger learning rates."
)


def show(_: Explorer) -> None:
    """The clouds of both models, table 1, and a training of one's own; no chosen model plays a part."""
    layout.chapter(_figure, WORDS, SOURCE)


def _figure() -> None:
    if (shipped := studied.look_up("four-points")) is None:
        return
    _settle()
    if _train(int(shipped.said["steps"])):
        _moving()
    else:
        _draw(_chosen(shipped))
    _table(shipped)


def _settle() -> None:
    """Keep the result of a training that has ended, for the session."""
    done = job_panel.take(UNDER_WAY)
    if done is not None and done.result is not None:
        st.session_state[OWN] = studies.from_npz("four-points", done.result)


@st.fragment(run_every=PICTURE_SECONDS)
def _moving() -> None:
    """The newest picture of a training under way; a place for it before there is one."""
    job: Job | None = st.session_state.get(UNDER_WAY)
    if job is not None and job.so_far is not None:
        study = studies.from_npz("four-points", job.so_far)
        last = {key: array[-1:] for key, array in study.arrays.items()}
        _draw(Study(study.name, study.said, last))
        st.caption(f"After {last['steps'][0]:,} of {study.said['steps']:,} steps.")
    else:
        with st.container(height=HEIGHT, border=False, vertical_alignment="center"):
            st.caption("The clouds appear here in a moment.")


def _chosen(shipped: Study) -> Study:
    """The training that is drawn."""
    own: Study | None = st.session_state.get(OWN)
    if own is None:
        return shipped
    names = {"shipped": f"Shipped, seed {shipped.said['seed']}", "own": f"Yours, seed {own.said['seed']}"}
    chosen = st.segmented_control(
        "Training",
        tuple(names),
        format_func=names.__getitem__,
        default="own",
        required=True,
        key="four-points-training",
        help=SHOWN_HELP,
    )
    return own if chosen == "own" else shipped


def _draw(study: Study) -> None:
    models = {
        name: Clouds(study.arrays[f"z-{key}"], study.arrays[f"regions-{key}"]) for key, name in MODELS.items()
    }
    fig = clouds(study.arrays["steps"], models, study.said["view"])
    studied.played(fig, f"theory-clouds-{study.said['seed']}", FRAME_MS)


def _table(shipped: Study) -> None:
    """Table 1: the paper's values, ours, and the session's own."""
    own: Study | None = st.session_state.get(OWN)
    rows = []
    for model, name in MODELS.items():
        rows += [[f"{name}, paper", *PAPER[model]], [f"{name}, ours", *_cells(shipped, model)]]
        rows += [[f"{name}, yours", *_cells(own, model)]] if own else []
    html.table([html.Fact("Model, whose"), *QUANTITIES.values()], rows)
    said = shipped.said
    st.caption(
        f"Nats. Ours: mean ± standard deviation over seeds {listed(list(map(str, said['seeds'])))}, "
        f"{said['steps']:,} steps of each model, AVB's in {np.mean(said['avb']['seconds']):.0f} s on one "
        f"core. The pictures are of seed {said['seed']}. By `{said['command']}`."
    )


def _cells(study: Study, model: str) -> list[str]:
    """The scores of a model over the seeds of a study."""
    scores = {key: np.array(study.said[model][key]) for key in QUANTITIES}
    return [
        plus_minus(values.mean(), values.std(ddof=1) if len(values) > 1 else None, DECIMALS[key])
        for key, values in scores.items()
    ]


def _train(steps: int) -> bool:
    """A row above the picture to start a training, or to watch and stop it; whether one is under way."""
    with st.container(key="four-points-train"):
        if job_panel.show(UNDER_WAY, "Training VAE and AVB"):
            return True
        with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
            seed = st.number_input("Seed", 0, 9999, 3, key="four-points-seed", help=SEED_HELP, width=140)
            st.button("Train", on_click=_start, args=(int(seed), steps), help=TRAIN_HELP)
    return False


def _start(seed: int, steps: int) -> None:
    st.session_state[UNDER_WAY] = Job("four-points", str(seed), str(steps))
