"""What is sent once per model and page visit: the program, the networks, maps of the test images."""

import hashlib
import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import streamlit as st
from numpy.typing import ArrayLike, NDArray

from vae.figures import CLASS_COLOURS, INACTIVE_BELOW
from vae.web.live.model import Layer, Model

if TYPE_CHECKING:
    from collections.abc import Sequence

    from streamlit.components.v2.types import ComponentRenderer

ASSETS = Path(__file__).parents[3] / "assets" / "live"
BASE = (
    *("page", "kernel", "network", "convolution", "store", "space"),
    *("plots", "overlay", "preview", "chart", "view", "player"),
)
VIEWS = ("plane", "path", "sliders", "pairs", "ink", "draw")
PROGRAM = (*BASE, *VIEWS, "main")
"""Scripts of the program: one module in the browser, in this order."""


def weights(model: Model, encoder: bool = False) -> None:
    """Bring the program and the model's decoder to the browser; with `encoder` also its encoder (to draw).

    To be called once on a page, outside of fragments.
    """
    _program()(key="live-program")
    _networks()(key=f"live-decoder-{model.fingerprint}", data=_decoder(model.fingerprint, model))
    if encoder:
        _networks()(key=f"live-encoder-{model.fingerprint}", data=_encoder(model.fingerprint, model))


def codes(model: Model, name: str, mu: ArrayLike, xy: ArrayLike, labels: ArrayLike) -> str:
    """Bring a map of test images to the browser: mu (N, D), places on the map xy (N, 2), labels (N,).

    Returns the name that the views take. `name` tells the maps of one model apart; a map that was computed
    anew needs another one.

    Raises:
        ValueError: for arrays of other shapes.
    """
    arrays: dict[str, NDArray[Any]] = {
        "mu": np.asarray(mu, np.float16),
        "xy": np.asarray(xy, np.float32),
        "labels": np.asarray(labels, np.uint8),
    }
    shapes = [array.shape[1:] for array in arrays.values()]
    if shapes != [(model.latent_dim,), (2,), ()] or len({len(array) for array in arrays.values()}) != 1:
        raise ValueError(f"a map needs mu (N, {model.latent_dim}), xy (N, 2) and labels (N,)")
    key = f"{model.fingerprint}-{name}"
    _networks()(key=f"live-codes-{key}", data=pack({"kind": "codes", "key": f"codes:{key}"}, arrays))
    return key


def pack(header: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> bytes:
    """Header and arrays (float16, float32, uint8) as the bytes that `assets/live/store.js` reads."""
    directory, blobs, at = {}, [], 0
    for name, array in arrays.items():
        blobs.append(np.ascontiguousarray(array).tobytes())
        directory[name] = {"type": array.dtype.str[1:], "shape": array.shape, "at": at}
        at += len(blobs[-1])
    text = json.dumps({**header, "arrays": directory}).encode()
    return b"".join([len(text).to_bytes(4, "little"), text, *blobs])


@st.cache_resource(show_spinner=False, max_entries=16)
def _decoder(fingerprint: str, _model: Model) -> bytes:
    from vae.data import CLASS_NAMES

    header = {
        "kind": "decoder",
        "key": f"decoder:{fingerprint}",
        "activation": _model.activation,
        "head": "sigmoid" if _model.config.hidden else "unit",
        "has_posterior": _model.has_posterior,
        "class_names": CLASS_NAMES[_model.dataset],
        "class_colours": CLASS_COLOURS,
        "inactive_below": INACTIVE_BELOW,
    }
    facts = {"class_means": _model.class_means(), "kl_per_dim": _model.kl_per_dim()}
    arrays = {name: np.asarray(array, np.float32) for name, array in facts.items()}
    return pack(header, arrays | _layer_arrays(_model.decoder_layers()))


@st.cache_resource(show_spinner=False, max_entries=16)
def _encoder(fingerprint: str, _model: Model) -> bytes:
    header = {
        "kind": "encoder",
        "key": f"encoder:{fingerprint}",
        "activation": _model.activation,
        "latent_dim": _model.latent_dim,
    }
    return pack(header, _layer_arrays(_model.encoder_layers()))


def _layer_arrays(layers: "Sequence[Layer]") -> dict[str, NDArray[Any]]:
    arrays: dict[str, NDArray[Any]] = {}
    for k, (weight, bias) in enumerate(layers):
        arrays[f"weight{k}"] = np.asarray(weight, np.float16)
        arrays[f"bias{k}"] = np.asarray(bias, np.float32)
    return arrays


@cache
def _scripts() -> tuple[str, str]:
    """The program and the short script of all other instances, both with the program's version."""
    style = (ASSETS / "live.css").read_text(encoding="utf-8")
    parts = [(ASSETS / f"{name}.js").read_text(encoding="utf-8") for name in PROGRAM]
    stub = (ASSETS / "stub.js").read_text(encoding="utf-8")
    version = hashlib.sha256("".join([style, *parts, stub]).encode()).hexdigest()[:12]
    constants = f"const VERSION = {json.dumps(version)};\n"
    return "\n".join([constants, f"const STYLE = {json.dumps(style)};", *parts]), constants + stub


@cache
def _program() -> "ComponentRenderer":
    return st.components.v2.component("vae_live_program", js=_scripts()[0])


@cache
def _networks() -> "ComponentRenderer":
    return st.components.v2.component("vae_live_networks", js=_scripts()[1])


@cache
def view() -> "ComponentRenderer":
    """The component of all views."""
    return st.components.v2.component("vae_live_view", js=_scripts()[1])
