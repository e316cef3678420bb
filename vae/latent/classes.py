"""Where the classes lie among codes: means, peaks, first images. NumPy only, pure.

Symbols: N codes with labels, D latent_dim. Coordinates are in prior standard deviations.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from vae.latent.paths import finite

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

PEAK_SIDES = {2: 128, 3: 48}  # cells per side of the grid, by the dimensions of a map
PEAK_OUTSIDE = 0.0025  # share of the points beyond each edge of the grid


def means(mu: ArrayLike, labels: ArrayLike, classes: int) -> Floats:
    """Mean code of each class, (classes, D); a row of NaN for a class without any code.

    mu (N, D), labels (N,) whole numbers in [0, classes).

    Raises:
        ValueError: for shapes that do not match, numbers that are not finite, or labels out of range.
    """
    codes, classes_of = finite(mu, "mu", 2), _labels(labels, classes)
    if len(codes) != len(classes_of):
        raise ValueError(f"mu has {len(codes)} rows but there are {len(classes_of)} labels")
    counts = np.bincount(classes_of, minlength=classes)
    found = np.full((classes, codes.shape[1]), np.nan)
    sums = np.zeros_like(found)
    np.add.at(sums, classes_of, codes)
    np.divide(sums, counts[:, None], out=found, where=counts[:, None] > 0)
    return found


def peaks(places: ArrayLike, labels: ArrayLike, classes: int) -> Floats:
    """Where on a map each class is densest and among its own, (classes, d); NaN for a class without points.

    places (N, d) on a map of 2 or 3 dimensions, labels (N,) whole numbers in [0, classes). A peak is the
    class's own point nearest to the maximum of density times share: the density of the class, smoothed by a
    Gaussian, and the class's share of the density of all points there. The maximum is sought on a grid over
    all but the farthest points.

    Raises:
        ValueError: for shapes that do not match, numbers that are not finite, or labels out of range.
    """
    points, classes_of = finite(places, "places", 2), _labels(labels, classes)
    if len(points) != len(classes_of):
        raise ValueError(f"places has {len(points)} rows but there are {len(classes_of)} labels")
    dims = points.shape[1]
    if dims not in PEAK_SIDES:
        raise ValueError(f"a map has 2 or 3 dimensions, got {dims}")
    sides = PEAK_SIDES[dims]
    low, high = np.quantile(points, [PEAK_OUTSIDE, 1 - PEAK_OUTSIDE], axis=0)
    widths = np.maximum(high - low, 1e-6) / sides
    cells = ((points - low) / widths).astype(np.int64).clip(0, sides - 1)
    blurs = [_blur(sides, spread) for spread in _bandwidth(points) / widths]
    density = np.stack([_smoothed(cells[classes_of == k], sides, blurs) for k in range(classes)])
    scores = (density**2 / np.maximum(density.sum(axis=0), np.finfo(float).tiny)).reshape(classes, -1)
    best = np.stack(np.unravel_index(scores.argmax(axis=1), (sides,) * dims), axis=1)
    found = np.full((classes, dims), np.nan)
    for label in np.unique(classes_of):
        own = points[classes_of == label]
        away = np.square((own - low) / widths - best[label] - 0.5).sum(axis=1)
        found[label] = own[away.argmin()]
    return found


def first_of_each(labels: ArrayLike, classes: int) -> Ints:
    """Index of the first image of each class, (classes,).

    Raises:
        ValueError: for labels (N,) out of range, or a class without any image.
    """
    found, first = np.unique(_labels(labels, classes), return_index=True)
    if len(found) < classes:
        missing = sorted(set(range(classes)) - set(found.tolist()))
        raise ValueError(f"no image of class {', '.join(map(str, missing))} among the labels")
    return first.astype(np.int64)


def representatives(labels: ArrayLike | None, images: int, count: int) -> Ints:
    """Images that stand for all: the first one of each class, in turn, (count,).

    Without labels (N,) the first ones of so many images.
    """
    first = np.arange(images) if labels is None else np.unique(np.asarray(labels), return_index=True)[1]
    return np.resize(first, count).astype(np.int64)


def _bandwidth(points: Floats) -> Floats:
    """Standard deviations of the Gaussian that smooths densities of points (N, d), (d,).

    Half of Silverman's rule (Density estimation for statistics and data analysis, 1986, equation 3.30), which
    is made for a single hump.
    """
    count, dims = points.shape
    quarter, three_quarters = np.quantile(points, [0.25, 0.75], axis=0)
    spread = np.minimum(points.std(axis=0), (three_quarters - quarter) / 1.34)
    return np.asarray(0.5 * spread * count ** (-1 / (dims + 4)))


def _blur(sides: int, spread: float) -> Floats:
    """Matrix (sides, sides) that smooths values on a line by a Gaussian of `spread` cells."""
    apart = np.arange(sides)[:, None] - np.arange(sides)
    return np.exp(-0.5 * np.square(apart / max(spread, 1e-3)))


def _smoothed(cells: Ints, sides: int, blurs: Sequence[Floats]) -> Floats:
    """Density of points in cells (n, d) of a grid with that many sides, smoothed along each axis."""
    shape = (sides,) * len(blurs)
    counts = np.bincount(np.ravel_multi_index(tuple(cells.T), shape), minlength=sides ** len(blurs))
    density = counts.reshape(shape).astype(np.float64)
    for blur in blurs:  # smooths the first axis and puts it last: after d of them all are where they were
        density = np.tensordot(density, blur, axes=(0, 0))
    return density


def _labels(labels: ArrayLike, classes: int) -> Ints:
    """Labels, (N,), whole numbers in [0, classes)."""
    array = np.asarray(labels)
    if array.ndim != 1 or not np.issubdtype(array.dtype, np.integer):
        raise ValueError(
            f"labels must be whole numbers of shape (N,), got {array.dtype} of shape {array.shape}"
        )
    if array.size and (array.min() < 0 or array.max() >= classes):
        raise ValueError(f"labels must lie between 0 and {classes - 1}, got {array.min()} to {array.max()}")
    return array.astype(np.int64)
