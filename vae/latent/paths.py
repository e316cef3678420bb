"""Points, paths and pictures of latent space: grids, interpolation, classes, samples. NumPy only, pure.

Symbols: z a latent code (D,), D latent_dim, K ends of paths, T frames of a path, t in [0, 1] a place on it.
A coordinate of z is measured in prior standard deviations, since the prior is N(0, I).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Pixel = TypeVar("Pixel", bound=np.generic)

PEAK_SIDES = {2: 128, 3: 48}  # cells per side of the grid, by the dimensions of a map
PEAK_OUTSIDE = 0.0025  # share of the points beyond each edge of the grid
PARALLEL = 1e-6  # sine of the angle below which two directions span no plane to turn in


def grid(
    side: int,
    extent: float = 2.0,
    axes: tuple[int, int] = (0, 1),
    at: ArrayLike | None = None,
    latent_dim: int = 2,
) -> Floats:
    """Evenly spaced codes over [-extent, extent]² in two coordinates of z, in prior standard deviations.

    Returns (side, side, D): at [i, j] coordinate axes[0] grows with j, axes[1] with i (i = 0 is the lowest).
    The other coordinates stay at `at` (D,), or 0, the prior's mean.

    Raises:
        ValueError: for fewer than 2 codes per side, an extent that is not positive, or axes not among D.
    """
    if side < 2:
        raise ValueError(f"a grid needs at least 2 codes per side, got {side}")
    if not (np.isfinite(extent) and extent > 0):
        raise ValueError(f"extent must be a positive number, got {extent}")
    base = np.zeros(latent_dim) if at is None else _vector(at, "at")
    if len(base) != latent_dim:
        raise ValueError(f"at must have {latent_dim} coordinates, got {len(base)}")
    if axes[0] == axes[1] or not all(0 <= axis < latent_dim for axis in axes):
        raise ValueError(f"axes must be two different coordinates below {latent_dim}, got {axes}")
    ticks = np.linspace(-extent, extent, side)
    codes = np.tile(base, (side, side, 1))
    codes[:, :, axes[0]] = ticks[None, :]
    codes[:, :, axes[1]] = ticks[:, None]
    return codes


def plane_grid(side: int, extent: float, origin: ArrayLike, directions: ArrayLike) -> Floats:
    """Evenly spaced codes of a plane through `origin` (D,) along two `directions` (2, D), (side, side, D).

    They reach `extent` each way; at [i, j] the first direction grows with j, the second with i.
    """
    return np.asarray(origin, np.float64) + grid(side, extent) @ np.asarray(directions, np.float64)


def plane_through(a: ArrayLike, b: ArrayLike) -> tuple[Floats, Floats]:
    """The plane that holds a (D,), b (D,) and 0, the prior's mean: an origin (D,) and two directions (2, D).

    The origin is midway between a and b. The directions are orthonormal: from a to b, and away from 0.

    Raises:
        ValueError: for ends of different shapes, numbers that are not finite, or ends in line with 0.
    """
    start, end = _ends(a, b)
    middle, along = (start + end) / 2, end - start
    length = float(np.linalg.norm(along))
    across = middle - (middle @ along) / max(length, PARALLEL) ** 2 * along
    height = float(np.linalg.norm(across))
    if min(length, height) < PARALLEL:
        raise ValueError("a plane needs two different codes that are not in line with 0")
    return middle, np.stack([along / length, across / height])


def tile(images: NDArray[Pixel]) -> NDArray[Pixel]:
    """One sheet (rows H, columns W, C) of images (rows, columns, H, W, C), row 0 at the top.

    Raises:
        ValueError: for images of another shape.
    """
    if images.ndim != 5:
        raise ValueError(f"images must have shape (rows, columns, H, W, C), got {images.shape}")
    rows, columns, height, width, channels = images.shape
    return images.swapaxes(1, 2).reshape(rows * height, columns * width, channels)


def linear_path(a: ArrayLike, b: ArrayLike, frames: int) -> Floats:
    """Straight path (1 - t)·a + t·b in `frames` equal steps of t from 0 to 1, (T, D); it starts at a.

    Raises:
        ValueError: for ends of different shapes, numbers that are not finite, or fewer than 2 frames.
    """
    start, end = _ends(a, b)
    t = _times(frames)[:, None]
    return (1.0 - t) * start + t * end


def spherical_path(a: ArrayLike, b: ArrayLike, frames: int) -> Floats:
    """Path that turns from a to b at constant angular speed while its norm goes linearly to |b|, (T, D).

    Slerp of the direction: sin((1-t)·ω)/sin ω · â + sin(t·ω)/sin ω · b̂ with ω the angle between the ends
    (Shoemake, Animating rotation with quaternion curves, 1985, section 3.3).
    Ends that are zero, parallel or opposite span no plane to turn in: the path is then the straight one.

    Raises:
        ValueError: as `linear_path`.
    """
    start, end = _ends(a, b)
    norm_start, norm_end = np.linalg.norm(start), np.linalg.norm(end)
    if norm_start == 0.0 or norm_end == 0.0:
        return linear_path(start, end, frames)
    from_, to = start / norm_start, end / norm_end
    angle = 2.0 * np.arctan2(np.linalg.norm(to - from_), np.linalg.norm(to + from_))
    if np.sin(angle) < PARALLEL:
        return linear_path(start, end, frames)
    t = _times(frames)[:, None]
    direction = (np.sin((1.0 - t) * angle) * from_ + np.sin(t * angle) * to) / np.sin(angle)
    return ((1.0 - t) * norm_start + t * norm_end) * direction


def class_means(mu: ArrayLike, labels: ArrayLike, classes: int) -> Floats:
    """Mean code of each class, (classes, D); a row of NaN for a class without any code.

    mu (N, D), labels (N,) whole numbers in [0, classes).

    Raises:
        ValueError: for shapes that do not match, numbers that are not finite, or labels out of range.
    """
    codes, classes_of = _codes(mu), _labels(labels, classes)
    if len(codes) != len(classes_of):
        raise ValueError(f"mu has {len(codes)} rows but there are {len(classes_of)} labels")
    counts = np.bincount(classes_of, minlength=classes)
    means = np.full((classes, codes.shape[1]), np.nan)
    sums = np.zeros_like(means)
    np.add.at(sums, classes_of, codes)
    np.divide(sums, counts[:, None], out=means, where=counts[:, None] > 0)
    return means


def class_peaks(places: ArrayLike, labels: ArrayLike, classes: int) -> Floats:
    """Where on a map each class is densest and among its own, (classes, d); NaN for a class without points.

    places (N, d) on a map of 2 or 3 dimensions, labels (N,) whole numbers in [0, classes). A peak is the
    class's own point nearest to the maximum of density times share: the density of the class, smoothed by a
    Gaussian, and the class's share of the density of all points there. The maximum is sought on a grid over
    all but the farthest points.

    Raises:
        ValueError: for shapes that do not match, numbers that are not finite, or labels out of range.
    """
    points, classes_of = _codes(places, "places"), _labels(labels, classes)
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
    peaks = np.full((classes, dims), np.nan)
    for label in np.unique(classes_of):
        own = points[classes_of == label]
        away = np.square((own - low) / widths - best[label] - 0.5).sum(axis=1)
        peaks[label] = own[away.argmin()]
    return peaks


def first_of_each_class(labels: ArrayLike, classes: int) -> Ints:
    """Index of the first image of each class, (classes,).

    Raises:
        ValueError: for labels (N,) out of range, or a class without any image.
    """
    found, first = np.unique(_labels(labels, classes), return_index=True)
    if len(found) < classes:
        missing = sorted(set(range(classes)) - set(found.tolist()))
        raise ValueError(f"no image of class {', '.join(map(str, missing))} among the labels")
    return first.astype(np.int64)


def all_pairs(ends: ArrayLike, frames: int) -> Floats:
    """Straight paths between all pairs of K ends, (T, K, K, D): row is the start, column the end.

    Raises:
        ValueError: for ends that are not (K, D) finite numbers, or fewer than 2 frames.
    """
    codes = _codes(ends, "ends")
    t = _times(frames)[:, None, None, None]
    return (1.0 - t) * codes[None, :, None, :] + t * codes[None, None, :, :]


def prior_samples(count: int, latent_dim: int, seed: int) -> Floats:
    """Draws from the prior N(0, I), (count, D); the same for the same seed.

    Raises:
        ValueError: for a count or a latent_dim below 1.
    """
    if count < 1 or latent_dim < 1:
        raise ValueError(f"count and latent_dim must be at least 1, got {count} and {latent_dim}")
    return np.random.default_rng(seed).standard_normal((count, latent_dim))


def log_prior(z: ArrayLike) -> Floats:
    """log p(z) of codes z (N, D) under the prior N(0, I), (N,) nats.

    Raises:
        ValueError: for codes that are not (N, D) finite numbers.
    """
    codes = _codes(z, "z")
    return -0.5 * (np.square(codes).sum(axis=1) + codes.shape[1] * np.log(2 * np.pi))


def posterior_samples(mu: ArrayLike, log_var: ArrayLike, count: int, seed: int) -> Floats:
    """Draws from q(z|x) = N(mu, exp(log_var)) of one image, (count, D); the same for the same seed.

    mu (D,), log_var (D,).

    Raises:
        ValueError: for shapes that do not match, numbers that are not finite, or a count below 1.
    """
    mean, log_variance = _vector(mu, "mu"), _vector(log_var, "log_var")
    if mean.shape != log_variance.shape:
        raise ValueError(
            f"mu and log_var must have the same shape, got {mean.shape} and {log_variance.shape}"
        )
    noise = prior_samples(count, len(mean), seed)
    return mean + np.exp(0.5 * log_variance) * noise


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


def _times(frames: int) -> Floats:
    """Positions t of the frames on a path, 0 to 1, (T,)."""
    if frames < 2:
        raise ValueError(f"a path needs at least 2 frames, got {frames}")
    return np.linspace(0.0, 1.0, frames)


def _ends(a: ArrayLike, b: ArrayLike) -> tuple[Floats, Floats]:
    """Both ends of a path, (D,) each."""
    start, end = _vector(a, "a"), _vector(b, "b")
    if start.shape != end.shape:
        raise ValueError(f"both ends must have the same shape, got {start.shape} and {end.shape}")
    return start, end


def _vector(values: ArrayLike, name: str) -> Floats:
    """One code, (D,), finite."""
    return _finite(values, name, 1)


def _codes(values: ArrayLike, name: str = "mu") -> Floats:
    """Codes, (N, D), finite."""
    return _finite(values, name, 2)


def _finite(values: ArrayLike, name: str, ndim: int) -> Floats:
    """Values as float64 with `ndim` axes, none empty, all finite."""
    array = np.asarray(values, dtype=np.float64)
    if array.ndim != ndim or 0 in array.shape:
        raise ValueError(f"{name} must have shape {'(D,)' if ndim == 1 else '(N, D)'}, got {array.shape}")
    if not np.isfinite(array).all():
        raise ValueError(f"{name} must hold finite numbers only, without NaN or infinity")
    return array


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
