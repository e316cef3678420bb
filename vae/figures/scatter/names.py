"""The names of classes that share a trace, on the map, of as many as have room."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from vae.figures.drawing import Drawing
from vae.figures.overlays import tag
from vae.figures.scatter.points import Points, known_peaks

MOST_TRACES = 12  # classes in a legend
SMALL = 400  # px of a small map's height, for which names have room
SCREEN = np.array([[-1, -1], [1, -1], [0, 2]]) / np.sqrt([2, 6])  # across and up in 3-D, seen from the camera
LONGEST = 18  # characters of a name on the map
LETTER, LINE = 7, 20  # px that a letter of such a name takes across, and the name up


def write_names(fig: Drawing, points: Points, peaks: ArrayLike | None) -> Drawing:
    """The names of classes that share a trace, of as many as have room, the largest classes first."""
    if len(points.names) <= MOST_TRACES or points.labels is None:
        return fig
    counts = np.bincount(points.labels, minlength=len(points.names))
    known = sorted(known_peaks(points, peaks), key=lambda each: -counts[each[0]])
    places = np.array([place for _, place in known]).reshape(-1, points.coords.shape[1])
    names, tags = [_shortened(points.names[label]) for label, _ in known], []
    for row in _with_room(places if points.is_flat else places @ SCREEN, names, _pixel(fig, points)):
        tags.append(_tag(names[row], places[row], points.colours[known[row][0]]))
    return fig.update_layout(annotations=tags) if points.is_flat else fig.update_scenes(annotations=tags)


def _tag(name: str, place: NDArray[np.float64], colour: str) -> dict[str, Any]:
    """A class's name at a place (2,) or (3,), ringed in its colour."""
    at = dict(zip("xyz", place.tolist(), strict=False))
    return {**tag(name, size=11), **at, "bordercolor": colour}


def _pixel(fig: Drawing, points: Points) -> float:
    """How much of the map a pixel is where the map is small, on a phone."""
    if points.is_flat:
        low, high = fig.layout.yaxis.range
        return float(high - low) / SMALL
    return float(np.ptp(points.coords @ SCREEN, axis=0)[1]) / SMALL


def _with_room(places: NDArray[np.float64], names: Sequence[str], unit: float) -> list[int]:
    """Rows of the names at places (M, 2) that do not lie on one before; a pixel is `unit` of the map."""
    shown: list[int] = []
    half = unit * np.array([[len(name) * LETTER / 2 + 4, LINE / 2] for name in names])
    for row in range(len(names)):
        apart = np.abs(places[shown] - places[row]) - half[shown] - half[row]
        if (apart > 0).any(axis=1).all():
            shown.append(row)
    return shown


def _shortened(name: str) -> str:
    return name if len(name) <= LONGEST else f"{name[: LONGEST - 1].rstrip()}…"
