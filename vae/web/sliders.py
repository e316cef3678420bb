"""A slider for each coordinate of z: what every dimension has learnt, one at a time."""

from typing import TYPE_CHECKING

import streamlit as st

from vae.web import chosen as choice
from vae.web import live, parts
from vae.web.chosen import Chosen

if TYPE_CHECKING:
    import numpy as np

    from vae.explorer import Explorer

LIVE = "live_sliders"  # key
START = "sliders.start"  # session: the test image that the way back leads to
SERVER = "sliders.z"  # key of the server's sliders, followed by the dimension
EXTENT = 3.0  # prior standard deviations
LARGE = 280  # CSS pixels


def show_live(explorer: "Explorer", chosen: Chosen) -> None:
    """The panel in the browser; letting go of a slider puts z into the address."""
    image = _start(chosen)

    def picked() -> None:
        pick = live.pick_of(LIVE, explorer)
        if pick is not None:
            choice.choose_z(explorer, pick.z.tolist())

    live.sliders(
        explorer,
        LIVE,
        start=explorer.codes("test").mu[image],
        start_label=f"test image {image}",
        z=chosen.code(explorer),
        extent=EXTENT,
        on_change=picked,
    )


def show(explorer: "Explorer", chosen: Chosen) -> None:
    """The same from the server: the image follows when a slider is released."""
    z = chosen.code(explorer)
    picture, panel = st.columns([1, 2])
    with picture:
        parts.picture(explorer.decode(z[None])[0], "decoder mean", LARGE)
        image = _start(chosen)
        _button(explorer, "Reset to 0", [0.0] * explorer.latent_dim, "The middle of the prior.")
        _button(
            explorer, f"Back to test image {image}", explorer.codes("test").mu[image].tolist(), "Its code mu."
        )
    with panel:
        kl = explorer.kl_per_dim()
        for axis in (-kl).argsort().tolist():
            _slider(explorer, z, axis, float(kl[axis]))


def _start(chosen: Chosen) -> int:
    """The test image that the sliders started from."""
    if chosen.image is not None:
        st.session_state[START] = chosen.image
    return int(st.session_state.get(START, 0))


def _button(explorer: "Explorer", label: str, z: list[float], words: str) -> None:
    def go() -> None:
        choice.choose_z(explorer, z)

    st.button(label, on_click=go, help=words)


def _slider(explorer: "Explorer", z: "np.ndarray", axis: int, kl: float) -> None:
    from vae.figures import INACTIVE_BELOW
    from vae.figures.style import coordinate

    def move() -> None:
        moved = z.tolist()
        moved[axis] = st.session_state[key]
        choice.choose_z(explorer, moved)

    key = f"{SERVER}{axis}"
    st.session_state[key] = min(max(float(z[axis]), -EXTENT), EXTENT)
    inactive = ", inactive" if kl < INACTIVE_BELOW else ""
    said = f" ({kl:.2f} nats{inactive})" if explorer.has_posterior else ""
    st.slider(
        f"{coordinate(axis)}{said}",
        -EXTENT,
        EXTENT,
        step=0.01,
        key=key,
        on_change=move,
        help="In prior standard deviations; in brackets the mean KL of this dimension over the test images.",
    )
