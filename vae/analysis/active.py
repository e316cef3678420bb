"""Which dimensions of z a model uses.

A dimension is active if its KL, on average over the images, is at least INACTIVE_BELOW: below, it tells
nothing of the image. Burda, Grosse and Salakhutdinov, Importance Weighted Autoencoders (2016), section 5,
count instead the dimensions whose posterior mean varies over the images, here the second number.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

INACTIVE_BELOW = 0.01  # nats per image
VARIANCE = 0.01  # of mu over the images, in prior standard deviations squared


def is_active(kl_per_dim: ArrayLike) -> NDArray[np.bool_]:
    """Whether each dimension is active, (D,), given its mean KL (D,) in nats per image."""
    return np.asarray(kl_per_dim) >= INACTIVE_BELOW


def varying(mu: ArrayLike) -> int:
    """Number of dimensions whose posterior mean (N, D) has a variance over the images above VARIANCE."""
    return int((np.var(np.asarray(mu, np.float64), axis=0) > VARIANCE).sum())
