"""Shortest paths on the surface that a decoder draws: geodesics of its pull-back metric, in a latent plane.

Symbols: f decoder (N, 2) -> (N, H, W), x = f(z), J its Jacobian. A step dz changes the image by |J dz|, so
the length of a path is measured by the metric M(z) = JᵀJ, in Euclidean distance of the pixels.

Arvanitidis, Hansen and Hauberg, Latent Space Oddity (arXiv:1710.11379), eq. 5. They add the change of the
decoder's standard deviation to M, which makes it costly to leave the data; here M is the mean's alone.
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import gcd

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Images = NDArray[np.floating]
Decoder = Callable[[Floats], Images]  # (N, 2) -> (N, ...)

SIDE = 81  # places of the grid in each direction
HOPS = [(i, j) for i in range(3) for j in range(-2, 3) if gcd(i, j) == 1 and (i, j) > (0, 0)]  # and back: 16
STEPS, GAIN = 40, 1e-3  # of the relaxation at most, and the relative gain of energy below which it ends
NUDGE = 1e-3  # prior standard deviations, for derivatives
STIFFEST = 1e6  # damping beyond which no step helps


@dataclass(frozen=True)
class Surface:
    """A grid over a box of the latent plane, with the distances between the images decoded at neighbours."""

    decode: Decoder
    low: Floats  # (2,)
    high: Floats  # (2,)
    codes: Floats  # (SIDE², 2)
    rows: Ints  # (E,) edges: one end,
    columns: Ints  # (E,) the other,
    lengths: Floats  # (E,) and |f(z) - f(z')|


def surface(decode: Decoder, low: ArrayLike, high: ArrayLike, side: int = SIDE) -> Surface:
    """Decode a grid of side² places between two corners, low and high (2,), and measure its edges.

    Each place has 16 neighbours: those beside it, across, and a knight's move away.
    """
    corners = np.asarray(low, np.float64), np.asarray(high, np.float64)
    ticks = [np.linspace(start, end, side) for start, end in zip(*corners, strict=True)]
    codes = np.stack(np.meshgrid(*ticks, indexing="ij"), axis=-1)  # (side, side, 2)
    x = decode(codes.reshape(-1, 2)).reshape(side, side, -1)
    place = np.arange(side * side, dtype=np.int64).reshape(side, side)
    rows: list[Ints] = []
    columns: list[Ints] = []
    lengths = []
    for i, j in HOPS:
        here = slice(0, side - i), slice(max(0, -j), side - max(0, j))
        there = slice(i, side), slice(max(0, j), side + min(0, j))
        rows.append(place[here].ravel())
        columns.append(place[there].ravel())
        lengths.append(np.linalg.norm(x[there] - x[here], axis=-1).ravel())
    ends = np.concatenate(rows), np.concatenate(columns)
    return Surface(decode, *corners, codes.reshape(-1, 2), *ends, np.concatenate(lengths).astype(np.float64))


def shortest_path(on: Surface, a: ArrayLike, b: ArrayLike, frames: int) -> Floats:
    """The geodesic from a (2,) to b (2,), (T, 2), at constant speed |dx/dt|.

    Two paths are relaxed by `relax`: Dijkstra's shortest one on the grid, which measures lengths too large
    across its directions, and the straight line. The shorter one is returned: a local minimum of the length,
    not always the global one.
    """
    start, end = np.asarray(a, np.float64), np.asarray(b, np.float64)
    rough = np.concatenate([start[None], on.codes[_grid_path(on, start, end)][1:-1], end[None]])
    found = []
    for path in (rough, np.linspace(start, end, frames)):
        z = _even(on.decode, path, frames)
        relaxed = relax(on.decode, z, np.minimum(on.low, z.min(axis=0)), np.maximum(on.high, z.max(axis=0)))
        found.append(_even(on.decode, relaxed, frames))
    return min(found, key=lambda path: float(speeds(on.decode(path)).mean()))


def relax(decode: Decoder, path: ArrayLike, low: ArrayLike, high: ArrayLike) -> Floats:
    """Pull a path (T, 2) tight between its ends: Σ |f(zₖ₊₁) - f(zₖ)|² falls to a local minimum, (T, 2).

    Its minima are geodesics at constant speed. Gauss-Newton steps, damped as by Levenberg and Marquardt;
    codes stay between the corners low and high (2,).
    """
    z = np.array(path, dtype=np.float64)
    damping, x = 1e-3, _flat(decode, z)
    energy = _energy(x)
    for _ in range(STEPS):
        step = _gauss_newton(decode, z, x)
        while damping < STIFFEST:
            tried = z.copy()
            tried[1:-1] = np.clip(z[1:-1] + step(damping), low, high)
            x_tried = _flat(decode, tried)
            if _energy(x_tried) < energy:
                break
            damping *= 8
        else:
            return z
        gain = 1 - _energy(x_tried) / energy
        z, x, energy, damping = tried, x_tried, _energy(x_tried), damping / 4
        if gain < GAIN:
            break
    return z


def speeds(images: ArrayLike, duration: float = 1.0) -> Floats:
    """|dx/dt| between the T frames (T, ...) of a path that takes `duration`, (T - 1,).

    The Euclidean distance of neighbouring images over the time between them; at duration 1 its mean is the
    length of the path.
    """
    x = np.asarray(images, np.float64).reshape(len(np.asarray(images)), -1)
    return np.linalg.norm(np.diff(x, axis=0), axis=1) * (len(x) - 1) / duration


def _grid_path(on: Surface, start: Floats, end: Floats) -> Ints:
    """Indices of the places from the one nearest to the start to the one nearest to the end."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import dijkstra

    first, last = (int(np.square(on.codes - z).sum(axis=1).argmin()) for z in (start, end))
    edges = (on.lengths + 1e-12, (on.rows, on.columns))  # an edge of length 0 would be none
    graph = coo_array(edges, shape=(len(on.codes), len(on.codes))).tocsr()
    before = dijkstra(graph, directed=False, indices=first, return_predecessors=True)[1]
    places = [last]
    while places[-1] != first:
        places.append(int(before[places[-1]]))
    return np.array(places[::-1] if len(places) > 1 else places * 2)


def _even(decode: Decoder, path: Floats, frames: int) -> Floats:
    """The same way in `frames` steps of equal length in image space, (frames, 2)."""
    length = np.append(0.0, np.cumsum(speeds(decode(path), duration=len(path) - 1.0)))
    length += 1e-9 * np.arange(len(length))  # np.interp needs steps, also where the image stands still
    t = np.linspace(0.0, length[-1], frames)
    return np.stack([np.interp(t, length, path[:, axis]) for axis in (0, 1)], axis=1)


def _gauss_newton(decode: Decoder, z: Floats, x: Images) -> Callable[[float], Floats]:
    """Damping to step (T - 2, 2) of the inner codes, for the residuals x[k+1] - x[k] of images x (T, P)."""
    inner, count = z[1:-1], len(z) - 2
    nudged = [_flat(decode, inner + NUDGE * axis) - _flat(decode, inner - NUDGE * axis) for axis in np.eye(2)]
    jacobian = np.stack(nudged, axis=1) / (2 * NUDGE)  # (T - 2, 2, P)
    pull = jacobian @ (x[2:] - 2 * x[1:-1] + x[:-2])[:, :, None]
    normal, k = np.zeros((count, 2, count, 2)), np.arange(count)
    normal[k, :, k] = 2 * jacobian @ jacobian.transpose(0, 2, 1)
    beside = -jacobian[:-1] @ jacobian[1:].transpose(0, 2, 1)
    normal[k[:-1], :, k[1:]], normal[k[1:], :, k[:-1]] = beside, beside.transpose(0, 2, 1)
    matrix = normal.reshape(2 * count, 2 * count)
    scale = np.diag(matrix).mean()

    def step(damping: float) -> Floats:
        damped = matrix + damping * scale * np.eye(2 * count)
        return np.linalg.solve(damped, pull.ravel()).reshape(count, 2)

    return step


def _flat(decode: Decoder, z: Floats) -> Images:
    return decode(z).reshape(len(z), -1)


def _energy(x: Images) -> float:
    return float(np.square(np.diff(x, axis=0)).sum(dtype=np.float64))
