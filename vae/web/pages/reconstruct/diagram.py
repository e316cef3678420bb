"""One image's way through the model, from left to right: input, encoder, map, decoder, reconstruction.

`row` is the place of the picture; the map, a chart, is drawn between `into_model` and `out_of_model`. The
style sheet centres images and networks on it, and puts all below each other where the window is narrow.
"""

from collections.abc import Sequence

import numpy as np
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from vae.analysis.reconstruction import DRAWS, Nats, Reconstruction
from vae.explorer import Explorer
from vae.model.config import Coder, ModelConfig
from vae.model.posterior import Form
from vae.model.stages import stages
from vae.web.kit import html
from vae.web.kit.format import plus_minus, signed
from vae.web.kit.words.glossary import hint
from vae.web.selection.given import Given, InputImage

NLL_HINT = "−log p(x|z): how badly the decoder's picture fits the pixels."
KL_HINT = "KL(q(z|x) ‖ p(z)): what it costs to say where in the prior this image's code lies."
GIVES: dict[Form, str] = {
    "gaussian": "q(z|x): mu and sd of",
    "implicit": "draws from q(z|x), points in",
    "point": "the code, a point in",
}
ARROW = '<span class="flow-arrow" aria-hidden="true"></span>'


def row() -> DeltaGenerator:
    """The place of the picture."""
    return st.container(key="flow", horizontal=True, gap=None, wrap=False)


def into_model(image: InputImage, shown: Reconstruction, explorer: Explorer) -> None:
    """The input, what was made of it, and the encoder."""
    size = explorer.image_spec.css_width(html.PICTURE)
    pictures = [] if image.given.is_ready else [_given(image.given, size), ARROW]
    pictures += [_picture(image.pixels, image.caption, size), ARROW]
    encoder = _network("encoder", explorer, f"Gives {GIVES[shown.form]} {_dimensions(explorer)}.")
    _side("flow-in", size, "".join(pictures), encoder + ARROW)


def out_of_model(shown: Reconstruction, explorer: Explorer) -> None:
    """The decoder and the reconstruction."""
    spec, size = explorer.image_spec, explorer.image_spec.css_width(html.PICTURE)
    mean = "p(x|z)" if explorer.can("likelihood") else "E[x|z]"
    level = "brightness" if spec.channels == 1 else "colour"
    gives = f"Gives {mean}: the {level} to expect at each of {spec.height} × {spec.width} pixels."
    at = "the code" if shown.form == "point" else "mu"
    picture = _picture(shown.reconstruction, f"reconstruction: decoder mean at {at}", size)
    _side("flow-out", size, ARROW + _network("decoder", explorer, gives), ARROW + picture)


def terms(nats: Nats, mean_nll: float, mean_kl: float | None) -> None:
    """nll and KL, nats per image, as two bars on one scale: this image's above the test images' mean.

    Without a mean KL, as for an autoencoder, the nll alone. Without bars where an nll is below zero, which a
    Gaussian likelihood can have.
    """
    assert nats.nll is not None
    kl = None if mean_kl is None else nats.kl
    both = (("this image", nats.nll, kl), ("test images, mean", mean_nll, mean_kl))
    is_drawn = min(value for _, value, _ in both) >= 0
    largest = max(value + (cost or 0.0) for _, value, cost in both) if is_drawn else None
    errors = (nats.error or None, None)  # 0 of a point, whose nll no draw moves
    rows = "".join(_terms_row(*row, error, largest) for row, error in zip(both, errors, strict=True))
    keys = _key("nll", NLL_HINT) + ("" if kl is None else " " + _key("KL", KL_HINT))
    unit = "nats per image" if kl is None else f"nats per image, mean over {DRAWS} encodings ± its error"
    key = f'<p class="flow-key">{keys} <span>{unit}</span></p>'
    st.html(f'<div class="flow-terms">{rows}{key}</div>')


def _side(name: str, size: int, first: str, second: str) -> None:
    """One side of the map, in two groups, which a narrow window puts below each other.

    In a wide window its pictures are `size` CSS pixels wide.
    """
    groups = "".join(f'<div class="flow-group">{group}</div>' for group in (first, second))
    st.html(f'<div class="flow-side {name}" style="--wide:{size}px">{groups}</div>', width="content")


def _picture(image: np.ndarray, caption: str, size: int) -> str:
    return html.picture_html(image, caption, size)


def _given(given: Given, size: int) -> str:
    """The picture as it was given, whole, in a square frame."""
    return f'<div class="flow-given">{_picture(given.picture, f"as given: {given.caption}", size)}</div>'


def _network(name: Coder, explorer: Explorer, gives: str) -> str:
    """A trapezoid that narrows (encoder) or widens (decoder), with its layers as lines if they are known."""
    lines, words, built = _layers(explorer.config, name)
    return (
        f'<figure class="flow-network {name}"><div class="flow-shape">{"<i></i>" * lines}<b>{name}</b>'
        f"</div><figcaption>{hint(words, f'{built} {gives}')}</figcaption></figure>"
    )


def _layers(config: ModelConfig | None, coder: Coder) -> tuple[int, str, str]:
    """What lies between a network's inputs and outputs: how many layers, in short, and in a sentence."""
    if config is None:
        return 0, "layers unknown", "A network whose layers are unknown."
    between = stages(config, coder)[1:-1]
    if not between:
        return 0, "linear", "A single linear layer."
    units = [stage.shape[0] for stage in between if len(stage.shape) == 1]
    channels = [stage.shape[0] for stage in between if len(stage.shape) == 3]
    short = {"channels": f"{' → '.join(map(str, channels))} channels", "units": f"{_units(units)} units"}
    kinds = ("channels", "units") if coder == "encoder" else ("units", "channels")
    words = ", ".join(short[kind] for kind in kinds if {"channels": channels, "units": units}[kind])
    return len(between), words, _sentence(units, channels, sum(stage.blocks for stage in between))


def _units(units: Sequence[int]) -> str:
    if len(units) > 1 and len(set(units)) == 1:
        return f"{len(units)} × {units[0]}"
    return " → ".join(map(str, units))


def _sentence(units: Sequence[int], channels: Sequence[int], blocks: int) -> str:
    if not channels:
        layers = "1 hidden layer" if len(units) == 1 else f"{len(units)} hidden layers"
        return f"A network of {layers} with {', '.join(map(str, units))} units."
    parts = [f"Convolutions with {' and '.join(map(str, channels))} channels"]
    parts += [f"{blocks} residual block{'s' * (blocks > 1)}"] if blocks else []
    parts += [f"a layer of {units[0]} units"] if units else []
    return f"{', '.join(parts[:-1])} and {parts[-1]}." if len(parts) > 1 else f"{parts[0]}."


def _dimensions(explorer: Explorer) -> str:
    count = explorer.latent_dim
    return "1 dimension" if count == 1 else f"{count} dimensions"


def _key(name: str, explanation: str) -> str:
    return f'<i class="{name.lower()}"></i>{hint(name, explanation)}'


def _terms_row(label: str, nll: float, kl: float | None, error: float | None, largest: float | None) -> str:
    """One bar, or its numbers alone."""
    bars = "".join(
        f'<i class="{name}" style="width:{100 * (value or 0.0) / max(largest, 1e-9):.2f}%"></i>'
        for name, value in (("nll", nll), ("kl", kl))
        if largest is not None
    )
    drawn = f'<div class="bar">{bars}</div>' if bars else ""
    shown = plus_minus(nll + (kl or 0.0), error, 1)
    sum_ = shown if kl is None else f"{signed(nll, 1)} + {signed(kl, 1)} = {shown}"
    return f'<div><span>{label}</span><span class="sum">{sum_}</span>{drawn}</div>'
