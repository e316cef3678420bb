"""A drawing on a pad whose networks run in the browser; its text is in the address."""

import streamlit as st

from vae.explorer import Explorer
from vae.images import permalink
from vae.images.dataset import Dataset, with_article
from vae.web import live
from vae.web.selection import given
from vae.web.selection.given import Given
from vae.web.selection.sources import origin

PAD = "drawing.pad"  # key
CAPTION = "your drawing"


def is_possible(explorer: Explorer) -> bool:
    """Whether a drawing can be an image of the model's data set, and the browser can encode it."""
    return explorer.dataset.drawable and explorer.can("encoder")


def take(dataset: Dataset) -> Given | None:
    """The drawing for models of a data set, None if there is none."""
    text = origin.picture("draw").value
    return given.from_text(text, CAPTION, dataset) if text else None


def draw(explorer: Explorer, plane: str | None, tsne: bool) -> Given | None:
    """The pad, which keeps its strokes in the browser, and the drawing on it.

    While it is drawn its posterior moves on the chart with the key `plane`: a latent plane, or the t-SNE map.
    For a model that takes no strokes only the drawing is shown.
    """
    found = take(explorer.dataset)
    if is_possible(explorer):
        live.weights(explorer, encoder=True)
        places = live.places(explorer, "tsne", explorer.embedding(2)) if tsne else None
        pad(explorer, plane, places)
        st.caption(
            f"Draw {with_article(explorer.dataset.noun)} on the black field. "
            "At the end of each stroke all below follows your drawing."
        )
    return found


def pad(explorer: Explorer, plane: str | None, places: str | None = None, opened: bool = False) -> None:
    """The pad alone, which the user may have `opened`; needs `live.weights(explorer, encoder=True)`."""
    found = take(explorer.dataset)
    live.draw(
        explorer,
        PAD,
        plot_key=plane,
        places=places,
        held=None if found is None else found.resized.pixels,
        opened=opened,
        on_change=lambda: _take(explorer),
    )


def _take(explorer: Explorer) -> None:
    """The pad has changed, perhaps to an empty one."""
    drawn = live.drawing_of(PAD, explorer)
    origin.follow("draw", "" if drawn is None else permalink.to_text(drawn) or "")
