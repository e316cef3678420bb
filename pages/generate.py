"""Generate: new images from codes that are drawn from the prior."""

import streamlit as st

from vae.web.kit import frame
from vae.web.pages.generate import sheets
from vae.web.selection import your_image

page = frame.begin(
    "generate",
    "Each image began as random numbers z (a draw from the prior), which the decoder turned into a picture. "
    "Click one to see its numbers, or ask for a class.",
    beside=your_image.show,
)
st.fragment(sheets.show)(page.explorer)
