"""Clicks on plotly charts, and marks on them that follow the zoom and change without a new drawing.

Streamlit draws a chart from scratch when anything in its figure changes, and its zoom is lost. It reports
clicks only as selections of points, for which plotly draws all points again, and none in 3-D. So marks are
laid over the chart in the browser, and clicks come from there, exact to the pixel, also between points.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import streamlit as st
from numpy.typing import ArrayLike

from vae.web.kit.component import component, script
from vae.web.live import answers

CLICKED, MARKS = ".clicked", ".marks"  # a click not yet taken, and the component, by the chart's key


@dataclass(frozen=True)
class Click:
    """A click on a chart: its place (x, y) where that is flat, and the nearest point of those that are shown.

    A point is told by the number that it carries as customdata; `hit` says whether the hand may have meant
    it: it is within 6 pixels of a mouse, 14 of a finger.
    """

    place: tuple[float, float] | None = None
    index: int | None = None
    hit: bool = False


def take(chart: str) -> Click | None:
    """The click on the chart with this key since the last call, None if there was none."""
    return read(st.session_state.pop(chart + CLICKED, None))


def mark(
    chart: str,
    place: ArrayLike | None,
    label: str = "",
    circles: Iterable[tuple[float, str]] = (),
) -> None:
    """Mark a place (2,) or (3,) on the chart with this key; `circles` are radii around the origin and labels.

    Where the user has zoomed, the view moves to another place. It also listens to clicks, unless a live view
    does. To be called once for a chart, in its fragment.
    """
    data = {
        "chart": chart,
        "place": None if place is None else np.asarray(place, dtype=float).round(4).tolist(),
        "label": label,
        "circles": [{"radius": radius, "label": name} for radius, name in circles],
    }

    def clicked() -> None:
        st.session_state[chart + CLICKED] = st.session_state[chart + MARKS].get("clicked")

    component("vae_marks", script("marks.js"))(key=chart + MARKS, data=data, on_clicked_change=clicked)


def read(answer: object) -> Click | None:
    """The click that a browser sent as {place, index, hit}, or in 3-D {index, hit}; it may send anything."""
    if not isinstance(answer, Mapping):
        return None
    place, index = answer.get("place"), answers.index(answer.get("index"))
    x, y = map(answers.number, place) if isinstance(place, list) and len(place) == 2 else (None, None)
    flat = None if x is None or y is None else (x, y)
    if flat is None and index is None:
        return None
    return Click(flat, index, hit=answer.get("hit") is True and index is not None)
