"""Latent map: where the encoder puts the test images, and what the decoder makes of any place."""

import streamlit as st

from vae.web import live
from vae.web.kit import frame
from vae.web.pages.latent_map import classes, controls, maps, own_tsne
from vae.web.selection import draw_here, your_image

page = frame.begin(
    "latent_map",
    "Each point is a test image at its code, the few numbers that the model keeps of it. Point anywhere to "
    "see what the model draws there.",
    beside=your_image.show,
)


@st.fragment
def explore() -> None:
    """The map and the column beside it; a click redraws no more than this."""
    your_image.show_again(page.explorer)
    picture, side = frame.columns()
    with picture, st.container(horizontal=True, vertical_alignment="center", key="map-bar", gap="small"):
        shown = controls.choose(page.explorer)
        chosen = maps.follow_click(page.explorer, shown)
        if shown is not None:
            classes.chips(page.explorer, shown)
        has_pad = draw_here.choose(page.explorer)
        controls.more(page.explorer, chosen)
    with picture:
        if shown is None or shown.kind == "own":
            own_tsne.settings(page.explorer)
        if shown is None:
            own_tsne.compute(page.explorer)
        else:
            maps.draw(page.explorer, shown, chosen)
    with side:
        maps.show_chosen(page.explorer, shown, chosen, has_pad)


explore()
live.weights(page.explorer)  # after the chart, since it takes longer to arrive
