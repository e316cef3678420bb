"""A chapter of several parts, of which one is shown: its figure, and the words beside it."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

import streamlit as st

from vae.explorer import Explorer
from vae.web.kit import address
from vae.web.pages.how_it_works import layout


class Part(NamedTuple):
    """Its name, what draws its figure, and the words and their source beside it, Markdown."""

    name: str
    figure: Callable[[Explorer], None]
    words: str
    source: str


def show(explorer: Explorer, name: str, parts: Mapping[str, Part], help: str) -> None:
    """The part that the address names, the first by default; `name` is its name there."""
    keys = tuple(parts)
    part = address.choice(name, keys, keys[0])
    st.segmented_control(
        "Part",
        keys,
        format_func=lambda key: parts[key].name,
        required=True,
        label_visibility="collapsed",
        help=help,
        **part.widget(),
    )
    shown = parts[part.value]
    layout.chapter(lambda: shown.figure(explorer), shown.words, shown.source)
