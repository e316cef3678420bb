"""Impute: hidden pixels restored from the visible ones."""

import streamlit as st

from vae.web import frame, restoring

page = frame.begin(
    "Impute",
    "Part of each image is hidden, and the model restores it. One pass often makes another digit of it: see "
    "what changes when the pass is repeated with the visible pixels kept.",
)
st.fragment(restoring.show)(page.explorer)
