"""Compare: one image in the latent spaces of several models, and what each makes of it."""

import streamlit as st

from vae.web.kit import frame
from vae.web.pages.compare import comparison
from vae.web.selection import your_image

page = frame.begin(
    "compare",
    "One image in several models: where does each put it, and what does each give back? Click a point of one "
    "map and it is marked in all.",
    beside=your_image.show,
)
st.fragment(comparison.show)(page.explorer)
