"""The body of Reconstruct: the image's choice, the picture of its way, its nats, its repeated encodings."""

import streamlit as st

from vae import figures
from vae.analysis import reconstruction
from vae.analysis.reconstruction import Passage
from vae.explorer import Explorer
from vae.web.kit import address, html
from vae.web.pages.reconstruct import diagram
from vae.web.selection import code_map, input_image, inspector, posterior_view, unlike

CHART = "reconstruct-map"
ERROR, TERMS = 268, 340  # CSS pixels of the columns


def show(explorer: Explorer) -> None:
    """Everything below the heading."""
    view = address.choice(
        "posterior", posterior_view.views(explorer), posterior_view.views(explorer)[0], model_bound=True
    )
    plane = None if view.value == "dimensions" else CHART
    followed = input_image.choose(explorer, plane, tsne=view.value == "neighbours")
    if followed is None:
        _wait(explorer, view)
    else:
        with st.container(key="followed"):
            _follow(explorer, view, followed)


def _wait(explorer: Explorer, view: address.Shared[str]) -> None:
    """The map before there is an image: a drawing's q(z|x) already moves on it while it is drawn."""
    figure = code_map.ground(explorer, input_image.class_names(explorer.dataset), view.value)
    if figure is not None:
        with diagram.row(), st.container(key="flow-map", gap="xsmall"):
            st.plotly_chart(figure, key=CHART, config=figures.CONFIG)
            st.caption("The codes of the test images. Your picture's will appear among them.")
    with posterior_view.row_of_controls():
        posterior_view.choose_view(explorer, view)


def _follow(explorer: Explorer, view: address.Shared[str], followed: input_image.Followed) -> None:
    """An image's way through the model, and what is measured on it."""
    repeats = address.integer("repeats", 100, reconstruction.DECODED, 1000)
    noise = address.integer("noise", 0, 0, 9999)
    index = followed.given.index
    shown = reconstruction.follow(explorer, followed.pixels, repeats.value, noise.value, index)
    sentence = unlike.words(explorer.dataset, explorer.name, shown.typicality)
    if index is None and sentence is not None:
        st.warning(sentence)
    with diagram.row():
        diagram.into_model(followed, explorer)
        with st.container(key="flow-map", gap="xsmall"):
            st.plotly_chart(
                posterior_view.chart(explorer, shown, view.value), key=CHART, config=figures.CONFIG
            )
            st.caption(posterior_view.chart_words(explorer, shown, view.value))
        diagram.out_of_model(shown, explorer)
    posterior_view.map_controls(explorer, view, repeats, noise)
    _measures(explorer, shown, index)
    if explorer.has_posterior:
        _decoded_repeats(shown)


def typical_words(share: float) -> str:
    """The share in [0, 1] of the test images that have a lower ELBO than an image, in words."""
    percent = 100 * share
    if 0 < percent < 1 or 99 < percent < 100:
        return f"More typical than {'less than 1' if percent < 1 else 'over 99'} % of the test images"
    return f"More typical than {percent:.0f} % of the test images"


def _measures(explorer: Explorer, shown: Passage, image: int | None) -> None:
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
        diagram.terms(shown.nll, shown.kl, float(codes.nll.mean()), float(codes.kl.mean()), has_kl)
        html.facts(inspector.reading(explorer, shown.mu if image is None else codes.mu[image]))
    with test_set:
        st.subheader(f"{typical_words(shown.typicality)}", anchor=False)
        loss = "−ELBO" if explorer.has_posterior else "nll"
        figure = figures.distribution(codes.loss, shown.loss, quantity=f"{loss} (nats per image)", height=236)
        st.plotly_chart(figure, key="reconstruct-typicality", config={"displayModeBar": False})
        count = f"{len(codes.loss):,} test images of {explorer.dataset}"
        st.caption(
            f"{loss} of the {count}, lower is better; the more solid ones are less typical than this image."
        )


def _decoded_repeats(shown: Passage) -> None:
    """What the decoder makes of the first repeated encodings."""
    st.subheader(f"{reconstruction.DECODED} of the repeated encodings, decoded", anchor=False)
    images = [(image, f"z number {number}") for number, image in enumerate(shown.decoded_repeats, start=1)]
    html.pictures((shown.pixels, "input"), (shown.reconstruction, "at mu"), *images, size=112)
