"""Figures that move in the browser, without the server: each a small program in `assets/theory`.

They share their elements, sliders and animation loop with the live views of `assets/live`.
"""

from collections.abc import Callable, Mapping
from typing import Any, Literal

import streamlit as st

from vae.web.kit.component import component, script, style

Name = Literal["watched", "roll", "em", "chain", "jensen", "kl", "noise", "networks"]


def figure(name: Name, data: Mapping[str, Any], on_change: Callable[[], None] | None = None) -> None:
    """Show a figure; what it sends is then read with `answer`, in `on_change` for example."""
    program, sheet = script(f"theory/{name}.js"), style("live/live.css", "theory/theory.css")
    component(f"vae_theory_{name}", program, sheet)(key=_key(name), data=data, on_q_change=on_change)


def answer(name: Name) -> Mapping[str, object]:
    """What the figure sent last of its Gaussian q: it may be anything, since it comes from outside."""
    state = st.session_state.get(_key(name))
    sent = state.get("q") if isinstance(state, Mapping) else None
    return sent if isinstance(sent, Mapping) else {}


def _key(name: Name) -> str:
    return f"theory.{name}"
