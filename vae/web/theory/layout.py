"""How a chapter lies on the page: the figure, and beside it the words; a narrow window puts them below."""

import streamlit as st
from streamlit.delta_generator import DeltaGenerator


def columns() -> tuple[DeltaGenerator, DeltaGenerator]:
    """The places of the figure and of the words. To be called once in a chapter."""
    with st.container(key="theory-columns"):
        figure, words = st.columns([3, 2], gap="large")
    return figure, words
