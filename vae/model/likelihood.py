"""What a pixel x costs under a decoder's mean, -log p(x|z) in nats, for both likelihoods. NumPy only.

Symbols: x a pixel's grey level and mean the decoder's, both in [0, 1]; sd the Gaussian's standard deviation.
"""

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
SATURATED = 1e-7  # a mean in float32 may reach 0 or 1, where one wrong pixel would cost infinitely much


def bernoulli_nll(mean: ArrayLike, x: ArrayLike) -> Floats:
    """-log p(x|z) of each pixel under Bernoulli(mean), nats: the cross-entropy; shapes broadcast.

    Its lowest value, at mean = x, is the entropy of x, which is 0 for black and white only.
    """
    share = np.clip(np.asarray(mean, np.float64), SATURATED, 1 - SATURATED)
    target = np.asarray(x, np.float64)
    return -(target * np.log(share) + (1 - target) * np.log1p(-share))


def gaussian_nll(mean: ArrayLike, x: ArrayLike, sd: float) -> Floats:
    """-log p(x|z) of each pixel under N(mean, sd²), nats: squared error / (2 sd²) and a constant.

    A density may exceed 1, so the value may be negative.
    """
    squared = np.square(np.asarray(x, np.float64) - np.asarray(mean, np.float64))
    return 0.5 * squared / sd**2 + math.log(sd) + 0.5 * math.log(2 * math.pi)


def bernoulli_floor(images: ArrayLike) -> Floats:
    """Lowest nll that any decoder can reach on grey images (N, ...), (N,) nats per image: their entropy."""
    pixels = np.asarray(images, np.float64)
    return bernoulli_nll(pixels, pixels).reshape(len(pixels), -1).sum(axis=1)
