"""What is sent once per model and page visit: program, networks, the test images' codes and maps."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from functools import cache
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import ArrayLike, NDArray
from streamlit.components.v2.types import ComponentRenderer

from vae.analysis.active import INACTIVE_BELOW
from vae.explorer import Explorer
from vae.figures import class_colours
from vae.images import names
from vae.web.kit.component import component, script, style
from vae.web.server import decoding


def weights(*models: Explorer, encoder: bool = False) -> None:
    """Bring the program and the models' decoders to the browser, with `encoder` (to draw) their encoders too.

    The codes of the test images come last: without them the views work, but do not say what a code reads as.
    To be called once on a page, outside of fragments; a model that the browser cannot run is decoded by the
    server, and of its networks nothing is sent.
    """
    if models:
        _program()(key="live-program")
    for model in models:
        able = model.can("browser")
        made = _decoder(model.fingerprint, model) if able else _served(decoding.offer(model), model)
        _networks()(key=f"live-decoder-{model.fingerprint}", data=made)
        if encoder and model.can("encoder"):
            bring_encoder(model)
    for model in models:
        _networks()(key=f"live-codes-{model.fingerprint}", data=_codes(model.fingerprint, model))


def bring_encoder(model: Explorer) -> None:
    """Bring the encoder alone of a model whose other weights are on the page, for a pad that opens there."""
    _networks()(key=f"live-encoder-{model.fingerprint}", data=_encoder(model.fingerprint, model))


def places(model: Explorer, name: str, xy: ArrayLike) -> str:
    """Bring a map of the test images to the browser: their places on it, xy (N, 2).

    Returns the name that the views take. `name` tells the maps of one model apart; a map that was computed
    anew needs another one.

    Raises:
        ValueError: unless there is a place for each test image.
    """
    array, count = np.asarray(xy, np.float32), len(model.codes())
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
def _decoder(fingerprint: str, _model: Explorer) -> bytes:
    networks = _model.networks()
    header, arrays = _about(_model)
    header |= {
        "kind": "decoder",
        "activation": networks.decoder_activation,
        "settings": [asdict(each) for each in networks.settings],
        "head": "sigmoid" if networks.mean == "sigmoid" else "unit",
    }
    return pack(header, arrays | layer_arrays(networks.decoder))


@st.cache_resource(show_spinner=False, max_entries=16)
def _served(url: str, _model: Explorer) -> bytes:
    """What stands in for the networks where the server decodes."""
    header, arrays = _about(_model)
    return pack(header | {"kind": "served", "url": url, "latent_dim": _model.latent_dim}, arrays)


def _about(model: Explorer) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    """What the views say about a model's latent space."""
    class_names = model.class_names
    header = {
        "key": f"decoder:{model.fingerprint}",
        "image": asdict(model.image_spec),
        "has_posterior": model.can("gaussian"),
        "class_names": class_names,
        "class_colours": class_colours(len(class_names or ())),
        "inactive_below": INACTIVE_BELOW,
    }
    kl_per_dim = model.kl_per_dim if model.can("gaussian") else np.zeros(model.latent_dim, np.float32)
    return header, {"kl_per_dim": kl_per_dim}


@st.cache_resource(show_spinner=False, max_entries=16)
def _encoder(fingerprint: str, _model: Explorer) -> bytes:
    networks = _model.networks()
    header = {
        "kind": "encoder",
        "key": f"encoder:{fingerprint}",
        "image": asdict(_model.image_spec),
        "activation": networks.encoder_activation,
        "latent_dim": _model.latent_dim,
        "log_var_bound": networks.log_var_bound,
        "log_var_max": networks.log_var_max,
    }
    noise = {} if networks.noise is None else {"noise": networks.noise.astype(np.float32)}
    return pack(header, layer_arrays(networks.encoder) | noise)


@st.cache_resource(show_spinner=False, max_entries=16)
def _codes(fingerprint: str, _model: Explorer) -> bytes:
    """Codes and, where there are any, labels and the names of files."""
    codes = _model.codes()
    header = {"kind": "codes", "key": f"codes:{fingerprint}", "spacing": _model.spacing}
    arrays: dict[str, NDArray[Any]] = {"mu": codes.mu.astype(np.float16)}
    if _model.can("labels"):
        arrays["labels"] = codes.known_labels.astype(np.uint8)
    if codes.names is not None:
        arrays["names"] = names.pack(codes.names)
    return pack(header, arrays)


def layer_arrays(layers: Sequence[tuple[NDArray[Any], NDArray[Any]]]) -> dict[str, NDArray[Any]]:
    """Weights and biases of a network by the names under which the browser looks for them."""
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
