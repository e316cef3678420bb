"""Generate: new images from codes that are drawn from the prior."""

import streamlit as st

from vae.web.kit import frame
from vae.web.pages import generate

page = frame.begin(
    "generate",
    "New images from noise. What is usually shown as a sample is a mean: compare it with a true draw.",
)
st.fragment(generate.show)(page.explorer)
