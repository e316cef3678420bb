"""Clouds of codes that move while models train, side by side, over the regions of their decoders.

Symbols: T recorded steps, S codes of each of four points, G cells of a region map on each side.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vae.figures import playing
from vae.figures.drawing import Drawing
from vae.figures.layout import coordinate, finite, plain_layout
from vae.figures.palette import CLASS_COLOURS
from vae.figures.theme import CLEAR, NEUTRAL

Props = dict[str, Any]

COLOURS = CLASS_COLOURS[:4]
SYMBOLS = ("circle", "square", "diamond", "triangle-up")
BEHIND = 0.25  # opacity of the regions
DOMAINS = ((0.0, 0.475), (0.525, 1.0))
UP = (0.0, 0.93)  # share of the height that the planes have, from below; their names are above
HEIGHT = 420  # px


@dataclass(frozen=True)
class Clouds:
    """What a training left: codes (T, 4, S, 2), and regions (T, G, G) as numbers of points, 4 for none."""

    z: NDArray[np.floating]
    regions: NDArray[np.uint8]


def clouds(
    steps: NDArray[np.int64], models: Mapping[str, Clouds], view: float, height: int = HEIGHT
) -> Drawing:
    """Two models by name after each of the steps (T,), the last one first; planes reach to ±view.

    Several steps are frames, which the page plays.

    Raises:
        ValueError: for codes that are not finite or have another shape.
    """
    for name, model in models.items():
        finite(model.z, name, len(steps), len(COLOURS), None, 2)
    fig = Drawing()
    for place, model in enumerate(models.values()):
        for trace, look in zip(_state(model, -1), _looks(view, model.regions.shape[-1]), strict=True):
            fig.add_trace(trace | look | _axes(place))
    margin = {"l": 46, "r": 10, "t": 12, "b": 46}
    plain_layout(fig, height, margin).update_layout(dragmode=False, showlegend=False)
    _planes(fig, list(models), view)
    if len(steps) == 1:
        return fig
    names = [f"{step:,}" for step in steps]
    still = [[trace for model in models.values() for trace in _state(model, k)] for k in range(len(steps))]
    moving = list(range(len(fig.data)))
    fig.animate(
        [{"name": name, "traces": moving, "data": data} for name, data in zip(names, still, strict=True)]
    )
    return playing.handle(fig)


def _state(model: Clouds, k: int) -> list[Props]:
    """What moves of a model: its regions and its four clouds."""
    points = [
        {"type": "scatter", "x": cloud[:, 0], "y": cloud[:, 1]} for cloud in model.z[k].astype(np.float32)
    ]
    return [{"type": "heatmap", "z": model.regions[k]}, *points]


def _looks(view: float, cells: int) -> list[Props]:
    """What stays: the places and colours of the regions, the marks of the clouds."""
    colours = (*COLOURS, CLEAR)
    scale = [[end / len(colours), colour] for k, colour in enumerate(colours) for end in (k, k + 1)]
    cell = 2 * view / (cells - 1)
    regions = {
        "x0": -view,
        "dx": cell,
        "y0": -view,
        "dy": cell,
        "zmin": -0.5,
        "zmax": 4.5,
        "colorscale": scale,
        "opacity": BEHIND,
        "showscale": False,
        "hoverinfo": "skip",
    }
    marks = [
        {
            "mode": "markers",
            "name": f"x{k}",
            "marker": {"color": colour, "symbol": symbol, "size": 4, "opacity": 0.8},
            "hovertemplate": f"a code of point {k}<extra></extra>",
        }
        for k, (colour, symbol) in enumerate(zip(COLOURS, SYMBOLS, strict=True), 1)
    ]
    return [regions, *marks]


def _planes(fig: Drawing, names: list[str], view: float) -> None:
    """The two planes, a unit as long across as up, each with its name above it."""
    shared = {"range": [-view, view], "fixedrange": True, "zeroline": False, "automargin": False}
    shared |= {"constrain": "domain", "ticks": "", "nticks": 7, "showgrid": False}
    for place, (name, domain) in enumerate(zip(names, DOMAINS, strict=True)):
        axes, key = _axes(place), "" if place == 0 else str(place + 1)
        across = {"domain": list(domain), "anchor": axes["yaxis"], "title": _title(0)}
        up = {
            "anchor": axes["xaxis"],
            "scaleanchor": axes["xaxis"],
            "domain": list(UP),
            "constraintoward": "top",
        }
        up |= {"title": _title(1)} if place == 0 else {"showticklabels": False}
        fig.update_layout({f"xaxis{key}": shared | across, f"yaxis{key}": shared | up})
        words = {"text": f"<b>{name}</b>", "showarrow": False, "font": {"color": NEUTRAL, "size": 15}}
        middle = {"x": sum(domain) / 2, "xref": "paper", "xanchor": "center"}
        fig.add_annotation(**words, **middle, y=1, yref="paper", yanchor="top")


def _title(axis: int) -> Props:
    return {"text": f"{coordinate(axis)} (prior sd)", "standoff": 6}


def _axes(place: int) -> Props:
    number = "" if place == 0 else str(place + 1)
    return {"xaxis": f"x{number}", "yaxis": f"y{number}"}
