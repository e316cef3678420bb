"""Labels: what codes and labels say of each other: how few labels are enough, and which look wrong."""

import streamlit as st

from vae.web.kit import frame
from vae.web.pages.labels import few_labels, outliers
from vae.web.selection import your_image

page = frame.begin(
    "labels",
    "The encoder was trained on images alone, without their labels (which class each is of). How well can a "
    "classifier read its codes after only a few labelled examples?",
    beside=your_image.show,
)
few_labels.show(page.explorer)
st.fragment(outliers.show)(page.explorer)
