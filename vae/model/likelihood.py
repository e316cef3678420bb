"""What a pixel costs, -log p(x|z) in nats, for both likelihoods: the one formula of each. NumPy only.

Symbols: x a pixel's level in [0, 1]; logit = log(mean / (1 - mean)) and mean are the decoder's; log_var the
logarithm of the Gaussian's variance. Shapes broadcast.
"""

import math
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from vae.model.numpy_layers import softplus

Floats = NDArray[np.floating[Any]]
LOG_TWO_PI = math.log(2 * math.pi)


def bernoulli_nll(logit: Floats, x: Floats) -> Floats:
    """-log p(x|z) of each pixel under Bernoulli(sigmoid(logit)): the cross-entropy.

    Its lowest value, at mean = x, is the entropy of x, which is 0 for black and white only.
    """
    return softplus(logit) - x * logit


def bernoulli_log_integral(logit: Floats) -> NDArray[np.float64]:
    """log of the integral of exp(-cross-entropy) over grey levels x in [0, 1]; of a density it would be 0.

    Source: Loaiza-Ganem and Cunningham, The continuous Bernoulli (2019), equation 5, where it is -log C.
    """
    half = np.abs(np.asarray(logit, np.float64)) / 2
    small = half < 1e-4
    safe = np.where(small, 1.0, half)
    return np.where(small, -np.square(half) / 3, np.log(np.tanh(safe) / safe)) - math.log(2)


def gaussian_nll(mean: Floats, x: Floats, log_var: float) -> Floats:
    """-log p(x|z) of each pixel under N(mean, exp(log_var)): squared error / (2 sd²) and a constant.

    A density may exceed 1, so the value may be negative.
    """
    return 0.5 * (np.square(x - mean) * math.exp(-log_var) + log_var + LOG_TWO_PI)


def logit(mean: ArrayLike) -> NDArray[np.float64]:
    """log(mean / (1 - mean)) of means in [0, 1]: of black and white large, but finite."""
    inside = np.clip(np.asarray(mean, np.float64), np.finfo(np.float64).tiny, 1 - np.finfo(np.float64).epsneg)
    return np.log(inside) - np.log1p(-inside)


def bernoulli_floor(images: ArrayLike) -> NDArray[np.float64]:
    """Lowest nll that any decoder can reach on images (N, ...), (N,) nats per image: their entropy."""
    x = np.asarray(images, np.float64)
    return bernoulli_nll(logit(x), x).reshape(len(x), -1).sum(axis=1)
