"""Sliders: one for each coordinate of z, to see what every dimension has learnt."""

import streamlit as st

from vae.web import live
from vae.web.kit import frame
from vae.web.pages import sliders
from vae.web.selection import inspector, your_image
from vae.web.selection.code import look_up

page = frame.begin(
    "sliders",
    "Each slider moves one coordinate of z, and the strip over it shows what that changes, all others held.",
    beside=your_image.show,
)


@st.fragment
def explore() -> None:
    """The panel; a slider redraws no more than this."""
    code = look_up(page.explorer)
    inspector.go_to(page.explorer, code)
    sliders.show(page.explorer, code)


explore()
live.weights(page.explorer)
