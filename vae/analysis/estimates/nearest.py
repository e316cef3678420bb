"""Entropies and KL divergences of densities that are known by draws only, from the distances of neighbours.

Symbols: N draws z (N, D) from q, M draws from another density, k neighbours, r_k the distance to the k-th
nearest. Draws must be independent and distinct. Everything is in nats.

Sources: Kozachenko and Leonenko, Sample estimate of the entropy of a random vector, 1987; Wang, Kulkarni and
Verdú, Divergence estimation for multidimensional densities via k-nearest-neighbor distances, 2009.

Bias, measured with k = 8 as means over seeds 0 to 19 (10-D: 0 to 7), 5,000 draws of each density:

| q, p = N(0, I) | 1-D | 2-D | 10-D |
| KL(N(0, I) || p) = 0: `kl_from_prior` | 0.000 | 0.011 | -0.061 |
| the same: `kl` | -0.002 | 0.002 | 0.002 |
| KL(N(m, I / 4) || p), |m| = 1, is | 0.818 | 1.136 | 3.681 |
| `kl_from_prior` | 0.819 | 1.149 | 3.632 |
| `kl` | 0.814 | 1.139 | 4.268 |

With 20,000 draws the first row is 0.001, 0.004, 0.003 and the last 0.821, 1.148, 4.103: in many dimensions
`kl` says too much where q is narrower than p. It says too little where draws of q lie so far out in the tail
of p that no draw of p is near: 0.86 for 1.22 in the plane with 20,000 draws of each, 0.98 with k = 1.
"""

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

NEIGHBOURS = 8


def entropy(z: ArrayLike, k: int = NEIGHBOURS) -> float:
    """Differential entropy of the density that z (N, D) are drawn from, nats."""
    from scipy.special import digamma  # SciPy is heavy, and pages import this package

    draws = np.asarray(z, np.float64)
    count, dims = draws.shape
    log_ball = dims / 2 * math.log(math.pi) - math.lgamma(dims / 2 + 1)  # the unit ball's volume
    spread = dims * np.log(_distances(draws, draws, k + 1)).mean()  # the nearest of all is the draw itself
    return float(digamma(count) - digamma(k) + log_ball + spread)


def kl_from_prior(z: ArrayLike, k: int = NEIGHBOURS) -> float:
    """KL(q || N(0, I)) of the density q that z (N, D) are drawn from, nats."""
    draws = np.asarray(z, np.float64)
    cross = 0.5 * (draws.shape[1] * math.log(2 * math.pi) + np.square(draws).sum(axis=1).mean())
    return float(cross - entropy(draws, k))


def kl(z: ArrayLike, other: ArrayLike, k: int = NEIGHBOURS) -> float:
    """KL(q || p) of the densities that z (N, D) and other (M, D) are drawn from, nats (equation 5)."""
    draws, others = np.asarray(z, np.float64), np.asarray(other, np.float64)
    ratio = np.log(_distances(draws, others, k) / _distances(draws, draws, k + 1)).mean()
    return float(draws.shape[1] * ratio + math.log(len(others) / (len(draws) - 1)))


def _distances(z: Floats, among: Floats, k: int) -> Floats:
    """Distance of each of z (N, D) to the k-th nearest of (M, D), (N,).

    Raises:
        ValueError: if a distance is 0 or there are fewer than k.
    """
    from scipy.spatial import cKDTree

    if len(among) < k:
        raise ValueError(f"{k} neighbours need {k} draws, got {len(among)}")
    distances: Floats = cKDTree(among).query(z, [k])[0][:, 0]
    if not distances.all():
        raise ValueError("Draws coincide: they are not from a density")
    return distances
