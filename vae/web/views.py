"""The views of the page's flat maps, kept in the browser through resizes; see `assets/views.js`."""

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

if TYPE_CHECKING:
    from streamlit.components.v2.types import ComponentRenderer

SCRIPT = Path(__file__).parents[2] / "assets" / "views.js"


def keep() -> None:
    """Keep every flat map of the page at the view that its figure was made for, or at the user's zoom.

    To be called once on a page, outside of fragments.
    """
    _component()(key="views")


@cache
def _component() -> "ComponentRenderer":
    return st.components.v2.component("vae_views", js=SCRIPT.read_text(encoding="utf-8"))
