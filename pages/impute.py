"""Impute: hidden pixels restored from the visible ones."""

import streamlit as st

from vae.web.kit import frame
from vae.web.pages.impute import imputations

page = frame.begin(
    "impute",
    "Part of each image is hidden, and the model restores it. One pass often makes something else of it: see "
    "what changes when the pass is repeated with the visible pixels kept.",
)
st.fragment(imputations.show)(page.explorer)
