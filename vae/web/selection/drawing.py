"""A drawing on a pad whose networks run in the browser; kept in the session as it came from there."""

import streamlit as st

from vae.explorer import Explorer
from vae.images.dataset import with_article
from vae.web import live
from vae.web.selection import given
from vae.web.selection.given import Given

PAD, DRAWING = "drawing.pad", "drawing.given"  # keys


def is_possible(explorer: Explorer) -> bool:
    """Whether a drawing can be an image of the model's data set, and the browser can encode it."""
    return explorer.dataset.drawable and explorer.can("browser")


def draw(explorer: Explorer, plane: str | None, tsne: bool) -> Given | None:
    """The pad, which keeps its strokes in the browser, and the drawing on it.

    While it is drawn its posterior moves on the chart with the key `plane`: a latent plane, or the t-SNE map.
    """
    live.weights(explorer, encoder=True)
    places = live.places(explorer, "tsne", explorer.embedding(2)) if tsne else None
    kept: Given | None = st.session_state.get(DRAWING)
    held = kept is not None and not (st.session_state.get(PAD) or {}).get("drawing")
    drawn = live.draw(explorer, PAD, plot_key=plane, places=places, held=held, on_change=_forget)
    if drawn is not None:
        kept = st.session_state[DRAWING] = given.ready(drawn, "your drawing")
    st.caption(
        f"Draw {with_article(explorer.dataset.noun)} on the black field. "
        "At the end of each stroke all below follows your drawing."
    )
    fits = kept is not None and kept.picture.shape == explorer.image_spec.shape
    return kept if fits else None


def _forget() -> None:
    """The pad has changed, perhaps to an empty one."""
    st.session_state.pop(DRAWING, None)
