"""The body of Reconstruct: the image's choice, the picture of its way, its nats, its repeated encodings."""

from typing import TYPE_CHECKING

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from vae import figures
from vae.web import flow, inspector, parts, passage, posterior, source, state, unlike

if TYPE_CHECKING:
    from vae.explorer import Explorer
    from vae.figures import Drawing
    from vae.web.passage import Passage

CHART = "reconstruct-map"
ERROR, TERMS = 268, 340  # CSS pixels of the columns
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


def show(explorer: "Explorer") -> None:
    """Everything below the heading."""
    view = state.choice("posterior", views(explorer), views(explorer)[0], model_bound=True)
    plane = None if view.value == "dimensions" else CHART
    followed = source.choose(explorer, plane, tsne=view.value == "neighbours")
    if followed is None:
        _wait(explorer, view)
    else:
        with st.container(key="followed"):
            _follow(explorer, view, followed)


def _wait(explorer: "Explorer", view: state.Shared[str]) -> None:
    """The map before there is an image: a drawing's q(z|x) already moves on it while it is drawn."""
    figure = posterior.ground(explorer, source.class_names(explorer.dataset), view.value)
    if figure is not None:
        with flow.row(), st.container(key="flow-map", gap="xsmall"):
            st.plotly_chart(figure, key=CHART, config=figures.CONFIG)
            st.caption("The codes of the test images. Your picture's will appear among them.")
    with _row_of_controls():
        _choose_view(explorer, view)


def _follow(explorer: "Explorer", view: state.Shared[str], followed: source.Followed) -> None:
    """An image's way through the model, and what is measured on it."""
    repeats = state.integer("repeats", 100, passage.DECODED, 1000)
    noise = state.integer("noise", 0, 0, 9999)
    index = followed.given.index
    shown = passage.follow(explorer, followed.pixels, repeats.value, noise.value, index)
    sentence = unlike.words(explorer.dataset, explorer.name, shown.typicality)
    if index is None and sentence is not None:
        st.warning(sentence)
    with flow.row():
        flow.into_model(followed, explorer)
        with st.container(key="flow-map", gap="xsmall"):
            st.plotly_chart(chart(explorer, shown, view.value), key=CHART, config=figures.CONFIG)
            st.caption(chart_words(explorer, shown, view.value))
        flow.out_of_model(shown, explorer)
    map_controls(explorer, view, repeats, noise)
    _measures(explorer, shown, index)
    if explorer.has_posterior:
        _decoded_repeats(shown)


def views(explorer: "Explorer") -> tuple[str, ...]:
    """The ways to show q(z|x) of this model."""
    if explorer.latent_dim == 2:
        return ("whole", "close")
    return ("dimensions", "neighbours") if 2 in explorer.codes("test").embeddings else ("dimensions",)


def chart(explorer: "Explorer", shown: "Passage", view: str) -> "Drawing":
    """q(z|x), shown one way."""
    if view == "dimensions":
        return posterior.dimensions(shown, explorer.kl_per_dim())
    names = source.class_names(explorer.dataset)
    if view == "neighbours":
        return posterior.neighbours(explorer, shown, names)
    return posterior.plane(explorer, shown, names, close=view == "close")


def chart_words(explorer: "Explorer", shown: "Passage", view: str) -> str:
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


def typical_words(share: float) -> str:
    """The share in [0, 1] of the test images that have a lower ELBO than an image, in words."""
    percent = 100 * share
    if 0 < percent < 1 or 99 < percent < 100:
        return f"More typical than {'less than 1' if percent < 1 else 'over 99'} % of the test images"
    return f"More typical than {percent:.0f} % of the test images"


def map_controls(
    explorer: "Explorer", view: state.Shared[str], repeats: state.Shared[int], noise: state.Shared[int]
) -> None:
    """The widgets below the chart: how q(z|x) is shown, and how many encodings of it are drawn."""
    with _row_of_controls():
        _choose_view(explorer, view)
        if not explorer.has_posterior:
            return
        st.slider(
            "Repeated encodings",
            passage.DECODED,
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


def _row_of_controls() -> DeltaGenerator:
    return st.container(
        horizontal=True,
        key="map-controls",
        horizontal_alignment="center",
        vertical_alignment="bottom",
        gap="medium",
    )


def _choose_view(explorer: "Explorer", view: state.Shared[str]) -> None:
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


def _measures(explorer: "Explorer", shown: "Passage", image: int | None) -> None:
    """The error of the reconstruction, the ELBO's terms, and their place among the test images.

    `image` says which of these it is itself: its own shipped code then does not vote on what it reads as.
    """
    codes = explorer.codes("test")
    row = st.container(horizontal=True, key="measures", gap="large")
    error, terms, test_set = row.container(width=ERROR), row.container(width=TERMS), row.container()
    with error:
        st.subheader("Error of the reconstruction", anchor=False)
        figure = figures.error_map(shown.pixels, shown.reconstruction, height=ERROR + 32)
        st.plotly_chart(figure, key="reconstruct-error", config={"displayModeBar": False})
    with terms:
        has_kl = explorer.has_posterior
        st.subheader("−ELBO = nll + KL" if has_kl else "nll, an autoencoder's loss", anchor=False)
        flow.terms(shown.nll, shown.kl, float(codes.nll.mean()), float(codes.kl.mean()), has_kl)
        parts.facts(inspector.reading(explorer, shown.mu if image is None else codes.mu[image]))
    with test_set:
        st.subheader(f"{typical_words(shown.typicality)}", anchor=False)
        loss = "−ELBO" if explorer.has_posterior else "nll"
        figure = figures.distribution(codes.loss, shown.loss, quantity=f"{loss} (nats per image)", height=236)
        st.plotly_chart(figure, key="reconstruct-typicality", config={"displayModeBar": False})
        count = f"{len(codes.loss):,} test images of {explorer.dataset}"
        st.caption(
            f"{loss} of the {count}, lower is better; the more solid ones are less typical than this image."
        )


def _decoded_repeats(shown: "Passage") -> None:
    """What the decoder makes of the first repeated encodings."""
    st.subheader(f"{passage.DECODED} of the repeated encodings, decoded", anchor=False)
    images = [(image, f"z number {number}") for number, image in enumerate(shown.decoded_repeats, start=1)]
    parts.pictures((shown.pixels, "input"), (shown.reconstruction, "at mu"), *images, size=112)
