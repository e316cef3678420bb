"""The body of Reconstruct: the image's choice, its way through the model, nats, repeated encodings."""

import streamlit as st

from vae import figures
from vae.analysis import reconstruction
from vae.analysis.reconstruction import Reconstruction
from vae.explorer import Explorer
from vae.web.kit import address, html, navigation, values
from vae.web.pages.reconstruct import compression, diagram, ten_images
from vae.web.selection import input_image, inspector, posterior_view, unlike
from vae.web.selection.given import InputImage

CHART = "reconstruct-map"
FIRST = {
    "mnist": 18
}  # a slanted 3, of which two dimensions keep that it is a 3 and lose the hand that wrote it
ERROR, TERMS, SIZES = 268, 340, 460  # CSS pixels of the columns
NO_LIKELIHOOD = (
    "This model has no likelihood p(x|z), so there is no nll and no ELBO, in nats, to show. "
    f"{navigation.SAY_LIKELIHOOD}"
)


def show(explorer: Explorer) -> None:
    """Everything below the heading."""
    views = posterior_view.views(explorer)
    view = address.choice("posterior", views, views[0], model_bound=True)
    plane = None if view.value == "dimensions" else CHART
    first = FIRST.get(explorer.dataset.name, 0)
    image = input_image.choose(explorer, plane, tsne=view.value == "neighbours", first=first)
    if image is None:
        _wait(explorer, view)
    else:
        with st.container(key="followed"):
            _follow(explorer, view, image)


def _wait(explorer: Explorer, view: address.Shared[str]) -> None:
    """The map before there is an image: a drawing's q(z|x) already moves on it while it is drawn."""
    figure = posterior_view.ground(explorer, view.value)
    if figure is not None:
        with diagram.row(), st.container(key="flow-map", gap="xsmall"):
            st.plotly_chart(figure, key=CHART, config=figures.CONFIG)
            st.caption("The codes of the test images. Your picture's will appear among them.")
    with posterior_view.row_of_controls():
        posterior_view.choose_view(explorer, view)


def _follow(explorer: Explorer, view: address.Shared[str], image: InputImage) -> None:
    """An image's way through the model, and what is measured on it."""
    repeats, noise = values.repeats(reconstruction.DECODED), values.noise()
    index = image.given.index
    shown = reconstruction.reconstruct(explorer, image.pixels, repeats.value, noise.value)
    if index is None:
        _warn_if_unlike(explorer, shown)
    with diagram.row():
        diagram.into_model(image, shown, explorer)
        with st.container(key="flow-map", gap="xsmall"):
            st.plotly_chart(
                posterior_view.chart(explorer, shown, view.value), key=CHART, config=figures.CONFIG
            )
            st.caption(posterior_view.chart_words(explorer, shown, view.value))
        diagram.out_of_model(shown, explorer)
    posterior_view.map_controls(explorer, view, repeats, noise)
    _measures(explorer, shown, index)
    if explorer.can("posterior"):
        _decoded_draws(explorer, shown)
    row = st.container(horizontal=True, key="kept-as", gap="large")
    with row.container():
        ten_images.show(explorer)
    with row.container(width=SIZES):
        compression.show(explorer, image.pixels, shown.nats.kl)


def typical_words(share: float) -> str:
    """The share in [0, 1] of the test images that have a lower ELBO than an image, in words."""
    percent = 100 * share
    if 0 < percent < 1 or 99 < percent < 100:
        return f"More typical than {'less than 1' if percent < 1 else 'over 99'} % of the test images"
    return f"More typical than {percent:.0f} % of the test images"


def _warn_if_unlike(explorer: Explorer, shown: Reconstruction) -> None:
    """Say that the image fits the model worse than nearly all test images, if it does."""
    if shown.typicality is None:
        return
    sentence = unlike.words(explorer.dataset, explorer.name, shown.typicality)
    if sentence is not None:
        st.warning(html.plain_markdown(sentence))


def _measures(explorer: Explorer, shown: Reconstruction, index: int | None) -> None:
    """The error of the reconstruction, the terms of the loss, and their place among the test images."""
    row = st.container(horizontal=True, key="measures", gap="large")
    error, terms, test_set = row.container(width=ERROR), row.container(width=TERMS), row.container()
    with error:
        st.header("Error of the reconstruction", anchor=False)
        figure = figures.error_map(shown.image, shown.reconstruction, height=ERROR + 32)
        st.plotly_chart(figure, key="reconstruct-error", config={"displayModeBar": False})
    with terms:
        _terms(explorer, shown, index)
    if shown.typicality is not None:
        with test_set:
            _typicality(explorer, shown, shown.typicality)


def _terms(explorer: Explorer, shown: Reconstruction, index: int | None) -> None:
    """nll and KL beside their means, as far as the model has them, and what the code reads as.

    `index` says which test image it is: its own shipped code then does not vote on what it reads as.
    """
    codes = explorer.codes("test")
    if shown.nats.nll is None or codes.nll is None:
        st.header("Nats", anchor=False)
        st.info(NO_LIKELIHOOD)
    elif shown.nats.kl is None or codes.kl is None or shown.form == "point":
        st.header("nll, an autoencoder's loss" if shown.form == "point" else "nll", anchor=False)
        diagram.terms(shown.nats, float(codes.nll.mean()), None)
        if shown.form == "implicit":
            st.caption(html.plain_markdown(posterior_view.kl_words(explorer)))
    else:
        st.header("−ELBO = nll + KL", anchor=False)
        diagram.terms(shown.nats, float(codes.nll.mean()), float(codes.kl.mean()))
    if explorer.can("labels"):
        html.facts(inspector.reading(explorer, shown.mu if index is None else codes.mu[index]))


def _typicality(explorer: Explorer, shown: Reconstruction, share: float) -> None:
    """Where the image's loss lies among the test images'."""
    st.header(typical_words(share), anchor=False)
    codes = explorer.codes("test")
    loss = "−ELBO" if explorer.can("gaussian") else "nll"
    figure = figures.distribution(
        codes.loss, shown.nats.loss, quantity=f"{loss} (nats per image)", height=236
    )
    st.plotly_chart(figure, key="reconstruct-typicality", config={"displayModeBar": False})
    st.caption(
        f"{loss} of the {len(codes):,} test images of {html.plain_markdown(explorer.dataset.name)}, lower is "
        "better; the more solid ones are less typical than this image."
    )


def _decoded_draws(explorer: Explorer, shown: Reconstruction) -> None:
    """What the decoder makes of the first repeated encodings."""
    st.header(f"{reconstruction.DECODED} of the repeated encodings, decoded", anchor=False)
    draws = [(image, f"z number {number}") for number, image in enumerate(shown.decoded_draws, start=1)]
    size = explorer.image_spec.css_width(112)
    html.pictures((shown.image, "input"), (shown.reconstruction, "at mu"), *draws, size=size)
