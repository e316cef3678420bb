"""Components of Streamlit's version 2, registered once for the server: programs in the browser."""

from functools import cache

import streamlit as st
from streamlit.components.v2.types import ComponentRenderer

from vae.assets import ASSETS


def source(*files: str) -> str:
    """The texts of files in `assets`, one after the other: scripts become one module in the browser."""
    return "\n".join((ASSETS / file).read_text(encoding="utf-8") for file in files)


@cache
def component(name: str, script: str, style: str = "") -> ComponentRenderer:
    """The component of that name, which runs this script with this style sheet."""
    return st.components.v2.component(name, js=script, css=style or None)
