"""Estimates of log p(x) from weighted draws of z: what guessing codes costs, and what an encoder saves.

p(x) is the mean of w = p(x|z) p(z) / r(z) over draws z ~ r, for any r that covers the posterior. Drawing from
the prior makes w = p(x|z); drawing from the encoder's q(z|x) makes the weights of Burda et al. (2016).

Symbols: K draws, R repeats, W widths, D latent_dim. NumPy only, nats.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]


def log_weights(log_likelihood: ArrayLike, z: ArrayLike, mu: ArrayLike, sd: ArrayLike) -> Floats:
    """log w, (..., K), of draws z (..., K, D) ~ q(z|x) = N(mu, diag(sd²)) with log p(x|z) (..., K)."""
    codes, mean, spread = (np.asarray(each, np.float64) for each in (z, mu, sd))
    noise = (codes - mean) / spread
    # log p(z) - log q(z|x)
    log_ratio = (0.5 * (np.square(noise) - np.square(codes)) + np.log(spread)).sum(axis=-1)
    return np.asarray(log_likelihood, np.float64) + log_ratio


def running_estimates(log_w: ArrayLike) -> Floats:
    """Estimate of log p(x) from the first 1, 2, ... K weights, (..., K): the log of their mean.

    In expectation a lower bound of log p(x) that rises with the draws: for one draw from q(z|x), the ELBO.
    Source: Burda, Grosse and Salakhutdinov, Importance Weighted Autoencoders (2016), theorem 1.
    """
    weights = np.asarray(log_w, np.float64)
    counts = np.arange(1, weights.shape[-1] + 1)
    return np.logaddexp.accumulate(weights, axis=-1) - np.log(counts)


def terms_by_width(
    nll: Callable[[Floats], NDArray[np.floating]],
    mu: ArrayLike,
    sd: ArrayLike,
    widths: ArrayLike,
    noise: ArrayLike,
) -> tuple[Floats, Floats]:
    """The ELBO's terms of one image, nll and KL (W,), under N(mu, diag(sd²)) made so many times as wide.

    nll gives -log p(x|z) (K,) of codes (K, D); mu and sd (D,), widths (W,), one noise (K, D) for all.
    """
    mean, spread, eps = (np.asarray(each, np.float64) for each in (mu, sd, noise))
    sds = np.asarray(widths, np.float64)[:, None] * spread  # (W, D)
    costs = [np.mean(nll(mean + each * eps)) for each in sds]
    kl = 0.5 * (np.square(mean) + np.square(sds) - 1) - np.log(sds)
    return np.array(costs), kl.sum(axis=1)


def importance_weighted_bound(log_w: ArrayLike, k: int) -> tuple[float, float]:
    """Expected estimate of log p(x) from k weights, a lower bound of it, and its standard error, nats.

    The weights (K,) are taken in K // k groups. With k = 1 it is the ELBO of the q they were drawn from.
    Source: Burda, Grosse and Salakhutdinov, Importance Weighted Autoencoders (2016), equation 8.

    Raises:
        ValueError: for fewer than two groups, whose mean has no standard error.
    """
    weights = np.asarray(log_w, np.float64)
    groups = len(weights) // k
    if groups < 2:
        raise ValueError(f"a bound with k = {k} needs at least {2 * k} weights, got {len(weights)}")
    estimates = np.logaddexp.reduce(weights[: groups * k].reshape(groups, k), axis=1) - np.log(k)
    return float(estimates.mean()), float(estimates.std(ddof=1) / np.sqrt(groups))
