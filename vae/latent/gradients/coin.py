"""The gradient of an expected loss in the probability p of a coin: why a z that jumps has no pathwise one.

A coin is z = 1 where logit(p) + logit(u) > 0 for uniform noise u, else 0: a step in p. A relaxed coin is
sigmoid((logit(p) + logit(u)) / temperature), which has a slope, and comes near the coin as it cools.

Sources: Maddison, Mnih and Teh, The Concrete Distribution (2017); Jang, Gu and Poole, Categorical
Reparameterization with Gumbel-Softmax (2017). The loss: Tucker et al., REBAR (2017), section 5.1.

Symbols: K draws. NumPy only.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from vae.model.likelihood import logit

Floats = NDArray[np.float64]

TARGET = 0.45


def loss(z: ArrayLike) -> Floats:
    """(z - TARGET)²."""
    return np.square(np.asarray(z, np.float64) - TARGET)


def gradient() -> float:
    """The exact gradient in p of the expected loss, loss(1) p + loss(0) (1 - p): the same for all p."""
    return float(loss(1) - loss(0))


def relaxed(p: ArrayLike, u: ArrayLike, temperature: float) -> Floats:
    """Draws z in [0, 1] for noise u, of any shape; at temperature 0 a coin's, 0 or 1."""
    lead = logit(p) + logit(u)
    if temperature == 0:
        return (lead > 0).astype(np.float64)
    return 0.5 * (np.tanh(0.5 * lead / temperature) + 1)


def pathwise(p: float, u: ArrayLike, temperature: float) -> Floats:
    """d loss / d p along each draw (K,): 0 where z is a step, whatever the loss is."""
    z = relaxed(p, u, temperature)
    if temperature == 0:
        return np.zeros_like(z)
    return 2 * (z - TARGET) * z * (1 - z) / (temperature * p * (1 - p))


def score(p: float, u: ArrayLike) -> Floats:
    """The score-function estimate of each draw (K,) of the coin: loss(z) times d log q(z) / d p."""
    z = relaxed(p, u, 0)
    return loss(z) * (z - p) / (p * (1 - p))
