"""How a chapter lies on the page: the figure, and beside it the words; a narrow window puts them below."""

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from vae.web.kit.frame import DEFAULT


def columns() -> tuple[DeltaGenerator, DeltaGenerator]:
    """The places of the figure and of the words. To be called once in a chapter."""
    with st.container(key="theory-columns"):
        figure, words = st.columns([3, 2], gap="large")
    return figure, words


def missing(sentence: str, step: str) -> None:
    """In the place of a figure: what the chosen model lacks for it, and the way to a model that has it."""
    st.info(sentence)
    st.page_link(
        "pages/how_it_works.py",
        label=f"See this step with {DEFAULT}",
        query_params={"model": DEFAULT, "step": step},
    )
