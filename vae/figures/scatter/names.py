"""The names of classes that have no sign, on the map, of as many as have room."""

from collections.abc import Sequence
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from vae.figures.drawing import Drawing
from vae.figures.layout import letters, shortened
from vae.figures.overlays import tag
from vae.figures.scatter.points import MOST_TRACES, Points, known_peaks

SMALL = 400  # px of a small map's height, for which names have room
SCREEN = np.array([[-1, -1], [1, -1], [0, 2]]) / np.sqrt([2, 6])  # across and up in 3-D, seen from the camera
LONGEST = 18  # letters of a name on the map
RAISED = (0, 21, -21, 32, -32)  # px above its place, where the classes are few
SHORTER = (10, 6)  # letters of a name for which that is too many, where the classes are few
LETTER, LINE = 7, 20  # px that a letter of such a name takes across, and the name up


def write_names(fig: Drawing, points: Points, peaks: ArrayLike | None) -> Drawing:
    """The names of classes without signs, of as many as have room, the largest classes first."""
    if points.has_signs or points.labels is None:
        return fig
    counts = np.bincount(points.labels, minlength=len(points.names))
    known = sorted(known_peaks(points, peaks), key=lambda each: -counts[each[0]])
    places = np.array([place for _, place in known]).reshape(-1, points.coords.shape[1])
    names, unit = [points.names[label] for label, _ in known], _pixel(fig, points)
    many = len(points.names) > MOST_TRACES
    ways = [(LONGEST, 0)] if many else list(product((LONGEST, *SHORTER), RAISED))
    tags = [
        {**_tag(name, places[row], points.colours[known[row][0]]), "yshift": shift}
        for row, name, shift in _with_room(places if points.is_flat else places @ SCREEN, names, unit, ways)
    ]
    return fig.update_layout(annotations=tags) if points.is_flat else fig.update_scenes(annotations=tags)


def _tag(name: str, place: NDArray[np.float64], colour: str) -> dict[str, Any]:
    """A class's name at a place (2,) or (3,), ringed in its colour."""
    at = dict(zip("xyz", place.tolist(), strict=False))
    return {**tag(name, size=11), **at, "bordercolor": colour}


def _pixel(fig: Drawing, points: Points) -> float:
    """How much of the map a pixel is where the map is small, on a phone or among others."""
    margin = fig.layout.margin
    height = min(SMALL, fig.layout.height - margin.t - margin.b)
    if points.is_flat:
        low, high = fig.layout.yaxis.range
        return float(high - low) / height
    return float(np.ptp(points.coords @ SCREEN, axis=0)[1]) / height


def _with_room(
    places: NDArray[np.float64], names: Sequence[str], unit: float, ways: Sequence[tuple[int, int]]
) -> list[tuple[int, str, int]]:
    """The names at places (M, 2) that do not lie on one before: the row, the name, how many px it is raised.

    Each stands in the first of the `ways` that has room: letters at most, and px above its place. A pixel is
    `unit` of the map.
    """
    shown: list[tuple[int, str, int]] = []
    taken = np.zeros((0, 2, 2))  # middles and half sizes
    for row, name in enumerate(names):
        for most, shift in ways:
            text = shortened(name, most)
            middle = places[row] + (0, unit * shift)
            half = unit * np.array([letters(text) * LETTER / 2 + 4, LINE / 2])
            apart = np.abs(taken[:, 0] - middle) - taken[:, 1] - half
            if (apart > 0).any(axis=1).all():
                shown.append((row, text, shift))
                taken = np.append(taken, [[middle, half]], axis=0)
                break
    return shown
