"""Widgets in a menu, which learn nothing while it is closed.

The browser keeps what such a widget showed when its menu was closed last, and sends it with the next run,
where it would undo what was chosen elsewhere since. So the widget gets a new key, of which the browser has
no old value, each time that its value was changed elsewhere.
"""

import streamlit as st

SHOWN = "menu.shown."


def key(name: str, value: object) -> str:
    """The key of the widget of that name, which is about to show the value."""
    before, count = st.session_state.get(SHOWN + name, (value, 0))
    if before != value:
        count += 1
    st.session_state[SHOWN + name] = value, count
    return f"{name}.{count}" if count else name


def changed(name: str, value: object) -> None:
    """The widget itself changed its value to this one."""
    _, count = st.session_state[SHOWN + name]
    st.session_state[SHOWN + name] = value, count
