"""What is sent once per model and page visit: program, networks, the test images' codes and maps."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import ArrayLike, NDArray
from streamlit.components.v2.types import ComponentRenderer

from vae.figures import CLASS_COLOURS, INACTIVE_BELOW
from vae.images.sets import CLASS_NAMES
from vae.images.spec import IMAGE_SIDE
from vae.model.config import LOG_VAR_BOUND
from vae.web.kit.component import component, script, style
from vae.web.live.model import Layer, Model

IMAGE = {"height": IMAGE_SIDE, "width": IMAGE_SIDE, "channels": 1}


def weights(model: Model, encoder: bool = False) -> None:
    """Bring the program and the model's decoder to the browser; with `encoder` also its encoder (to draw).

    The codes of the test images come last: without them the views work, but do not say what a code reads as.
    To be called once on a page, outside of fragments.
    """
    _program()(key="live-program")
    _networks()(key=f"live-decoder-{model.fingerprint}", data=_decoder(model.fingerprint, model))
    if encoder:
        _networks()(key=f"live-encoder-{model.fingerprint}", data=_encoder(model.fingerprint, model))
    _networks()(key=f"live-codes-{model.fingerprint}", data=_codes(model.fingerprint, model))


def places(model: Model, name: str, xy: ArrayLike) -> str:
    """Bring a map of the test images to the browser: their places on it, xy (N, 2).

    Returns the name that the views take. `name` tells the maps of one model apart; a map that was computed
    anew needs another one.

    Raises:
        ValueError: unless there is a place for each test image.
    """
    array, count = np.asarray(xy, np.float32), len(model.codes().labels)
    if array.shape != (count, 2):
        raise ValueError(f"a map needs places ({count}, 2), got {array.shape}")
    key = f"{model.fingerprint}-{name}"
    _networks()(
        key=f"live-places-{key}", data=pack({"kind": "places", "key": f"places:{key}"}, {"xy": array})
    )
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

    header = {
        "kind": "decoder",
        "key": f"decoder:{fingerprint}",
        "image": IMAGE,
        "activation": _model.activation,
        "head": "sigmoid" if _model.config.hidden else "unit",
        "has_posterior": _model.has_posterior,
        "class_names": CLASS_NAMES[_model.dataset],
        "class_colours": CLASS_COLOURS,
        "inactive_below": INACTIVE_BELOW,
    }
    arrays: dict[str, NDArray[Any]] = {"kl_per_dim": np.asarray(_model.kl_per_dim(), np.float32)}
    return pack(header, arrays | _layer_arrays(_model.decoder_layers()))


@st.cache_resource(show_spinner=False, max_entries=16)
def _encoder(fingerprint: str, _model: Model) -> bytes:
    header = {
        "kind": "encoder",
        "key": f"encoder:{fingerprint}",
        "image": IMAGE,
        "activation": _model.activation,
        "latent_dim": _model.latent_dim,
        "log_var_bound": LOG_VAR_BOUND,
    }
    return pack(header, _layer_arrays(_model.encoder_layers()))


@st.cache_resource(show_spinner=False, max_entries=16)
def _codes(fingerprint: str, _model: Model) -> bytes:
    codes = _model.codes()
    header = {"kind": "codes", "key": f"codes:{fingerprint}", "spacing": _model.spacing}
    return pack(header, {"mu": codes.mu.astype(np.float16), "labels": codes.labels.astype(np.uint8)})


def _layer_arrays(layers: Sequence[Layer]) -> dict[str, NDArray[Any]]:
    arrays: dict[str, NDArray[Any]] = {}
    for k, (weight, bias) in enumerate(layers):
        arrays[f"weight{k}"] = np.asarray(weight, np.float16)
        arrays[f"bias{k}"] = np.asarray(bias, np.float32)
    return arrays


@cache
def scripts() -> tuple[str, str]:
    """The program and the short script of all other instances, both with the program's version."""
    sheet, program, stub = style("live/live.css"), script("live/main.js"), script("live/stub.js")
    version = hashlib.sha256("".join([sheet, program, stub]).encode()).hexdigest()[:12]
    constants = f"const VERSION = {json.dumps(version)};\n"
    return f"{constants}const STYLE = {json.dumps(sheet)};\n{program}", constants + stub


def _program() -> ComponentRenderer:
    return component("vae_live_program", scripts()[0])


def _networks() -> ComponentRenderer:
    return component("vae_live_networks", scripts()[1])


def view() -> ComponentRenderer:
    """The component of all views."""
    return component("vae_live_view", scripts()[1])
