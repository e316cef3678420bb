"""z-grid: what the decoder makes of every place in a slice of the latent space."""

import streamlit as st

from vae.web import live
from vae.web.kit import frame, loaders
from vae.web.pages.z_grid import controls, grid
from vae.web.selection import your_image

page = frame.begin(
    "z_grid",
    "Every image is what the decoder makes of its place, and the plane has no end: drag it, zoom in, or "
    "point at an image to see it large.",
    beside=your_image.show,
)
if page.explorer.latent_dim < 2:
    st.info("The z-grid needs two latent dimensions, and this model has one. Choose another model above.")
    st.stop()
beside = controls.beside(page.explorer)
others = [] if beside is None else [loaders.explorer(beside)]
opened = controls.window()  # for the server's picture; the browser goes on from there


@st.fragment
def explore() -> None:
    """The grids and the column beside them; a click redraws no more than this."""
    view = controls.choose(page.explorer, opened)
    if view.beside != beside:
        st.rerun()  # the other model's network is brought below
    chosen = grid.follow_click(page.explorer, view)
    picture, side = frame.columns()
    with picture:
        grid.draw(page.explorer, view, chosen, others)
        grid.offer_download(page.explorer, view)
    with side:
        grid.show_chosen(page.explorer, view, chosen, others)


explore()
live.weights(page.explorer, *others)  # after the charts, since it takes longer to arrive
