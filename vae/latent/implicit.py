"""Clouds in a plane that three kinds of encoder can draw: a Gaussian, any map of noise, a sum of bent noises.

NumPy only. Symbols: K draws, noise eps ~ N(0, I). `bend` in [0, 1] leads from a Gaussian to the whole shape.
Source: Mescheder, Nowozin and Geiger, Adversarial Variational Bayes, 2017, figure 2 and section 3.
"""

from collections.abc import Callable
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Shape = Literal["banana", "modes", "ring"]

THIN = 0.2  # sd of the noise across a shape, prior standard deviations
RADIUS = 1.5  # of the ring


def _banana(eps: Floats) -> Floats:
    return np.stack([eps, 0.7 * (eps**2 - 1)], axis=-1)


def _modes(eps: Floats) -> Floats:
    return np.stack([1.4 * np.tanh(8 * eps) + 0.2 * eps, 0 * eps], axis=-1)


def _ring(eps: Floats) -> Floats:
    angle = 2 * np.pi / (1 + np.exp(-1.702 * eps))  # about uniform
    return RADIUS * np.stack([np.cos(angle), np.sin(angle)], axis=-1)


BENT: dict[Shape, Callable[[Floats], Floats]] = {"banana": _banana, "modes": _modes, "ring": _ring}
"""Curves in the plane (K, 2), along which one noise (K,) runs."""


def network(shape: Shape, bend: float, count: int, seed: int = 0) -> Floats:
    """z = f(eps), (K, 2): one noise is led along a curve that is bent more and more, another across it."""
    eps, across = _noise(count, seed)
    straight = np.stack([eps, 0 * eps], axis=-1)
    return (1 - bend) * straight + bend * BENT[shape](eps) + THIN * across


def basis(shape: Shape, bend: float, count: int, seed: int = 1) -> Floats:
    """z = z0 + a₁ v₁(eps₁) + a₂ v₂(eps₂) + a₃ v₃(eps₃), (K, 2): a line, a curve, a disc, of their own noise.

    The shape is in the v, which all images share; an image has its own a, here (1 - bend, bend, THIN).
    """
    eps, across = _noise(count, seed)
    other, _ = _noise(count, seed + 100)
    straight = np.stack([other, 0 * other], axis=-1)
    return (1 - bend) * straight + bend * BENT[shape](eps) + THIN * across


def gaussian(mean: Floats, sd: Floats, count: int, seed: int = 2) -> Floats:
    """z = mu + sd * eps, (K, 2), for mu (2,) and sd (2,)."""
    return mean + sd * np.random.default_rng(seed).standard_normal((count, 2))


def missed(z: Floats, entropy: float) -> float:
    """KL from a q of draws z (K, 2) and this entropy to the Gaussian nearest to it, in nats.

    That Gaussian has q's mean and sd in each dimension.
    """
    return float(np.log(z.std(axis=0)).sum() + np.log(2 * np.pi * np.e) - entropy)


def _noise(count: int, seed: int) -> tuple[Floats, Floats]:
    """Noise (K,) along a curve, and (K, 2) around it."""
    rng = np.random.default_rng(seed)
    return rng.standard_normal(count), rng.standard_normal((count, 2))
