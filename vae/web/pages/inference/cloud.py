"""Inference for an implicit q(z|x): its cloud beside the true posterior, in a plane. There is no search."""

import numpy as np
import streamlit as st

from vae import figures
from vae.analysis.estimates import cloud as estimates
from vae.analysis.estimates.cloud import Cloud
from vae.explorer import Explorer
from vae.figures import posterior_search as drawing
from vae.images.spec import Floats
from vae.latent.importance import Estimate
from vae.web.kit import frame, html
from vae.web.kit.format import plus_minus
from vae.web.kit.html import Fact
from vae.web.pages.inference import answer
from vae.web.pages.inference.answer import GRID_HELP, NATS
from vae.web.selection import input_image, posterior_view

CHART = "inference-cloud"
ROOM = 0.12  # around what is drawn, of its size
NO_SEARCH = (
    "This model's q(z|x) is implicit: it has no mean and variance that a search could move. So there is no "
    "search here, but its cloud beside the true posterior."
)
ELBO_HELP = (
    "Mean of log p(x, z) over the draws, and q's entropy from the distances of neighbouring draws; no critic "
    "plays a part. An estimate, no bound: of 128 draws of a Gaussian it is 0.06 nats too low on average."
)
GAP_HELP = "log p(x) − ELBO: KL(q(z|x) ‖ p(z|x)), how far q is from the true posterior."
KL_HELP = "KL(q(z|x) ‖ p(z)), from the same entropy."


def show(explorer: Explorer) -> None:
    """The cloud over the true posterior, and their numbers; one sentence where z has no plane."""
    if not explorer.can("plane"):
        st.info(
            f"{html.plain_markdown(explorer.name)} has an implicit q(z|x), without a mean and a variance "
            f"that a search could move, and {explorer.latent_dim} dimensions, where the true "
            "posterior cannot be added up."
        )
        return
    image = input_image.choose(explorer, None)
    if image is None:
        return
    found = _found(explorer.fingerprint, image.pixels, explorer)
    picture, side = frame.columns()
    with picture:
        st.markdown(NO_SEARCH)
        st.plotly_chart(_figure(found), key=CHART, config=figures.CONFIG)
        st.caption(
            "Blue: the true posterior p(z|x) by quadrature, to 1, 2 and 3 sd-equivalents (density exp(−d²/2) "
            f"of its highest). Red: {len(found.z)} draws from the encoder's q(z|x)."
        )
    with side:
        html.picture(image.pixels, image.caption, explorer.image_spec.css_width(148))
        html.facts(
            Fact(
                "log p(x)",
                _nats(Estimate(found.posterior.log_evidence, found.posterior.grid_error)),
                NATS,
                GRID_HELP,
            ),
            Fact("ELBO, an estimate", _nats(found.elbo), NATS, ELBO_HELP),
            Fact("log p(x) − ELBO", _nats(found.gap), NATS, GAP_HELP),
            Fact("KL, an estimate", _nats(found.kl), NATS, KL_HELP),
        )
        st.caption(html.plain_markdown(posterior_view.kl_words(explorer)))


@st.cache_resource(show_spinner="Adding up the true posterior", max_entries=32)
def _found(fingerprint: str, pixels: Floats, _explorer: Explorer) -> Cloud:
    return estimates.cloud(_explorer, pixels)


def _figure(found: Cloud) -> figures.Drawing:
    """The cloud and the posterior, both whole."""
    lowest, highest = found.posterior.box()
    low, high = np.minimum(lowest, found.z.min(axis=0)), np.maximum(highest, found.z.max(axis=0))
    room = ROOM * (high - low).max()
    (x0, y0), (x1, y1) = (low - room).tolist(), (high + room).tolist()
    return drawing.beside(
        found.z,
        answer.contours(found.posterior, (x0, y0), (x1, y1)),
        ((x0, y0), (x1, y1)),
        height=answer.HEIGHT,
    )


def _nats(found: Estimate) -> str:
    return plus_minus(found.value, max(found.error, answer.LEAST))
