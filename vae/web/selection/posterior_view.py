"""How q(z|x) of an image is shown: on the plane, by dimension or on a t-SNE map; with its controls."""

import numpy as np
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from vae import figures
from vae.analysis.reconstruction import DECODED, Reconstruction
from vae.explorer import Explorer
from vae.figures import Drawing
from vae.latent.neighbours import closest
from vae.web.kit import format, html
from vae.web.kit.address import Shared
from vae.web.selection import code_map

CLOSE = 5.0  # half the width of the close view, in standard deviations of q(z|x)
CLOSE_TO_A_POINT = 0.5  # the same around a code that is a point
VIEWS = {
    "whole": "Whole map",
    "close": "Around q(z|x)",
    "dimensions": "Each dimension",
    "neighbours": "t-SNE map",
}
PLANE_HELP = (
    "The whole latent plane, or the surroundings of q(z|x), five of its standard deviations each way."
)
DEEP_HELP = "q(z|x) dimension by dimension, or the test images nearest to it on their t-SNE map."
REPEATS_HELP = (
    "q(z|x) is a distribution: each time the image is encoded, another z is drawn from it. "
    "So many draws are shown as dots."
)


def views(explorer: Explorer) -> tuple[str, ...]:
    """The ways to show q(z|x) of this model."""
    if explorer.can("plane"):
        return ("whole", "close")
    return ("dimensions", "neighbours") if 2 in explorer.codes("test").embeddings else ("dimensions",)


def ground(explorer: Explorer, view: str) -> Drawing | None:
    """The map of a view before there is an image; dimension by dimension there is nothing to see."""
    if view == "dimensions":
        return None
    return code_map.tsne_ground(explorer) if view == "neighbours" else code_map.plane_ground(explorer)


def chart(explorer: Explorer, shown: Reconstruction, view: str) -> Drawing:
    """q(z|x), shown one way."""
    if view == "dimensions":
        return _dimensions(explorer, shown)
    if view == "neighbours":
        return _neighbours(explorer, shown)
    return _plane(explorer, shown, is_close=view == "close")


def chart_words(explorer: Explorer, shown: Reconstruction, view: str) -> str:
    """What the chart shows, in words."""
    if view == "dimensions":
        return "Bars: mu ± sd of q(z|x). Dots: repeated encodings. Band: the prior, ± 1 standard deviation."
    if view == "neighbours":
        return (
            "t-SNE has no place for a new image: the ring is where the test image with the nearest code is, "
            "the dots where those nearest to the repeated encodings are."
        )
    mu, sd = (", ".join(map(format.signed, pair)) for pair in (shown.mu, shown.sd))
    if not explorer.can("posterior"):
        return f"The code: ({mu}). An autoencoder gives a point: no spread, and each encoding is the same."
    ellipses = "Ellipses: 1 and 2 sd." if explorer.can("gaussian") else "Its form is that of the cloud."
    return f"q(z|x): mu = ({mu}), sd = ({sd}). {ellipses} Dots: repeated encodings."


def kl_words(explorer: Explorer) -> str:
    """What there is to say of the KL of an implicit q(z|x)."""
    said = f"Of {explorer.name}'s q(z|x) only draws are known: its KL, and so its ELBO, has no closed form."
    estimate = explorer.metrics.get("kl_estimate")
    if estimate is None:
        return said
    return (
        f"{said} The critic's estimate of the KL is {estimate:.2f} nats, mean over the test images; no bound."
    )


def map_controls(explorer: Explorer, view: Shared[str], repeats: Shared[int], noise: Shared[int]) -> None:
    """The widgets below the chart: how q(z|x) is shown, and how many encodings of it are drawn."""
    with row_of_controls():
        choose_view(explorer, view)
        if not explorer.can("posterior"):
            return
        st.slider(
            "Repeated encodings", DECODED, 1000, step=5, width=180, help=REPEATS_HELP, **repeats.widget()
        )
        html.next_seed_button("Encode again", noise, "Draw other encodings z ~ q(z|x).")


def row_of_controls() -> DeltaGenerator:
    """The place of the controls."""
    return st.container(
        horizontal=True,
        key="map-controls",
        horizontal_alignment="center",
        vertical_alignment="bottom",
        gap="medium",
    )


def choose_view(explorer: Explorer, view: Shared[str]) -> None:
    """The ways to show q(z|x), where there are several."""
    if len(views(explorer)) > 1:
        st.segmented_control(
            "View",
            views(explorer),
            format_func=VIEWS.__getitem__,
            required=True,
            help=PLANE_HELP if explorer.can("plane") else DEEP_HELP,
            **view.widget(),
        )


def _plane(explorer: Explorer, shown: Reconstruction, is_close: bool) -> Drawing:
    """The plane of a 2-D model: test codes faint, q(z|x) as ellipses of 1 and 2 sd, the repeated encodings.

    `is_close` shows the surroundings of q(z|x) instead of the whole plane.
    """
    fig = figures.include(code_map.plane_ground(explorer).copy(), shown.mu[None])
    if is_close:
        fig.update_traces(marker={"opacity": 0.9, "size": 8}, selector={"mode": "markers"})
    has_spread = explorer.can("posterior")
    if has_spread:
        figures.add_cloud(fig, shown.draws)
    if explorer.can("gaussian"):
        figures.add_ellipse(fig, shown.mu, shown.sd)
    if not (is_close and has_spread):
        figures.add_marker(fig, shown.mu)
    if not is_close:
        return fig
    radius = CLOSE * float(shown.sd.max()) if has_spread else CLOSE_TO_A_POINT
    return figures.focus(fig, shown.mu, radius)


def _neighbours(explorer: Explorer, shown: Reconstruction) -> Drawing:
    """The shipped t-SNE map, on which a new image has no place: its nearest test images' places are shown.

    The ring marks the test image nearest to mu, the dots those nearest to the repeated encodings.
    """
    codes, places = explorer.codes("test"), explorer.embedding(2)
    fig = code_map.tsne_ground(explorer).copy()
    figures.add_cloud(fig, places[np.unique(closest(codes.mu, shown.draws))])
    here = int(closest(codes.mu, shown.mu[None])[0])
    return figures.add_marker(fig, places[here], explorer.about(here))


def _dimensions(explorer: Explorer, shown: Reconstruction) -> Drawing:
    """q(z|x) dimension by dimension, the most informative first where the KL tells which these are."""
    title, order = "dimension of z", np.arange(explorer.latent_dim)
    if explorer.can("gaussian"):
        title, order = f"{title}, most informative first", np.argsort(-explorer.kl_per_dim, kind="stable")
    return figures.dimensions(shown.mu, shown.sd, shown.draws, order, title, height=code_map.HEIGHT)
