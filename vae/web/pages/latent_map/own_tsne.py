"""The user's own t-SNE: so many points and this perplexity, its points moving while it is computed.

The address says what is asked for and the server keeps what it computed: a link or a reload shows the same.
"""

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from vae.explorer import Explorer
from vae.jobs.job import Job, Recomputation, Request
from vae.latent import embedding
from vae.web.kit import address, job_panel
from vae.web.pages.latent_map import moving

UNDER_WAY = "own_tsne."  # session: the computation for a model, by its fingerprint
FEWEST, POINTS, STEP = 500, 2000, 500
LOWEST, PERPLEXITY, HIGHEST = 5, 30, 100
SEED = 0  # of the choice of points
KEPT = 64  # results of all sessions

POINTS_HELP = (
    "How many test images, drawn at random. On two idle cores 2,000 take a few seconds and all 10,000 a "
    "quarter of a minute; longer while others compute."
)
PERPLEXITY_HELP = (
    "About how many neighbours each point tries to keep: small for fine islands, large for the whole."
)
Floats = NDArray[np.float32]


def request(explorer: Explorer) -> Request:
    """What the address asks for."""
    count = len(explorer.codes("test"))
    points = _points(count).value if count > FEWEST else count
    dims = address.choice("dims", (2, 3), 2).value
    return Request(_drawn(count, points), dims, float(_perplexity(points).value))


def settings(explorer: Explorer) -> None:
    """The sliders for points and perplexity; another value is computed at once."""
    count = len(explorer.codes("test"))
    with st.container(horizontal=True, key="own-tsne", gap="medium"):
        points = count
        if count > FEWEST:
            asked = _points(count)
            points = asked.value
            st.slider("Points", FEWEST, count, step=STEP, help=POINTS_HELP, **asked.widget())
        lowest, highest = _bounds(points)
        st.slider("Perplexity", lowest, highest, help=PERPLEXITY_HELP, **_perplexity(points).widget())


def finished(explorer: Explorer, asked: Request) -> Floats | None:
    """The coordinates (n, dims) if this server has computed them, for whomever."""
    key, kept = (explorer.fingerprint, asked.name), _kept()
    job: Recomputation | None = st.session_state.get(UNDER_WAY + explorer.fingerprint)
    if job is not None and job.request.name == asked.name and job.coordinates is not None:
        while len(kept) >= KEPT:
            kept.pop(next(iter(kept)), None)  # the oldest
        kept[key] = job.coordinates
        del st.session_state[UNDER_WAY + explorer.fingerprint]
    return kept.get(key)


def compute(explorer: Explorer) -> None:
    """Compute what is asked for, its points moving where the map will be; it can be stopped."""
    key, asked = UNDER_WAY + explorer.fingerprint, request(explorer)
    job: Recomputation | None = st.session_state.get(key)
    if job is None or job.request.name != asked.name:
        if job is not None:
            job.stop()
        _start(explorer, asked)

    def picture(job: Job) -> None:
        assert isinstance(job, Recomputation)
        moving.show(explorer, job)

    job, doing = st.session_state[key], f"t-SNE of {len(asked.index):,} test images"
    if not job_panel.show(key, doing, "Try fewer points.", picture):
        st.button("Compute", type="primary", on_click=_start, args=(explorer, asked), help=f"{doing}, anew.")
        picture(job)


def perplexities(points: int) -> tuple[int, int] | None:
    """The lowest and the highest perplexity to choose for so many points, None where there is no choice."""
    highest = min(HIGHEST, int(embedding.largest_perplexity(points)))
    lowest = min(LOWEST, highest // 2)
    return (lowest, highest) if 0 < lowest < highest else None


def _start(explorer: Explorer, asked: Request) -> None:
    mu = explorer.codes("test").mu
    st.session_state[UNDER_WAY + explorer.fingerprint] = Recomputation(mu[asked.index], asked)


def _points(count: int) -> address.Shared[int]:
    return address.integer("points", min(POINTS, count), FEWEST, count)


def _perplexity(points: int) -> address.Shared[int]:
    lowest, highest = _bounds(points)
    return address.integer("perplexity", min(PERPLEXITY, highest), lowest, highest)


def _bounds(points: int) -> tuple[int, int]:
    found = perplexities(points)
    assert found is not None  # else this map is not offered
    return found


def _drawn(count: int, points: int) -> np.ndarray:
    """Which of `count` test images take part, (points,), always the same for the same number."""
    return np.sort(np.random.default_rng(SEED).permutation(count)[:points])


@st.cache_resource(show_spinner=False)
def _kept() -> dict[tuple[str, str], Floats]:
    """What was computed, by the model's fingerprint and the name of the request; the oldest first."""
    return {}
