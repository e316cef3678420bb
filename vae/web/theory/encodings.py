"""Step 6, the same image encoded many times: a cloud of codes, not a point."""

from typing import TYPE_CHECKING

import streamlit as st

from vae import animation, latent
from vae.web import parts, passage, reconstruction, source, state
from vae.web.theory import layout

if TYPE_CHECKING:
    import numpy as np

    from vae.explorer import Explorer
    from vae.web.passage import Passage

SHOWN, COLUMNS, FPS = 30, 10, 6  # decoded encodings, in a row of the sheet, and each second of the animation
SIDE, SCALE = 140, 5  # CSS pixels of an image; of the animation, pixels for each of its own
WORDS = r"""
The encoder does not answer with a code. It answers with a **distribution over codes**: a mean $\mu$ and a
standard deviation $\sigma$ for each dimension.
$$
q(z\mid x) = \mathcal N\big(\mu(x),\, \operatorname{diag}\sigma(x)^2\big)
$$
So the same image, encoded again, gets another code. Together these codes are a **cloud**. Each red dot is
one encoding; the small image runs through what the decoder makes of them.

- The decoder must do with any code of the cloud. So codes that lie close to each other have to decode to
  images that look alike: that is what makes the latent space smooth.
- Where the image says little about a dimension, the cloud is wide, as wide as the prior. Where it says
  much, the cloud is narrow, and its KL is high.
- A plain autoencoder has a point here, no cloud. Between its points anything may happen.
"""


def show(explorer: "Explorer") -> None:
    """The cloud of one image, its decoded draws, and the words."""
    if explorer.has_posterior:
        _body(explorer)
        return
    figure, words = layout.columns()
    with figure:
        layout.missing(
            f"{explorer.name} is an autoencoder: it encodes an image as a point, each time the same, so that "
            "no cloud is there to see.",
            "encodings",
        )
    with words:
        st.markdown(WORDS)


@st.fragment
def _body(explorer: "Explorer") -> None:
    figure, words = layout.columns()
    with figure:
        followed = source.choose_test_image(explorer)
        views = reconstruction.views(explorer)
        view = state.choice("cloud", views, "close" if "close" in views else views[0])
        repeats = state.integer("repeats", 100, passage.DECODED, 1000)
        noise = state.integer("noise", 0, 0, 9999)
        shown = passage.follow(explorer, followed.pixels, repeats.value, noise.value, followed.given.index)
        _cloud(explorer, shown, view.value)
        reconstruction.map_controls(explorer, view, repeats, noise)
    images = explorer.decode(shown.repeats[:SHOWN])
    with figure:
        _sheet(images)
    with words:
        with st.container(horizontal=True, key="theory-image"):
            with st.container(width=SIDE):
                parts.picture(followed.pixels, followed.caption, SIDE)
            with st.container(width=SIDE):
                caption = f"{len(images)} of its encodings decoded, {FPS} a second"
                parts.animation(animation.webp(images, FPS, scale=SCALE), caption)
        st.markdown(WORDS)


def _cloud(explorer: "Explorer", shown: "Passage", view: str) -> None:
    from vae.figures import CONFIG

    chart = reconstruction.chart(explorer, shown, view)
    st.plotly_chart(chart, key="theory-cloud", config=CONFIG)
    st.caption(reconstruction.chart_words(explorer, shown, view))


def _sheet(images: "np.ndarray") -> None:
    """The decoded encodings (K, 28, 28) in rows of COLUMNS."""
    rows = images[: len(images) // COLUMNS * COLUMNS].reshape(-1, COLUMNS, *images.shape[1:])
    if len(rows):
        parts.sheet(latent.tile(rows), f"The first {rows.shape[0] * COLUMNS} encodings, decoded")
