"""What adaptive contrast changes: q narrow and far away, told from the prior or from a Gaussian around it."""

from typing import Any

import numpy as np
import streamlit as st

from vae.analysis.studies.study import Study
from vae.explorer import Explorer
from vae.figures.theory import critic as charts
from vae.figures.theory.critic import Contrasted
from vae.web.kit import address, html
from vae.web.kit.format import signed
from vae.web.kit.html import Fact
from vae.web.pages.how_it_works import code, studied
from vae.web.pages.how_it_works.adversarial.critic import mixture

WORDS = r"""
The posterior of an image is often **far from the prior and much narrower**. Then the critic's question is
too easy. It is nearly always right, and that is the trouble: its loss is almost 0 long before $T$ has the
right height, and what is left of the loss hardly asks for more. The KL that comes out is wrong.

**Adaptive contrast** makes the question harder. Take the mean $\mu$ and the sd $\sigma$ of the draws of
$q(z\mid x)$, and let the critic tell $q$ from the Gaussian with just these moments, $r(z\mid x) =
\mathcal N(\mu, \sigma^2)$. Nothing is lost:
$$
\mathrm{KL}(q\,\|\,p) =
\mathbb E_q\Big[\underbrace{\log\frac{q}{r}}_{T^*} + \underbrace{\log r - \log p}_{\text{known}}\Big]
$$
The second term is in closed form: two Gaussians. The critic sees $\tilde z = (z - \mu)/\sigma$ beside
$\mathcal N(0, I)$ and has to find the **rest** only, what is not Gaussian about $q$. For a Gaussian $q$ that
is 0.

**Make q narrow.** Left, against the prior: the red line misses the dotted one. Right, against $r$: the
critic's task is the same for every width, and so is its error. The lowest chart has the KL's error for all
widths.

- Of this $q$ the critic tells the two peaks from a Gaussian, and is right 7 times of 10. Of a Gaussian $q$
  it would be right 5 times of 10, and its loss $2\log 2$. That is no failure: nothing is left to tell apart.
- The KL stays an **estimate**, no bound. But its Gaussian part is in closed form now, and the critic errs in
  what is left only.
- **In many dimensions** the paper's $r$ has the mean and sd of each, as if they were independent. A $q$ that
  shrinks to a line costs such an $r$ nothing. Only the critic could object; it saturates, and $q$ stays a
  line. So did ours in eight dimensions, until $r$ was given $q$'s whole **covariance**: our 8-D and 32-D
  models are trained that way (`--contrast covariance`).
"""
SOURCE = "Mescheder, Nowozin and Geiger, Adversarial Variational Bayes, 2017, section 3.3, Algorithm 2."
ALGORITHM = """
for x in batches(images):                       # Algorithm 2
    z = encoder(x, torch.randn(len(x), noise_dim))
    r = contrast(draws_of(encoder, x))          # mean and sd of q(z|x), no gradient
    kl = critic(x, r.standardised(z)) + r.log_ratio(z)
    step(encoder, decoder, (decoder.nll(x, z) + kl).mean())

    zn = r.standardised(encoder(x, torch.randn(len(x), noise_dim))).detach()
    noise = torch.randn_like(zn)                # in the prior's place
    step(critic, softplus(-critic(x, zn)).mean() + softplus(critic(x, noise)).mean())
"""
CONTRASTS = {"prior": "the prior", "adaptive": "a Gaussian of q's moments"}
TITLES = {"prior": "against the prior", "adaptive": "against r(z|x)"}
SD_HELP = "Standard deviation of q, in prior standard deviations. Critics were trained for each."
MEAN_HELP = "Mean of q, in prior standard deviations."
ERROR_HELP = "Root mean square error of what stands for log q − log p, over draws of q."
LOSS_HELP = "Of the critic; 1.386 nats where it knows nothing."


@st.fragment
def figure(_: Explorer) -> None:
    """Both critics for the chosen q, their numbers, and the error for all widths."""
    study = studied.look_up("critic")
    if study is None:
        return
    said = study.said
    means, sds = tuple(said["means"]), tuple(said["sds"])
    mean, sd = address.choice("q_mean", means, means[-1]), address.choice("q_sd", sds[::-1], 0.1)
    with st.container(horizontal=True, gap="medium", key="theory-contrast"):
        st.select_slider("sd of q", sds[::-1], help=SD_HELP, width=280, **sd.widget())
        st.segmented_control("mean of q", means, required=True, help=MEAN_HELP, **mean.widget())
    at = means.index(mean.value), sds.index(sd.value)
    both = [_contrasted(study, name, at) for name in CONTRASTS]
    st.plotly_chart(charts.contrasts(both), key="theory-contrasts", config={"displayModeBar": False})
    _numbers(said, at)
    true = np.array(said["true_kl"][at[0]])[:, None]
    wrong = {name: np.array(said["contrasts"][key]["kl"][at[0]]) - true for key, name in CONTRASTS.items()}
    chart = charts.errors(sds, wrong, sd.value)
    st.plotly_chart(chart, key="theory-contrast-errors", config={"displayModeBar": False})
    studied.caption(
        study,
        f"Each critic: {said['steps']:,} steps of {said['batch']} draws of each; {said['seeds']} seeds, of "
        "which the upper charts show the first, the table mean ± standard deviation.",
    )
    with st.expander("Algorithm 2, in short"):
        st.code(ALGORITHM.strip(), language="python")
    code.beside("training/adversarial/critic.py", "Contrast", "contrast", label="The contrast's code")
    code.beside(
        "training/adversarial/adversary.py",
        *("Adversary.kl", "Adversary._gradients"),
        label="The critic of a training run",
    )


def _contrasted(study: Study, name: str, at: tuple[int, int]) -> Contrasted:
    said = study.said
    mean, sd = said["means"][at[0]], said["sds"][at[1]]
    values = study.arrays[name][at].astype(np.float64)
    z = mean + sd * np.linspace(-said["reach"], said["reach"], len(values))
    q = mixture(z, mean, sd, said["density"])
    prior = np.exp(-0.5 * z**2) / np.sqrt(2 * np.pi)
    own = np.exp(-0.5 * ((z - mean) / sd) ** 2) / (sd * np.sqrt(2 * np.pi))
    return Contrasted(
        TITLES[name], z, q, prior if name == "prior" else own, np.log(q) - np.log(prior), values
    )


def _numbers(said: dict[str, Any], at: tuple[int, int]) -> None:
    """What the critics of both contrasts say, over the seeds."""
    i, j = at
    header = [
        Fact("the critic tells q from"),
        Fact("KL, an estimate", unit="nats", help=f"The true KL is {said['true_kl'][i][j]:.3f} nats."),
        Fact("its error", unit="nats"),
        Fact("error of log q − log p", unit="nats", help=ERROR_HELP),
        Fact("critic's loss", unit="nats", help=LOSS_HELP),
        Fact("right answers", unit="%"),
    ]
    rows = []
    for key, words in CONTRASTS.items():
        found = {name: np.array(values[i][j]) for name, values in said["contrasts"][key].items()}
        kl = found["kl"]
        rows.append(
            [
                words,
                f"{kl.mean():.2f} ± {kl.std(ddof=1):.2f}",
                signed(float(kl.mean()) - said["true_kl"][i][j], 3),
                f"{found['error'].mean():.2f}",
                f"{found['loss'].mean():.3f}",
                f"{100 * found['accuracy'].mean():.0f}",
            ]
        )
    html.table(header, rows)
