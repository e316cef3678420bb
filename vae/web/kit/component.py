"""Components of Streamlit's version 2, registered once for the server: programs in the browser."""

from functools import cache

import streamlit as st
from streamlit.components.v2.types import ComponentRenderer

from vae.assets import ASSETS
from vae.web.server import javascript


@cache
def script(entry: str) -> str:
    """The program of a JavaScript module in `assets` and of all that it imports."""
    return javascript.link(ASSETS / entry)


@cache
def style(*files: str) -> str:
    """The texts of style sheets in `assets`, one after the other."""
    return "\n".join((ASSETS / file).read_text(encoding="utf-8") for file in files)


@cache
def component(name: str, program: str, sheet: str = "") -> ComponentRenderer:
    """The component of that name, which runs this program with this style sheet."""
    return st.components.v2.component(name, js=program, css=sheet or None)
