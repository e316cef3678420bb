"""How q(z|x) of an image is shown: on the plane, by dimension or on a t-SNE map; with its controls."""

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from vae.analysis import reconstruction
from vae.analysis.reconstruction import Passage
from vae.explorer import Explorer
from vae.figures import Drawing
from vae.web.kit import address
from vae.web.selection import code_map, input_image

VIEWS = {
    "whole": "Whole map",
    "close": "Around q(z|x)",
    "dimensions": "Each dimension",
    "neighbours": "t-SNE map",
}
VIEW_HELP = {  # by whether the model is two-dimensional
    True: "The whole latent plane, or the surroundings of q(z|x), five of its standard deviations each way.",
    False: "q(z|x) dimension by dimension, or the test images nearest to it on their t-SNE map.",
}
REPEATS_HELP = (
    "q(z|x) is a distribution: each time the image is encoded, another z is drawn from it. "
    "So many draws are shown as dots."
)


def views(explorer: Explorer) -> tuple[str, ...]:
    """The ways to show q(z|x) of this model."""
    if explorer.latent_dim == 2:
        return ("whole", "close")
    return ("dimensions", "neighbours") if 2 in explorer.codes("test").embeddings else ("dimensions",)


def chart(explorer: Explorer, shown: Passage, view: str) -> Drawing:
    """q(z|x), shown one way."""
    if view == "dimensions":
        return code_map.dimensions(shown, explorer.kl_per_dim())
    names = input_image.class_names(explorer.dataset)
    if view == "neighbours":
        return code_map.neighbours(explorer, shown, names)
    return code_map.plane(explorer, shown, names, close=view == "close")


def chart_words(explorer: Explorer, shown: Passage, view: str) -> str:
    """What the chart shows, in words."""
    if view == "dimensions":
        return "Bars: mu ± sd of q(z|x). Dots: repeated encodings. Band: the prior, ± 1 standard deviation."
    if view == "neighbours":
        return (
            "t-SNE has no place for a new image: the ring is where the test image with the nearest code is, "
            "the dots where those nearest to the repeated encodings are."
        )
    mu, sd = (", ".join(f"{value:.2f}" for value in pair).replace("-", "−") for pair in (shown.mu, shown.sd))
    if not shown.sd.any():
        return f"The code: ({mu}). An autoencoder gives a point: no spread, and each encoding is the same."
    return f"q(z|x): mu = ({mu}), sd = ({sd}). Ellipses: 1 and 2 sd. Dots: repeated encodings."


def map_controls(
    explorer: Explorer, view: address.Shared[str], repeats: address.Shared[int], noise: address.Shared[int]
) -> None:
    """The widgets below the chart: how q(z|x) is shown, and how many encodings of it are drawn."""
    with row_of_controls():
        choose_view(explorer, view)
        if not explorer.has_posterior:
            return
        st.slider(
            "Repeated encodings",
            reconstruction.DECODED,
            1000,
            step=5,
            width=180,
            help=REPEATS_HELP,
            **repeats.widget(),
        )
        st.button(
            "Encode again",
            help="Draw other encodings z ~ q(z|x).",
            on_click=lambda: noise.set((noise.value + 1) % 10_000),
        )


def row_of_controls() -> DeltaGenerator:
    """The place of the controls."""
    return st.container(
        horizontal=True,
        key="map-controls",
        horizontal_alignment="center",
        vertical_alignment="bottom",
        gap="medium",
    )


def choose_view(explorer: Explorer, view: address.Shared[str]) -> None:
    """The ways to show q(z|x), where there are several."""
    if len(views(explorer)) > 1:
        st.segmented_control(
            "View",
            views(explorer),
            format_func=lambda each: VIEWS[each],
            required=True,
            help=VIEW_HELP[explorer.latent_dim == 2],
            **view.widget(),
        )
