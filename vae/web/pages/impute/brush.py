"""A pad in the browser on which pixels of an image are hidden with a brush."""

from base64 import b64encode
from collections.abc import Callable, Mapping

import streamlit as st

from vae.figures.theme import HIDDEN_COLOUR
from vae.images import masks
from vae.images.spec import Floats, ImageSpec
from vae.web.kit.component import component, script

ABOUT = 252  # CSS pixels of the pad


def pad(
    image: Floats, spec: ImageSpec, hidden: masks.Mask, key: str, on_change: Callable[[masks.Mask], object]
) -> None:
    """Show an image (H, W, C) in [0, 1] with a mask to be changed; `on_change` gets the changed mask."""

    def changed() -> None:
        mask = read(st.session_state.get(key), spec)
        if mask is not None:
            on_change(mask)

    levels = (255 * image).round().astype("uint8").tobytes()
    data = {
        "image": b64encode(levels).decode(),
        "height": spec.height,
        "width": spec.width,
        "channels": spec.channels,
        "size": spec.css_width(ABOUT),
        "hidden": masks.to_text(hidden),
        "colour": HIDDEN_COLOUR,
    }
    component("vae_brush", script("brush.js"))(key=key, data=data, on_hidden_change=changed)


def read(state: object, spec: ImageSpec) -> masks.Mask | None:
    """The mask in what a browser sent; it may send anything."""
    text = state.get("hidden") if isinstance(state, Mapping) else None
    try:
        return masks.from_text(text, spec) if isinstance(text, str) else None
    except ValueError:
        return None
