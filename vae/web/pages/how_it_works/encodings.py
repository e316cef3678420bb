"""The same image encoded many times: a cloud of codes, not a point."""

import numpy as np
import streamlit as st

from vae.analysis import reconstruction
from vae.analysis.reconstruction import Reconstruction
from vae.explorer import Explorer
from vae.figures import CONFIG
from vae.images import export
from vae.web.kit import address, html, values
from vae.web.pages.how_it_works import code, layout
from vae.web.selection import input_image, posterior_view

SHOWN, COLUMNS, FPS = 30, 10, 6  # decoded encodings, in a row of the sheet, and each second of the animation
SIDE, SCALE = 140, 5  # CSS pixels of an image, about; of the animation, pixels for each of its own, at most
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


def show(explorer: Explorer) -> None:
    """The cloud of one image, its decoded draws, and the words."""
    if explorer.can("posterior"):
        _body(explorer)
        return
    figure, words = layout.columns()
    with figure:
        layout.missing(explorer, "encodings", "posterior")
    with words:
        layout.words(WORDS)


@st.fragment
def _body(explorer: Explorer) -> None:
    figure, words = layout.columns()
    with figure:
        followed = input_image.choose_test_image(explorer)
        views = posterior_view.views(explorer)
        view = address.choice("cloud", views, "close" if "close" in views else views[0])
        repeats, noise = values.repeats(reconstruction.DECODED), values.noise()
        shown = reconstruction.reconstruct(explorer, followed.pixels, repeats.value, noise.value)
        _cloud(explorer, shown, view.value)
        posterior_view.map_controls(explorer, view, repeats, noise)
    images = explorer.decode(shown.draws[:SHOWN])
    with figure:
        _sheet(images)
        code.beside("model/posterior.py", "Gaussian")
    with words:
        with st.container(horizontal=True, key="theory-image"):
            spec = explorer.image_spec
            width = spec.css_width(SIDE)
            with st.container(width=width):
                html.picture(followed.pixels, followed.caption, width)
            with st.container(width=width):
                caption = f"{len(images)} of its encodings decoded, {FPS} a second"
                scale = export.scale_for(spec, frames=len(images), wanted=SCALE)
                html.animation(export.webp(images, FPS, scale=scale), images[0], caption)
        layout.words(WORDS)


def _cloud(explorer: Explorer, shown: Reconstruction, view: str) -> None:
    chart = posterior_view.chart(explorer, shown, view)
    st.plotly_chart(chart, key="theory-cloud", config=CONFIG)
    st.caption(posterior_view.chart_words(explorer, shown, view))


def _sheet(images: np.ndarray) -> None:
    """The decoded encodings (K, H, W, C) in rows of COLUMNS."""
    rows = images[: len(images) // COLUMNS * COLUMNS].reshape(-1, COLUMNS, *images.shape[1:])
    if len(rows):
        html.sheet(export.tile(rows), f"The first {rows.shape[0] * COLUMNS} encodings, decoded")
