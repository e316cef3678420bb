"""Compare: one image in the latent spaces of several models, and what each makes of it."""

import streamlit as st

from vae.web.kit import frame
from vae.web.pages.compare import comparison
from vae.web.selection import your_image

page = frame.begin(
    "compare",
    "The same image in several latent spaces. Click a point in one map and it is marked in all: which model "
    "keeps the classes apart, which gives the better picture, and which can make a new one?",
    beside=your_image.show,
)
st.fragment(comparison.show)(page.explorer)
