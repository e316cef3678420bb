"""A pad beside a map, on which the user draws an image of her own without leaving the page."""

import streamlit as st

from vae.explorer import Explorer
from vae.images.dataset import with_article
from vae.web import live
from vae.web.kit import address
from vae.web.selection.sources import drawing

OPEN, CLOSE = "Draw your own", "Close the pad"


def choose(explorer: Explorer) -> bool:
    """The button that opens and closes the pad, where one can draw; returns whether it is open."""
    if not drawing.is_possible(explorer):
        return False
    is_open = address.flag("pad")
    noun = with_article(explorer.dataset.noun)
    st.button(
        CLOSE if is_open.value else OPEN,
        key="draw-here",
        type="secondary" if is_open.value else "primary",
        help="The drawing stays." if is_open.value else f"Draw {noun} and see where the encoder puts it.",
        on_click=lambda: is_open.set(not is_open.value),
    )
    return is_open.value


def show(explorer: Explorer, plane: str | None, places: str | None) -> None:
    """The pad, whose q(z|x) moves on the chart with the key `plane` while it is drawn; see `live.draw`."""
    live.bring_encoder(explorer)
    with st.container(key="draw-here-pad"):
        drawing.pad(explorer, plane, places, opened=True)
