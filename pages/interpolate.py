"""Interpolate: the path between two images, frame by frame, and all pairs of classes at once."""

import streamlit as st

from vae.web import live
from vae.web.kit import address, frame
from vae.web.pages.interpolate import all_pairs, one_pair

page = frame.begin(
    "interpolate",
    "Drag t and watch one image turn into another: what does the path pass through on its way?",
)
views = {"one-pair": one_pair.show, "all-pairs": all_pairs.show}
view = address.choice("view", tuple(views), "one-pair")
st.segmented_control(
    "Show",
    tuple(views),
    format_func=lambda name: name.replace("-", " ").capitalize(),
    required=True,
    label_visibility="collapsed",
    help="One path in detail, or all paths between the classes at once.",
    **view.widget(),
)
views[view.value](page.explorer)
live.weights(page.explorer)  # after the chart, since it takes longer to arrive
