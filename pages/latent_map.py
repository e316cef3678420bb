"""Latent map: where the encoder puts the test images, and what the decoder makes of any place."""

import streamlit as st

from vae.web import live
from vae.web.kit import frame
from vae.web.pages.latent_map import maps, own_tsne
from vae.web.selection import inspector

page = frame.begin(
    "latent_map",
    "Every point is the code of a test image. Point at one to see it decoded, and click to keep it.",
)


@st.fragment
def explore() -> None:
    """The map and the column beside it; a click redraws no more than this."""
    picture, side = frame.columns()
    with picture, st.container(horizontal=True, vertical_alignment="center"):
        shown = maps.choose(page.explorer)
        chosen = maps.follow_click(page.explorer, shown)
        inspector.go_to(page.explorer, chosen)
    with picture:
        maps.draw(page.explorer, shown, chosen)
    with side:
        maps.show_chosen(page.explorer, shown, chosen)
    with picture:
        if page.explorer.latent_dim > 2:
            own_tsne.panel(page.explorer)


explore()
live.weights(page.explorer)  # after the chart, since it takes longer to arrive
