"""Clicks on plotly charts, and marks on them that follow the zoom and change without a new drawing.

Streamlit draws a chart from scratch when anything in its figure changes, and its zoom is lost. It reports
clicks only as selections of points, for which plotly draws all points again, and none in 3-D. So marks are
laid over the chart in the browser, and clicks come from there, exact to the pixel, also between points.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

from vae.web.live import answers

if TYPE_CHECKING:
    from numpy.typing import ArrayLike
    from streamlit.components.v2.types import ComponentRenderer

SCRIPT = Path(__file__).parents[2] / "assets" / "marks.js"
CLICKED, MARKS = ".clicked", ".marks"  # a click not yet taken, and the component, by the chart's key


@dataclass(frozen=True)
class Click:
    """A click on a flat chart: its place (x, y), and how far from it the hand may have meant, in units of x.

    In 3-D it is the number that the point carries as customdata.
    """

    place: tuple[float, float] = (0.0, 0.0)
    reach: float = 0.0
    index: int | None = None


def take(chart: str) -> Click | None:
    """The click on the chart with this key since the last call, None if there was none."""
    return read(st.session_state.pop(chart + CLICKED, None))


def mark(
    chart: str,
    place: "ArrayLike | None",
    label: str = "",
    circles: Iterable[tuple[float, str]] = (),
    view: "ArrayLike | None" = None,
) -> None:
    """Mark a place (2,) or (3,) on the chart with this key; `circles` are radii around the origin and labels.

    view (2, 2), the ranges of x and y, is shown as large as it can be whenever the chart's size has changed.
    It also listens to clicks, unless a live view does. To be called once for a chart, in its fragment.
    """
    import numpy as np

    data = {
        "chart": chart,
        "place": None if place is None else np.asarray(place, dtype=float).round(4).tolist(),
        "label": label,
        "circles": [{"radius": radius, "label": name} for radius, name in circles],
        "view": None if view is None else np.asarray(view, dtype=float).tolist(),
    }

    def clicked() -> None:
        st.session_state[chart + CLICKED] = st.session_state[chart + MARKS].get("clicked")

    _component()(key=chart + MARKS, data=data, on_clicked_change=clicked)


def read(answer: object) -> Click | None:
    """The click that a browser sent as {place, reach} or {index}; it may send anything."""
    if not isinstance(answer, Mapping):
        return None
    index = answer.get("index")
    if isinstance(index, int) and not isinstance(index, bool) and index >= 0:
        return Click(index=index)
    place, reach = answer.get("place"), answers.number(answer.get("reach"))
    x, y = map(answers.number, place) if isinstance(place, list) and len(place) == 2 else (None, None)
    return None if x is None or y is None or reach is None else Click((x, y), reach)


@cache
def _component() -> "ComponentRenderer":
    return st.components.v2.component("vae_marks", js=SCRIPT.read_text(encoding="utf-8"))
