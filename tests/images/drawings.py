"""Drawings as strokes, and as the image that MNIST's own preparation would make of them.

What the pad in the browser and what the preparation of an upload make of a drawing is held to the same image.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

Floats = NDArray[np.float64]
Stroke = list[tuple[float, float]]  # (x, y) in 28ths of the field

SIDE, BOX, CENTRE, PEN = 28, 20, 14, 2.4  # pixels; the centre of mass is a pixel index
FINE = 6  # samples of a pixel in each direction

DRAWINGS: dict[str, list[Stroke]] = {
    "seven": [[(8, 6), (20, 6), (12, 23)], [(11, 14), (18, 14)]],
    "small, in a corner": [[(2, 2), (5, 2), (3.5, 8)]],
    "wide": [[(3, 12), (10, 16), (18, 12), (25, 15)]],
    "heavy at the top": [[(8, 4), (20, 4), (20, 9)], [(14, 4), (14, 24)]],
}


def curve(stroke: Stroke) -> Floats:
    """Places along a stroke, (K, 2): its points are the controls of one smooth line of parabolas."""
    points = np.array(stroke, float)
    t = np.linspace(0, 1, 200)[:, None]
    parts, start = [], points[0]
    for control, end in zip(points[1:-1], (points[1:-1] + points[2:]) / 2, strict=True):
        parts.append((1 - t) ** 2 * start + 2 * t * (1 - t) * control + t**2 * end)
        start = end
    return np.vstack([*parts, np.linspace(start, points[-1], 200)])


def inked(curves: list[Floats], side: int, pen: float) -> Floats:
    """Share of ink in each pixel of a field of side × side, (side, side), for curves in its pixels."""
    middle = (np.arange(side * FINE) + 0.5) / FINE
    across, down = np.meshgrid(middle, middle)
    distance, _ = cKDTree(np.vstack(curves)).query(
        np.stack([across, down], axis=-1), distance_upper_bound=pen
    )
    return np.asarray((distance <= pen / 2).reshape(side, FINE, side, FINE).mean(axis=(1, 3)))


def centre_of_mass(image: Floats) -> Floats:
    """(x, y) in pixel indices."""
    return np.array([image.sum(axis=axis) @ np.arange(len(image)) for axis in (0, 1)]) / image.sum()


def prepared(strokes: list[Stroke]) -> Floats:
    """The drawing as MNIST describes its digits, (28, 28) in [0, 1]: 20 pixels large, mass at (14, 14)."""
    points = np.vstack([np.array(stroke, float) for stroke in strokes])
    low, high = points.min(axis=0), points.max(axis=0)
    scale = min((BOX - PEN) / (high - low).max(), 4)
    curves = [scale * (curve(stroke) - (low + high) / 2) + SIDE / 2 for stroke in strokes]
    away = CENTRE - centre_of_mass(inked(curves, SIDE, PEN))
    return inked([places + away for places in curves], SIDE, PEN)
