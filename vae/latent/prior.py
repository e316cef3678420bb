"""The prior N(0, I): draws from it, its density, its mass. NumPy only, pure, nats."""

import math
from statistics import NormalDist

import numpy as np
from numpy.typing import ArrayLike, NDArray

from vae.latent.paths import finite

Floats = NDArray[np.float64]


def samples(count: int, latent_dim: int, seed: int) -> Floats:
    """Draws from the prior N(0, I), (count, D); the same for the same seed.

    Raises:
        ValueError: for a count or a latent_dim below 1.
    """
    if count < 1 or latent_dim < 1:
        raise ValueError(f"count and latent_dim must be at least 1, got {count} and {latent_dim}")
    return np.random.default_rng(seed).standard_normal((count, latent_dim))


def log_prob(z: ArrayLike) -> Floats:
    """log p(z) of codes z (N, D) under the prior N(0, I), (N,) nats.

    Raises:
        ValueError: for codes that are not (N, D) finite numbers.
    """
    codes = finite(z, "z", 2)
    return -0.5 * (np.square(codes).sum(axis=1) + codes.shape[1] * np.log(2 * np.pi))


def mean_log_prob(latent_dim: int) -> float:
    """Mean of log p(z) over draws from the prior itself, nats."""
    return -0.5 * latent_dim * (1 + math.log(2 * math.pi))


def mass(radius: float) -> float:
    """Share of a 2-D standard normal within `radius` standard deviations: 1 - exp(-r²/2), in [0, 1]."""
    return -math.expm1(-0.5 * radius**2)


def quantiles(count: int, extent: float) -> Floats:
    """Places of one coordinate, -extent to extent, with equal shares of N(0, 1) between them, (count,).

    Raises:
        ValueError: for fewer than 2 places, or an extent that is not positive.
    """
    if count < 2 or not extent > 0:
        raise ValueError(f"quantiles need 2 places and an extent above 0, got {count} and {extent}")
    normal = NormalDist()
    shares = np.linspace(normal.cdf(-extent), normal.cdf(extent), count)
    return np.array([normal.inv_cdf(share) for share in shares])
