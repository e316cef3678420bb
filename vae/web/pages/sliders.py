"""A slider for each coordinate of z: what every dimension has learnt, one at a time."""

import streamlit as st

from vae.explorer import Explorer
from vae.web import live
from vae.web.selection import code as choice
from vae.web.selection import your_image
from vae.web.selection.code import Chosen

LIVE = "live_sliders"  # key
START = "sliders.start"  # session: the test image that the way back leads to
EXTENT = 3.0  # prior standard deviations


def show(explorer: Explorer, chosen: Chosen) -> None:
    """The panel; letting go of a slider puts z into the address."""
    image = _start(chosen)

    def picked() -> None:
        z = live.code_of(LIVE, explorer)
        if z is not None:
            choice.choose_z(explorer, z.tolist())

    own = your_image.own(explorer)
    live.sliders(
        explorer,
        LIVE,
        start=explorer.codes("test").mu[image] if own is None else your_image.posterior(explorer, own).mu[0],
        start_label=explorer.about(image) if own is None else own.given.caption,
        z=chosen.code(explorer),
        extent=EXTENT,
        on_change=picked,
    )


def _start(chosen: Chosen) -> int:
    """The test image that the sliders started from."""
    if chosen.image is not None:
        st.session_state[START] = chosen.image
    return int(st.session_state.get(START, 0))
