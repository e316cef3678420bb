"""Impute: hidden pixels restored from the visible ones."""

import streamlit as st

from vae.web.kit import frame
from vae.web.pages.impute import imputations

page = frame.begin(
    "Impute",
    "Part of each image is hidden, and the model restores it. One pass often makes another digit of it: see "
    "what changes when the pass is repeated with the visible pixels kept.",
)
st.fragment(imputations.show)(page.explorer)
