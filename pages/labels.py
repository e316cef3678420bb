"""Labels: what codes and labels say of each other: how few labels are enough, and which look wrong."""

import streamlit as st

from vae.web.kit import frame
from vae.web.pages.labels import few_labels, outliers
from vae.web.selection import your_image

page = frame.begin(
    "labels",
    "The encoder has seen no label. How far do its codes carry a classifier that gets only a few? And which "
    "test images does the model find odd, or which have neighbours with other labels?",
    beside=your_image.show,
)
few_labels.show(page.explorer)
st.fragment(outliers.show)(page.explorer)
