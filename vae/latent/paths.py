"""Grids and paths in latent space. NumPy only, pure.

Symbols: z a latent code (D,), D latent_dim, K ends of paths, T frames of a path, t in [0, 1] a place on it.
A coordinate of z is measured in prior standard deviations, since the prior is N(0, I).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

PARALLEL = 1e-6  # radians, or a length: below, two codes are in line
OPPOSITE = 1e-4  # radians short of 180 degrees: below, float32 codes no longer say which way to turn


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


def plane_grid(ticks: ArrayLike, origin: ArrayLike, directions: ArrayLike) -> Floats:
    """Codes of a plane through `origin` (D,) along two `directions` (2, D), (side, side, D).

    They lie at `ticks` (2, side) along these: at [i, j] the first direction grows with j, the second with i.
    """
    across, up = np.asarray(ticks, np.float64)
    first, second = np.asarray(directions, np.float64)
    rows = np.asarray(origin, np.float64) + up[:, None, None] * second
    return np.asarray(rows + across[None, :, None] * first)


def piecewise_linear(x: ArrayLike, knots: ArrayLike, values: ArrayLike) -> Floats:
    """The function through the points (knots, values), both (K,), at x (...,): straight in between.

    Its first and its last piece go on beyond the knots, which must grow. `assets/live/space.js` computes the
    same in the browser.
    """
    at, u, v = (np.asarray(each, np.float64) for each in (x, knots, values))
    piece = (np.searchsorted(u, at) - 1).clip(0, len(u) - 2)
    return np.asarray(v[piece] + (at - u[piece]) * (np.diff(v) / np.diff(u))[piece])


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
    `assets/live/space.js` computes the same in the browser.

    Raises:
        ValueError: as `linear_path`.
    """
    start, end = _ends(a, b)
    norm_start, norm_end = np.linalg.norm(start), np.linalg.norm(end)
    if norm_start == 0.0 or norm_end == 0.0:
        return linear_path(start, end, frames)
    from_, to = start / norm_start, end / norm_end
    angle = 2.0 * np.arctan2(np.linalg.norm(to - from_), np.linalg.norm(to + from_))
    if angle < PARALLEL or np.pi - angle < OPPOSITE:
        return linear_path(start, end, frames)
    t = _times(frames)[:, None]
    direction = (np.sin((1.0 - t) * angle) * from_ + np.sin(t * angle) * to) / np.sin(angle)
    return ((1.0 - t) * norm_start + t * norm_end) * direction


def all_pairs(ends: ArrayLike, frames: int) -> Floats:
    """Straight paths between all pairs of K ends, (T, K, K, D): row is the start, column the end.

    Raises:
        ValueError: for ends that are not (K, D) finite numbers, or fewer than 2 frames.
    """
    codes = _codes(ends, "ends")
    t = _times(frames)[:, None, None, None]
    return (1.0 - t) * codes[None, :, None, :] + t * codes[None, None, :, :]


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
    return finite(values, name, 1)


def _codes(values: ArrayLike, name: str = "mu") -> Floats:
    """Codes, (N, D), finite."""
    return finite(values, name, 2)


def finite(values: ArrayLike, name: str, ndim: int) -> Floats:
    """Values as float64 with `ndim` axes, none empty, all finite."""
    array = np.asarray(values, dtype=np.float64)
    if array.ndim != ndim or 0 in array.shape:
        raise ValueError(f"{name} must have shape {'(D,)' if ndim == 1 else '(N, D)'}, got {array.shape}")
    if not np.isfinite(array).all():
        raise ValueError(f"{name} must hold finite numbers only, without NaN or infinity")
    return array
