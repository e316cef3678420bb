"""The numbers of a stage, below the picture."""

from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from vae.web.kit import html
from vae.web.kit.format import signed
from vae.web.kit.html import Fact
from vae.web.pages.how_it_works.training import picture
from vae.web.pages.how_it_works.training.picture import Step

Floats = NDArray[np.float32]

WEIGHTS = 84  # CSS pixels of the weights of a hidden unit
GRADIENT_HELP = "Of this image's own nll + KL, in nats; in the batch's mean it counts a hundredth of that."
RMS_HELP = "Root mean square over the layer's weights, without the biases."


def show(step: Step, stage: str) -> None:
    """The numbers of the stage."""
    tables = {
        "encode": {"mu": step["mu"], "log_var": step["log_var"], "sd": step["sd"]},
        "sample": {"ε": step.noise, "z": step["z"]},
    }
    if stage in tables:
        _table({name: Fact(name) for name in tables[stage]}, tables[stage])
    elif stage == "loss":
        _loss(step)
    elif stage == "gradient":
        names = {"z": "d/d z", "mu": "d/d mu", "log_var": "d/d log_var"}
        header = {name: Fact(words, unit="nats", help=GRADIENT_HELP) for name, words in names.items()}
        _table(header, {name: step[f"d_{name}"] for name in names})
    elif stage == "update":
        _update(step)


def _table(header: dict[str, Fact], values: dict[str, Floats]) -> None:
    """Two columns, one for each dimension, for all values (V, 2); a row for each image."""
    columns = [header[name]._replace(label=header[name].label + sign) for name in values for sign in "₁₂"]
    numbers = np.concatenate(list(values.values()), axis=1)
    rows = [[str(k), *(signed(value) for value in row)] for k, row in enumerate(numbers, 1)]
    html.table([Fact("image"), *columns], rows)


def _loss(step: Step) -> None:
    """nll and KL of each image as bars on one scale, and the mean over the batch."""
    nll, kl = step["nll"], step["kl"]
    longest = float((nll + kl).max())
    rows = "".join(
        f'<dt>{k}</dt><dd><span><i class="nll" style="width:{100 * cost / longest:.1f}%"></i>'
        f'<i class="kl" style="width:{100 * rate / longest:.1f}%"></i></span>{cost:.1f} + {rate:.1f}</dd>'
        for k, (cost, rate) in enumerate(zip(nll, kl, strict=True), 1)
    )
    key = '<p class="flow-key"><i class="nll"></i>nll <i class="kl"></i>KL, nats per image</p>'
    st.html(f'<div class="step-loss flow-terms">{key}<dl>{rows}</dl></div>')
    html.facts(
        Fact("loss: mean of nll + KL over the 100 images", f"{step.said['loss']:.2f}", "nats per image")
    )


def _update(step: Step) -> None:
    """The loss before and after, how much each layer moved, and what some hidden units see."""
    before, after = step.said["loss"], step.said["loss_after"]
    html.facts(
        Fact("loss before", f"{before:.2f}", "nats per image"),
        Fact("loss after, same images and noise", f"{after:.2f}", "nats per image"),
    )
    sizes = {"weight": "weights", "gradient": "gradient", "change": "change"}
    header = [Fact("layer"), Fact("shape"), *(Fact(words, help=RMS_HELP) for words in sizes.values())]
    html.table(header, [_layer(layer, tuple(sizes)) for layer in step.said["layers"]])
    st.caption("What four units of the encoder's first layer see (above), and how it changed (below):")
    for name in ("weights", "change"):
        html.pictures(*((image, "") for image in _weights(step[name])), size=WEIGHTS)


def _layer(layer: dict[str, Any], sizes: tuple[str, ...]) -> list[str]:
    outputs, inputs = layer["shape"]
    return [str(layer["name"]), f"{outputs} × {inputs}", *(f"{layer[size]:.5f}" for size in sizes)]


def _weights(weights: Floats) -> Floats:
    """Weights (U, H, W) as colours (U, H, W, 3), the largest of all as bright as possible."""
    return picture.signed((weights / np.abs(weights).max())[..., None])
