"""A slider for each coordinate of z: what every dimension has learnt, one at a time."""

import numpy as np
import streamlit as st

from vae.explorer import Explorer
from vae.figures.layout import coordinate
from vae.web import live
from vae.web.selection import code as choice
from vae.web.selection import inspector, your_image
from vae.web.selection.code import Chosen

LIVE = "live_sliders"  # key
START = "sliders.start"  # session: the test image that the way back leads to
SLIDER = (
    "sliders.z"  # keys of the sliders of a model that the browser cannot run, with the coordinate's number
)
EXTENT = 3.0  # prior standard deviations


def show(explorer: Explorer, chosen: Chosen) -> None:
    """The panel; letting go of a slider puts z into the address."""
    image = _start(chosen)
    if explorer.can("browser"):
        _in_browser(explorer, chosen, image)
    else:
        _served(explorer, chosen, image)


def _in_browser(explorer: Explorer, chosen: Chosen, image: int) -> None:
    """The panel that decodes while a slider moves."""

    def picked() -> None:
        z = live.code_of(LIVE, explorer)
        if z is not None:
            choice.choose_z(explorer, z.tolist())

    own = your_image.own(explorer)
    live.sliders(
        explorer,
        LIVE,
        start=explorer.codes("test").mu[image] if own is None else your_image.posterior(explorer, own).mu[0],
        start_label=f"test image {image}" if own is None else own.given.caption,
        z=chosen.code(explorer),
        extent=EXTENT,
        on_change=picked,
    )


def _served(explorer: Explorer, chosen: Chosen, image: int) -> None:
    """The panel of a model that the browser cannot run: decoded here when a slider is let go."""
    side, sliders = st.columns([1, 2], gap="medium")
    with side:
        inspector.show(explorer, chosen)
        with st.container(horizontal=True):
            st.button("Draw from the prior", type="primary", on_click=_draw, args=(explorer,))
            st.button("Reset to 0", on_click=_reset, args=(explorer,))
            st.button(f"Back to test image {image}", on_click=_go_back, args=(explorer, image))
    with sliders:
        st.caption(f"Each slider runs from −{EXTENT:g} to {EXTENT:g} sd. The image follows when you let go.")
        for axis, value in enumerate(chosen.code(explorer).tolist()):
            st.session_state[f"{SLIDER}{axis}"] = min(max(value, -EXTENT), EXTENT)
            st.slider(
                coordinate(axis),
                -EXTENT,
                EXTENT,
                step=0.01,
                key=f"{SLIDER}{axis}",
                on_change=_move,
                args=(explorer, chosen, axis),
            )


def _move(explorer: Explorer, chosen: Chosen, axis: int) -> None:
    """Take over what one slider says; the other coordinates stay, also those out of the sliders' reach."""
    z = chosen.code(explorer).tolist()
    z[axis] = st.session_state[f"{SLIDER}{axis}"]
    choice.choose_z(explorer, z)


def _draw(explorer: Explorer) -> None:
    choice.choose_z(explorer, np.random.default_rng().standard_normal(explorer.latent_dim).tolist())


def _reset(explorer: Explorer) -> None:
    choice.choose_z(explorer, [0.0] * explorer.latent_dim)


def _go_back(explorer: Explorer, image: int) -> None:
    choice.choose_image(explorer, image)


def _start(chosen: Chosen) -> int:
    """The test image that the sliders started from."""
    if chosen.image is not None:
        st.session_state[START] = chosen.image
    return int(st.session_state.get(START, 0))
