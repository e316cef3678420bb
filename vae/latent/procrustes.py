"""Planes through the codes of one model after another, turned so that each map looks like the one before.

Symbols: N images, D latent_dim, mu posterior means (N, D).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from vae.latent import classes

Doubles = NDArray[np.float64]


@dataclass(frozen=True)
class Plane:
    """A plane in the latent space: the code at (x, y) is centre + x basis[0] + y basis[1].

    Arguments:
        centre: (D,).
        basis: (2, D), rows orthonormal; of one dimension the second is 0.
    """

    centre: Doubles
    basis: Doubles

    def places(self, mu: ArrayLike) -> Doubles:
        """Where codes (N, D) lie on it, (N, 2)."""
        return (np.asarray(mu, np.float64) - self.centre) @ self.basis.T

    def turned(self, mu: ArrayLike, onto: ArrayLike) -> "Plane":
        """The same plane, turned or mirrored so that codes mu (N, D) lie as near `onto` (N, 2) as can be."""
        return Plane(self.centre, rotation(self.places(mu), onto).T @ self.basis)


def rotation(points: ArrayLike, onto: ArrayLike) -> Doubles:
    """The orthogonal R (d, d), a rotation or a reflection, with the least ||points R - onto||, both (N, d).

    Source: Schönemann, A generalized solution of the orthogonal Procrustes problem (1966).
    """
    u, _, vt = np.linalg.svd(np.asarray(points, np.float64).T @ np.asarray(onto, np.float64))
    return np.asarray(u @ vt)


def plane(mu: ArrayLike, labels: NDArray[np.int64] | None = None, count: int = 0) -> Plane:
    """The plane that shows most of codes mu (N, D).

    Of two dimensions it is the latent space itself, its origin that of the prior. Of more it is that in which
    the means of the `count` classes lie farthest apart, without labels the codes themselves; it goes through
    the mean of the codes, and its origin is the place nearest to the prior's.
    """
    codes = np.asarray(mu, np.float64)
    dims = codes.shape[1]
    if dims <= 2:
        return Plane(np.zeros(dims), np.eye(2, dims))
    spread = codes if labels is None else _means(codes, labels, count)
    axes = np.linalg.svd(spread - spread.mean(axis=0), full_matrices=False)[2]
    if len(axes) < 2:  # of a single class
        return plane(codes)
    mean, basis = codes.mean(axis=0), axes[:2]
    return Plane(mean - mean @ basis.T @ basis, basis)


def _means(codes: Doubles, labels: NDArray[np.int64], count: int) -> Doubles:
    """Of the classes that have a code among these, (classes, D)."""
    found = classes.means(codes, labels, count)
    return found[np.isfinite(found).all(axis=1)]
