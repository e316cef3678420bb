"""The panel that computes t-SNE anew, with the user's number of points and perplexity."""

from typing import TYPE_CHECKING

import streamlit as st

from vae.web import maps
from vae.web.recompute import Recomputation, Request

if TYPE_CHECKING:
    import numpy as np

    from vae.explorer import Explorer

UNDER_WAY = "own_tsne."  # session: the computation for a model, by its fingerprint
POLL_SECONDS = 0.5
FEWEST, POINTS, STEP = 500, 2000, 500
PERPLEXITY, MOST_NEIGHBOURS = 30, 100
SEED = 0  # of the choice of points

POINTS_HELP = "How many test images, drawn at random. 2,000 take seconds, all 10,000 minutes."
PERPLEXITY_HELP = (
    "About how many neighbours each point tries to keep: small for fine islands, large for the whole."
)


def panel(explorer: "Explorer") -> None:
    """Start, watch and stop a computation; its result is shown as one more map and kept for the session."""
    with st.expander("Compute t-SNE anew", key="own-tsne"):
        job = st.session_state.get(UNDER_WAY + explorer.fingerprint)
        if job is not None and not job.has_ended:
            _watch(explorer)
            return
        if job is not None:
            _settle(explorer, job)
        _form(explorer)


def _form(explorer: "Explorer") -> None:
    count = len(explorer.codes("test").labels)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        points = count
        if count > FEWEST:
            with st.container(width=230):
                points = st.slider("Points", FEWEST, count, min(POINTS, count), STEP, help=POINTS_HELP)
        with st.container(width=230):
            most = max(6, min(MOST_NEIGHBOURS, points // 4))
            perplexity = st.slider("Perplexity", 5, most, min(PERPLEXITY, most), help=PERPLEXITY_HELP)
        dims = st.segmented_control(
            "Dimensions",
            (2, 3),
            format_func="{}-D".format,
            default=2,
            required=True,
            key="own-tsne-dims",
            help=maps.DIMS_HELP,
        )
        st.button(
            "Compute",
            type="primary",
            on_click=_start,
            args=(explorer, points, perplexity, dims),
            help="Runs beside the page, which stays usable; it can be stopped.",
        )


def _start(explorer: "Explorer", points: int, perplexity: float, dims: int) -> None:
    mu = explorer.codes("test").mu
    request = Request(_drawn(len(mu), points), dims, float(perplexity))
    st.session_state[UNDER_WAY + explorer.fingerprint] = Recomputation(mu[request.index], request)


def _drawn(count: int, points: int) -> "np.ndarray":
    """Which of `count` test images take part, (points,), always the same for the same number."""
    import numpy as np

    return np.sort(np.random.default_rng(SEED).permutation(count)[:points])


@st.fragment(run_every=POLL_SECONDS)
def _watch(explorer: "Explorer") -> None:
    job: Recomputation = st.session_state[UNDER_WAY + explorer.fingerprint]
    if job.has_ended:
        st.rerun()
    with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
        st.progress(job.share, f"t-SNE of {len(job.request.index):,} test images: {job.status}")
        st.button("Stop", on_click=job.stop, help="Ends the computation; the map stays as it is.")


def _settle(explorer: "Explorer", job: Recomputation) -> None:
    """Keep the result of a computation that has ended, or say why there is none."""
    if job.coordinates is not None:
        del st.session_state[UNDER_WAY + explorer.fingerprint]
        maps.keep(explorer, job)
        st.rerun()
    if job.was_stopped:
        st.caption("Stopped; the map is the one from before.")
    else:
        st.error(f"The computation ended without a result: {job.error} Try fewer points.")
