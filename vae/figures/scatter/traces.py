"""Codes as traces: a class each, all classes in one, or coloured by loss; and the signs of the classes."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from vae.figures.layout import plain_text
from vae.figures.scatter.points import TEST, Points, known_peaks
from vae.figures.theme import CASING, INK, LOSS_SCALE, NEUTRAL
from vae.images.dataset import class_phrase
from vae.images.names import apart

WEAKEST = (0.02, 0.98)  # quantiles of the loss at the ends of its colours
CROWD = 500  # points that lie over one another

Style = dict[str, Any]


def one_class(points: Points, label: int, place: str) -> Style:
    """The trace of a class that the legend hides and shows."""
    own = points.labels == label
    name = points.names[label]
    return _trace(
        points, own, f"{points.sentence}, {plain_text(apart(class_phrase(name)))}{',' * bool(place)}{place}"
    ) | {
        "name": points.legend_name(label),
        "legendgroup": name,
        "marker": _marker(points, points.colours[label]),
    }


def many_classes(points: Points, place: str) -> Style:
    """One trace of all classes, each point in the colour of its own."""
    assert points.labels is not None
    last = len(points.names) - 1
    return _trace(points, slice(None), f"{points.sentence}, %{{text}}{',' * bool(place)}{place}") | {
        "name": "test images",
        "showlegend": False,
        "text": [plain_text(apart(points.names[label])) for label in points.labels],
        "marker": _marker(points, points.labels)
        | {
            "cmin": 0,
            "cmax": last,
            "colorscale": [[label / last, colour] for label, colour in enumerate(points.colours)],
        },
    }


def unlabelled(points: Points, loss_name: str, place: str) -> Style:
    """One trace, coloured by the loss where it is known."""
    shared = {"name": "test images", "showlegend": False}
    if points.loss is None:
        sentence = f"{points.sentence}{place}"
        return _trace(points, slice(None), sentence) | shared | {"marker": _marker(points, NEUTRAL)}
    name, _, unit = loss_name.partition(", ")
    low, high = np.quantile(points.loss, WEAKEST).tolist()
    sentence = f"{points.sentence}{place}<br>{name} %{{marker.color:.1f}} {unit}"
    marker = {
        **_marker(points, points.loss),
        "cmin": low,
        "cmax": max(high, low + 1e-3),
        "colorscale": [list(stop) for stop in LOSS_SCALE],
        "colorbar": _colour_bar(loss_name),
    }
    return _trace(points, slice(None), sentence) | shared | {"marker": marker}


def _trace(points: Points, rows: Any, sentence: str) -> Style:
    """Some of the points, with a hover text; none in 3-D, where plotly finds a point too late."""
    told = {"hovertemplate": f"{sentence}<extra></extra>"} if points.is_flat else {"hoverinfo": "skip"}
    return {
        **_xyz(points.coords[rows]),
        "type": "scattergl" if points.is_flat else "scatter3d",
        "mode": "markers",
        **({"customdata": points.index[rows]} if points.kind == TEST else {}),
        **_files(points, rows),
        **told,
    }


def _files(points: Points, rows: Any) -> Style:
    """The names of the files, for the hover text."""
    if points.files is None or not points.is_flat:
        return {}
    chosen = np.arange(len(points.files))[rows].tolist()
    return {"hovertext": [plain_text(apart(points.files[at])) for at in chosen]}


def _marker(points: Points, colour: Any) -> Style:
    """Points that can be seen through where they are many; of few each is to be seen on any ground."""
    if not points.is_flat:
        return {"size": 2.6, "opacity": 0.75, "color": colour}
    is_crowd = len(points.index) > CROWD
    return {"size": 5 if is_crowd else 7, "opacity": 0.6 if is_crowd else 0.9, "color": colour}


def _colour_bar(title: str) -> Style:
    """Below the map, as a legend would be."""
    return {
        "orientation": "h",
        "yref": "container",
        "y": 0,
        "yanchor": "bottom",
        "ypad": 4,
        "x": 0,
        "xanchor": "left",
        "xpad": 0,
        "len": 0.6,
        "thickness": 9,
        "outlinewidth": 0,
        "nticks": 5,
        "title": {"text": title, "side": "bottom", "font": {"size": 12}},
    }


def signs(points: Points, peaks: ArrayLike | None) -> Iterator[Style]:
    """Each class's sign at its peak: on a light disc ringed in its colour.

    A sign shares its class's legend group and so is hidden with it; it answers neither hover nor click.
    """
    for label, place in known_peaks(points, peaks):
        yield {
            **(_flat_sign() if points.is_flat else _deep_sign()),
            **_xyz(place[None, :]),
            "mode": "markers+text",
            "text": [points.sign(label)],
            "name": points.legend_name(label),
            "legendgroup": points.names[label],
            "showlegend": False,
            "hoverinfo": "skip",
            "marker": {
                **({"size": 22, "opacity": 1.0} if points.is_flat else {"size": 8}),
                "color": CASING,
                "line": {"color": points.colours[label], "width": 2.5},
            },
        }


def _flat_sign() -> Style:
    return {"type": "scattergl", "textfont": {"size": 14, "color": INK, "weight": "bold"}}


def _deep_sign() -> Style:
    font = {"size": 13, "color": INK, "weight": "bold"}
    return {"type": "scatter3d", "textfont": font, "textposition": "middle center"}


def _xyz(coords: NDArray[Any]) -> Style:
    """Coordinates (n, 2) or (n, 3) as the arguments x, y and z of a trace."""
    return dict(zip("xyz", coords.T.copy(), strict=False))
