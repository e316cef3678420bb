"""z-grid: what the decoder makes of every place in a slice of the latent space."""

import streamlit as st

from vae.web import live
from vae.web.kit import frame
from vae.web.pages import z_grid

page = frame.begin(
    "z_grid",
    "Every image is what the decoder makes of its place. Point at one to see it large; click to keep it.",
)
if page.explorer.latent_dim < 2:
    st.info("The z-grid needs two latent dimensions, and this model has one. Choose another model above.")
    st.stop()


@st.fragment
def explore() -> None:
    """The grid and the column beside it; a click redraws no more than this."""
    slice_ = z_grid.choose(page.explorer)
    chosen = z_grid.follow_click(page.explorer, slice_)
    picture, side = frame.columns()
    with picture:
        z_grid.draw(page.explorer, slice_, chosen)
        z_grid.offer_download(page.explorer, slice_)
    with side:
        z_grid.show_chosen(page.explorer, slice_, chosen)


explore()
live.weights(page.explorer)  # after the chart, since it takes longer to arrive
