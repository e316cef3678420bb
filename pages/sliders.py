"""Sliders: one for each coordinate of z, to see what every dimension has learnt."""

import streamlit as st

from vae.web import chosen, frame, inspector, sliders, stage

page = frame.begin(
    "Sliders",
    "Each slider moves one coordinate of z; the first ones say most about the image. See what each changes.",
)
view = stage.live_view()


@st.fragment
def explore() -> None:
    """The panel; a slider redraws no more than this."""
    code = chosen.look_up(page.explorer)
    with st.container(horizontal=True, vertical_alignment="center"):
        stage.choose_live(view)
        inspector.go_to(page.explorer, code)
    if view.is_on:
        sliders.show_live(page.explorer, code)
    else:
        sliders.show(page.explorer, code)


explore()
stage.bring_decoder(view, page.explorer)
