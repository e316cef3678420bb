"""One image's way through the model, from left to right: input, encoder, map, decoder, reconstruction.

`row` is the place of the picture; the map, a chart, is drawn between `into_model` and `out_of_model`. The
style sheet centres images and networks on it, and puts all below each other where the window is narrow.
"""

from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from vae.web import parts

if TYPE_CHECKING:
    import numpy as np

    from vae.explorer import Explorer
    from vae.web.passage import Passage
    from vae.web.source import Followed, Given

STYLE = Path(__file__).parents[2] / "assets" / "flow.css"
IMAGE = 168  # CSS pixels of an image in a wide window
NLL_HINT = "−log p(x|z): how badly the decoder's picture fits the pixels."
KL_HINT = "KL(q(z|x) ‖ p(z)): what it costs to say where in the prior this image's code lies."
ARROW = '<span class="flow-arrow" aria-hidden="true"></span>'


def row() -> DeltaGenerator:
    """The place of the picture."""
    st.html(STYLE)
    return st.container(key="flow", horizontal=True, gap=None, wrap=False)


def into_model(followed: "Followed", explorer: "Explorer") -> None:
    """The input, what was made of it, and the encoder."""
    pictures = [_given(followed.given), ARROW] if followed.given.prepared else []
    pictures += [_picture(followed.pixels, followed.caption), ARROW]
    encoder = _network("encoder", explorer, f"Gives q(z|x): mu and sd of {_dimensions(explorer)}.")
    _side("flow-in", "".join(pictures), encoder + ARROW)


def out_of_model(shown: "Passage", explorer: "Explorer") -> None:
    """The decoder and the reconstruction."""
    decoder = _network("decoder", explorer, "Gives p(x|z): the brightness to expect at each of 784 pixels.")
    _side(
        "flow-out",
        ARROW + decoder,
        ARROW + _picture(shown.reconstruction, "reconstruction: decoder mean at mu"),
    )


def terms(nll: float, kl: float, mean_nll: float, mean_kl: float) -> None:
    """nll and KL, nats per image, as two bars on one scale: this image's above the test images' mean."""
    largest = max(nll + kl, mean_nll + mean_kl)
    rows = _terms_row("this image", nll, kl, largest) + _terms_row(
        "test images, mean", mean_nll, mean_kl, largest
    )
    nll_key, kl_key = _key("nll", NLL_HINT), _key("KL", KL_HINT)
    key = f'<p class="flow-key">{nll_key} {kl_key} <span>nats per image, mean over 10 encodings</span></p>'
    st.html(f'<div class="flow-terms">{rows}{key}</div>')


def _side(name: str, first: str, second: str) -> None:
    """One side of the map, in two groups, which a narrow window puts below each other."""
    groups = "".join(f'<div class="flow-group">{group}</div>' for group in (first, second))
    st.html(f'<div class="flow-side {name}">{groups}</div>', width="content")


def _picture(image: "np.ndarray", caption: str) -> str:
    return parts.picture_html(image, caption, IMAGE)


def _given(given: "Given") -> str:
    """The picture as it was given, whole, in a square frame."""
    return f'<div class="flow-given">{_picture(given.picture, f"as given: {given.caption}")}</div>'


def _network(name: str, explorer: "Explorer", gives: str) -> str:
    """A trapezoid that narrows (encoder) or widens (decoder), with its layers as lines."""
    layers = explorer.encoder_layers() if name == "encoder" else explorer.decoder_layers()
    widths = [len(bias) for _, bias in layers[:-1]]
    lines = "<i></i>" * len(widths)
    words = f"{len(widths)} × {widths[0]}" if len(set(widths)) == 1 else " → ".join(map(str, widths))
    hint = escape(
        f"A network of {len(widths)} hidden layers with {', '.join(map(str, widths))} units. {gives}"
    )
    return (
        f'<figure class="flow-network {name}"><div class="flow-shape">{lines}<b>{name}</b></div>'
        f'<figcaption><span class="vae-hint" tabindex="0" data-hint="{hint}">{words} units</span>'
        "</figcaption></figure>"
    )


def _dimensions(explorer: "Explorer") -> str:
    count = explorer.latent_dim
    return "1 dimension" if count == 1 else f"{count} dimensions"


def _key(name: str, hint: str) -> str:
    colour, words = name.lower(), escape(hint)
    return f'<i class="{colour}"></i><span class="vae-hint" tabindex="0" data-hint="{words}">{name}</span>'


def _terms_row(label: str, nll: float, kl: float, largest: float) -> str:
    """One bar; a term below zero, which a Gaussian likelihood can have, has no length."""
    bars = "".join(
        f'<i class="{name}" style="width:{100 * max(value, 0.0) / max(largest, 1e-9):.2f}%"></i>'
        for name, value in (("nll", nll), ("kl", kl))
    )
    sum_ = f"{nll:.1f} + {kl:.1f} = {nll + kl:.1f}".replace("-", "−")
    return f'<div><span>{label}</span><span class="sum">{sum_}</span><div class="bar">{bars}</div></div>'
