"""Impute: hidden pixels restored from the visible ones."""

import streamlit as st

from vae.web.kit import frame
from vae.web.pages.impute import imputations
from vae.web.selection import your_image

page = frame.begin(
    "impute",
    "The blue pixels are hidden from the model, which guesses them from the others (imputation). One pass "
    "often makes something else of the image: see what changes when it is repeated, the visible pixels kept.",
    beside=your_image.show,
)
st.fragment(imputations.show)(page.explorer)
