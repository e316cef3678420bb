"""An image through the encoder to its code, and through the decoder back: the first picture of all."""

from html import escape

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from vae.explorer import Explorer
from vae.figures import class_colours
from vae.images import export
from vae.web.kit import html
from vae.web.kit.format import signed
from vae.web.pages.how_it_works import layout
from vae.web.selection import input_image

Floats = NDArray[np.floating]

PICTURE, SIDE = 148, 480  # CSS pixels of an image; pixels of the map, which is shown smaller
OUTSIDE = 0.005  # share of the codes beyond each edge of the map
GROUND, POINT = np.array([11, 13, 15]) / 255, np.full(3, 0.8)  # of the map; of a code without a class
FEW = 3  # numbers that are written out
WORDS = """
An image of {name} is **{size:,} numbers**: how bright each of its {words} pixels is.

- The **encoder**, a neural network, sums them up in **{count}**, the image's **code**.
- The **decoder**, another network, has these {count} and nothing else. It makes an image of them.

Nobody tells the two how. They are trained together until what comes out looks like what went in.
"""
PLANE = """
Two numbers are a place on a **map**. Each point is the code of an image that was not used in training. Images
that look alike have come to lie side by side, although nobody said what they show.
"""
TRY = "**Choose another image** and see where it lands."


def show(explorer: Explorer) -> None:
    """The picture and its words."""
    figure, words = layout.columns("flow")
    with words:
        spec, count = explorer.image_spec, explorer.latent_dim
        numbers = WORDS.format(
            name=html.plain_markdown(explorer.dataset.name),
            size=spec.size,
            words=spec.words,
            count="one number" if count == 1 else f"{count} numbers",
        )
        layout.words(numbers + (PLANE if explorer.can("plane") else "") + TRY)
    with figure:
        _figure(explorer)


@st.fragment
def _figure(explorer: Explorer) -> None:
    followed = input_image.choose_test_image(explorer)
    mu = explorer.encode(followed.pixels[None]).mu
    made = explorer.decode(mu)[0]
    size = explorer.image_spec.css_width(PICTURE)
    caption = followed.caption.removeprefix("input: ")
    parts = (
        html.picture_html(followed.pixels, f"{caption}: {explorer.image_spec.size:,} numbers", size),
        _network("encoder"),
        _code(explorer, mu[0]),
        _network("decoder"),
        html.picture_html(made, "what the decoder makes of the code", size),
    )
    st.html(f'<div class="begin-flow">{"".join(parts)}</div>')


def _network(kind: str) -> str:
    return f'<div class="step-network {kind} on"><b>{kind}</b></div>'


def _code(explorer: Explorer, mu: Floats) -> str:
    """The code (D,): its place on the map of all codes, else a bar for each of its numbers."""
    written = ", ".join(signed(value) for value in mu[:FEW])
    numbers = f"({written})" if len(mu) <= FEW else f"({written}, …), {len(mu)} numbers"
    if explorer.can("plane"):
        source, low, high = _map(explorer.fingerprint, explorer)
        left, down = 100 * (mu[0] - low[0]) / (high - low)[0], 100 * (high[1] - mu[1]) / (high - low)[1]
        label = "The codes of the test images as a map, this one's marked"
        mark = f'<i style="left:{left:.2f}%;top:{down:.2f}%"></i>'
        picture = f'<div class="begin-map"><img src="{source}" alt="{label}">{mark}</div>'
    else:
        bars = "".join(f'<i style="height:{min(100, 50 + 16 * value):.0f}%"></i>' for value in np.abs(mu) - 3)
        picture = f'<div class="begin-bars" role="img" aria-label="The code\'s numbers as bars">{bars}</div>'
    caption = f"<figcaption>its code z = {escape(numbers)}</figcaption>"
    return f'<figure class="begin-code">{picture}{caption}</figure>'


@st.cache_resource(show_spinner=False, max_entries=16)
def _map(fingerprint: str, _explorer: Explorer) -> tuple[str, Floats, Floats]:
    """The test images' codes as a picture of points, and the codes (2,) in its corners, lower left first."""
    codes = _explorer.codes("test")
    centre = codes.mu.mean(axis=0)
    reach = float(np.quantile(np.abs(codes.mu - centre), 1 - OUTSIDE))
    low, high = centre - reach, centre + reach
    image = np.broadcast_to(GROUND, (SIDE, SIDE, 3)).copy()
    across, up = ((codes.mu - low) / (high - low) * SIDE).astype(int).T
    inside = (across >= 0) & (across < SIDE - 1) & (up > 0) & (up < SIDE)
    for right, down in np.ndindex(2, 2):  # a point is 2 × 2 pixels
        image[SIDE - 1 - up[inside] + down, across[inside] + right] = _colours(_explorer)[inside]
    return export.data_uri(export.png(image.astype(np.float32))), low, high


def _colours(explorer: Explorer) -> Floats:
    """The colour of each test image's code, (N, 3) in [0, 1]."""
    codes = explorer.codes("test")
    if not explorer.can("labels"):
        return np.broadcast_to(POINT, (len(codes), 3))
    shades = class_colours(len(explorer.class_names or ()))
    levels = np.array([[int(shade[k : k + 2], 16) / 255 for k in (1, 3, 5)] for shade in shades])
    return np.asarray(levels[codes.known_labels])
