"""The panel that recomputes t-SNE with the user's number of points and perplexity."""

import numpy as np
import streamlit as st

from vae.explorer import Explorer
from vae.jobs.job import Recomputation, Request
from vae.latent import embedding
from vae.web.kit import job_panel
from vae.web.pages.latent_map import maps

UNDER_WAY = "own_tsne."  # session: the computation for a model, by its fingerprint
FEWEST, POINTS, STEP = 500, 2000, 500
LOWEST, PERPLEXITY, HIGHEST = 5, 30, 100
SEED = 0  # of the choice of points

POINTS_HELP = "How many test images, drawn at random. 2,000 take seconds, all 10,000 minutes."
PERPLEXITY_HELP = (
    "About how many neighbours each point tries to keep: small for fine islands, large for the whole."
)


def panel(explorer: Explorer) -> None:
    """Start, watch and stop a computation; its result is shown as one more map and kept for the session."""
    key = UNDER_WAY + explorer.fingerprint
    with st.expander("Recompute t-SNE", key="own-tsne"):
        job: Recomputation | None = st.session_state.get(key)
        if job_panel.take(key) is not None and job is not None:
            maps.keep(explorer, job)
            st.rerun()
        images = f" of {len(job.request.index):,} test images" if job is not None else ""
        if not job_panel.show(key, f"t-SNE{images}", "Try fewer points."):
            _form(explorer)


def _form(explorer: Explorer) -> None:
    count = len(explorer.codes("test"))
    bounds = perplexities(count)
    if bounds is None:
        st.caption(f"The model has {count:,} test images, too few for t-SNE.")
        return
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        points = count
        if count > FEWEST:
            with st.container(width=230):
                points = st.slider("Points", FEWEST, count, min(POINTS, count), STEP, help=POINTS_HELP)
        with st.container(width=230):
            lowest, highest = perplexities(points) or bounds
            perplexity = st.slider(
                "Perplexity", lowest, highest, min(PERPLEXITY, highest), help=PERPLEXITY_HELP
            )
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


def perplexities(points: int) -> tuple[int, int] | None:
    """The lowest and the highest perplexity to choose for so many points, None where there is no choice."""
    highest = min(HIGHEST, int(embedding.largest_perplexity(points)))
    lowest = min(LOWEST, highest // 2)
    return (lowest, highest) if 0 < lowest < highest else None


def _start(explorer: Explorer, points: int, perplexity: float, dims: int) -> None:
    mu = explorer.codes("test").mu
    request = Request(_drawn(len(mu), points), dims, float(perplexity))
    st.session_state[UNDER_WAY + explorer.fingerprint] = Recomputation(mu[request.index], request)


def _drawn(count: int, points: int) -> np.ndarray:
    """Which of `count` test images take part, (points,), always the same for the same number."""
    return np.sort(np.random.default_rng(SEED).permutation(count)[:points])
