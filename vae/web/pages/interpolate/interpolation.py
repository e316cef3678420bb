"""The body of Interpolate: one path in detail, or the paths between all classes at once."""

import streamlit as st

from vae.explorer import Explorer
from vae.web.pages.interpolate import all_pairs, one_pair, view


@st.fragment
def show(explorer: Explorer) -> None:
    """The chosen view."""
    if view.chosen().value == view.ALL_PAIRS:
        all_pairs.show(explorer)
    else:
        one_pair.show(explorer)
