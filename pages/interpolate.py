"""Interpolate: the path between two digits, frame by frame, and all pairs of digits at once."""

import streamlit as st

from vae.web import live
from vae.web.kit import address, frame
from vae.web.pages.interpolate import one_pair

page = frame.begin(
    "Interpolate",
    "Drag t and watch one digit turn into another: which digits does the path pass through on its way?",
)
views = {"one-pair": one_pair.one_pair, "all-pairs": one_pair.all_pairs}
view = address.choice("view", tuple(views), "one-pair")
st.segmented_control(
    "Show",
    tuple(views),
    format_func=lambda name: name.replace("-", " ").capitalize(),
    required=True,
    label_visibility="collapsed",
    help="One path in detail, or the hundred paths between all ten digits at once.",
    **view.widget(),
)
views[view.value](page.explorer)
live.weights(page.explorer)  # after the chart, since it takes longer to arrive
