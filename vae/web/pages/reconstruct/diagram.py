"""One image's way through the model, from left to right: input, encoder, map, decoder, reconstruction.

`row` is the place of the picture; the map, a chart, is drawn between `into_model` and `out_of_model`. The
style sheet centres images and networks on it, and puts all below each other where the window is narrow.
"""

from html import escape

import numpy as np
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from vae.analysis.reconstruction import Passage
from vae.explorer import Explorer
from vae.model.config import ModelConfig
from vae.web.kit import html
from vae.web.selection.input_image import Followed, Given

NLL_HINT = "−log p(x|z): how badly the decoder's picture fits the pixels."
KL_HINT = "KL(q(z|x) ‖ p(z)): what it costs to say where in the prior this image's code lies."
ARROW = '<span class="flow-arrow" aria-hidden="true"></span>'


def row() -> DeltaGenerator:
    """The place of the picture."""
    return st.container(key="flow", horizontal=True, gap=None, wrap=False)


def into_model(followed: Followed, explorer: Explorer) -> None:
    """The input, what was made of it, and the encoder."""
    pictures = [_given(followed.given), ARROW] if followed.given.prepared else []
    pictures += [_picture(followed.pixels, followed.caption), ARROW]
    gives = "q(z|x): mu and sd of" if explorer.has_posterior else "the code, a point in"
    encoder = _network("encoder", explorer, f"Gives {gives} {_dimensions(explorer)}.")
    _side("flow-in", "".join(pictures), encoder + ARROW)


def out_of_model(shown: Passage, explorer: Explorer) -> None:
    """The decoder and the reconstruction."""
    decoder = _network("decoder", explorer, "Gives p(x|z): the brightness to expect at each of 784 pixels.")
    at = "mu" if explorer.has_posterior else "the code"
    _side(
        "flow-out",
        ARROW + decoder,
        ARROW + _picture(shown.reconstruction, f"reconstruction: decoder mean at {at}"),
    )


def terms(nll: float, kl: float, mean_nll: float, mean_kl: float, has_kl: bool = True) -> None:
    """nll and KL, nats per image, as two bars on one scale: this image's above the test images' mean.

    Without a KL, as for an autoencoder, the nll alone.
    """
    largest = max(nll + kl, mean_nll + mean_kl)
    both = (("this image", nll, kl), ("test images, mean", mean_nll, mean_kl))
    rows = "".join(_terms_row(label, nats, cost, largest, has_kl) for label, nats, cost in both)
    keys = _key("nll", NLL_HINT) + (" " + _key("KL", KL_HINT) if has_kl else "")
    unit = "nats per image, mean over 10 encodings" if has_kl else "nats per image"
    key = f'<p class="flow-key">{keys} <span>{unit}</span></p>'
    st.html(f'<div class="flow-terms">{rows}{key}</div>')


def _side(name: str, first: str, second: str) -> None:
    """One side of the map, in two groups, which a narrow window puts below each other."""
    groups = "".join(f'<div class="flow-group">{group}</div>' for group in (first, second))
    st.html(f'<div class="flow-side {name}">{groups}</div>', width="content")


def _picture(image: np.ndarray, caption: str) -> str:
    return html.picture_html(image, caption, html.PICTURE)


def _given(given: Given) -> str:
    """The picture as it was given, whole, in a square frame."""
    return f'<div class="flow-given">{_picture(given.picture, f"as given: {given.caption}")}</div>'


def _network(name: str, explorer: Explorer, gives: str) -> str:
    """A trapezoid that narrows (encoder) or widens (decoder), with its layers as lines."""
    widths = explorer.config.hidden if name == "decoder" else explorer.config.hidden[::-1]
    words, built = _layers(explorer.config, widths)
    return (
        f'<figure class="flow-network {name}"><div class="flow-shape">{"<i></i>" * len(widths)}<b>{name}</b>'
        f'</div><figcaption><span class="vae-hint" tabindex="0" data-hint="{escape(f"{built} {gives}")}">'
        f"{words}</span></figcaption></figure>"
    )


def _layers(config: ModelConfig, widths: tuple[int, ...]) -> tuple[str, str]:
    """The hidden layers of a network, in short and in a sentence."""
    if not widths:
        return "linear", "A single linear layer."
    listed = " → ".join(map(str, widths))
    if config.network == "conv":
        return f"{listed} channels", f"Convolutions with {' and '.join(map(str, widths))} channels."
    short = f"{len(widths)} × {widths[0]}" if len(set(widths)) == 1 else listed
    units = ", ".join(map(str, widths))
    return f"{short} units", f"A network of {len(widths)} hidden layers with {units} units."


def _dimensions(explorer: Explorer) -> str:
    count = explorer.latent_dim
    return "1 dimension" if count == 1 else f"{count} dimensions"


def _key(name: str, hint: str) -> str:
    colour, words = name.lower(), escape(hint)
    return f'<i class="{colour}"></i><span class="vae-hint" tabindex="0" data-hint="{words}">{name}</span>'


def _terms_row(label: str, nll: float, kl: float, largest: float, has_kl: bool) -> str:
    """One bar; a term below zero, which a Gaussian likelihood can have, has no length."""
    bars = "".join(
        f'<i class="{name}" style="width:{100 * max(value, 0.0) / max(largest, 1e-9):.2f}%"></i>'
        for name, value in (("nll", nll), ("kl", kl))
    )
    sum_ = (f"{nll:.1f} + {kl:.1f} = {nll + kl:.1f}" if has_kl else f"{nll:.1f}").replace("-", "−")
    return f'<div><span>{label}</span><span class="sum">{sum_}</span><div class="bar">{bars}</div></div>'
