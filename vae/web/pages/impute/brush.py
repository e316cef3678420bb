"""A pad in the browser on which pixels of an image are hidden with a brush."""

from base64 import b64encode
from collections.abc import Callable, Mapping
from functools import cache

import numpy as np
import streamlit as st
from streamlit.components.v2.types import ComponentRenderer

from vae.assets import ASSETS
from vae.figures.theme import HIDDEN_COLOUR
from vae.images import masks


def pad(image: np.ndarray, hidden: masks.Mask, key: str, on_change: Callable[[masks.Mask], object]) -> None:
    """Show an image (28, 28) in [0, 1] with a mask to be changed; `on_change` gets the changed mask."""

    def changed() -> None:
        mask = read(st.session_state.get(key))
        if mask is not None:
            on_change(mask)

    levels = (255 * image).round().astype("uint8").tobytes()
    data = {"image": b64encode(levels).decode(), "hidden": masks.to_text(hidden), "colour": HIDDEN_COLOUR}
    _component()(key=key, data=data, on_hidden_change=changed)


def read(state: object) -> masks.Mask | None:
    """The mask in what a browser sent; it may send anything."""
    text = state.get("hidden") if isinstance(state, Mapping) else None
    try:
        return masks.from_text(text) if isinstance(text, str) else None
    except ValueError:
        return None


@cache
def _component() -> ComponentRenderer:
    return st.components.v2.component("vae_brush", js=(ASSETS / "brush.js").read_text(encoding="utf-8"))
