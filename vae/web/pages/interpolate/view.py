"""Which view of the paths is shown, and the row of controls that begins with its choice."""

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from vae.web.kit import address
from vae.web.kit.address import Shared

ONE_PAIR, ALL_PAIRS = "one-pair", "all-pairs"


def chosen() -> Shared[str]:
    """One of the views."""
    return address.choice("view", (ONE_PAIR, ALL_PAIRS), ONE_PAIR)


def controls() -> DeltaGenerator:
    """The row of controls; the view's choice is the first of them."""
    key = f"controls-{chosen().value}"
    row = st.container(key=key, horizontal=True, vertical_alignment="bottom", gap="medium")
    row.segmented_control(
        "Show",
        (ONE_PAIR, ALL_PAIRS),
        format_func=lambda name: name.replace("-", " ").capitalize(),
        required=True,
        label_visibility="collapsed",
        help="One path in detail, or all paths between the classes at once.",
        **chosen().widget(),
    )
    return row
