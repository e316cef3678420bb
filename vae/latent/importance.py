"""Estimates of log p(x) from weighted draws of z: what guessing codes costs, and what an encoder saves.

p(x) is the mean of w = p(x|z) p(z) / r(z) over draws z ~ r, for any r that covers the posterior. Drawing from
the prior makes w = p(x|z); drawing from the encoder's q(z|x) makes the weights of Burda et al. (2016).

Symbols: K draws, R repeats, W widths, D latent_dim. NumPy only, nats.
"""

import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]


class Estimate(NamedTuple):
    """A number and its standard error, nats."""

    value: float
    error: float

    def minus(self, other: "Estimate") -> "Estimate":
        """The difference of two that were measured independently."""
        return Estimate(self.value - other.value, math.hypot(self.error, other.error))


def mean(values: ArrayLike) -> Estimate:
    """The mean of independent values (K,)."""
    each = np.asarray(values, np.float64)
    return Estimate(float(each.mean()), float(each.std(ddof=1) / math.sqrt(len(each))))


def log_weights(log_likelihood: ArrayLike, z: ArrayLike, mu: ArrayLike, sd: ArrayLike) -> Floats:
    """log w, (..., K), of draws z (..., K, D) ~ q(z|x) = N(mu, diag(sd²)) with log p(x|z) (..., K)."""
    codes, centre, spread = (np.asarray(each, np.float64) for each in (z, mu, sd))
    noise = (codes - centre) / spread
    # log p(z) - log q(z|x)
    log_ratio = (0.5 * (np.square(noise) - np.square(codes)) + np.log(spread)).sum(axis=-1)
    return np.asarray(log_likelihood, np.float64) + log_ratio


def mixture_log_weights(
    log_likelihood: ArrayLike, z: ArrayLike, proposals: Sequence[tuple[ArrayLike, ArrayLike]]
) -> Floats:
    """log w, (K,), of codes z (K, D), equally many of which were drawn from each N(mu, diag(sd²)).

    Their common r is the mixture of all proposals: one that covers the posterior bounds all weights.
    Source: Veach and Guibas, Optimally Combining Sampling Techniques (1995), balance heuristic.
    """
    each = [log_weights(log_likelihood, z, mu, sd) for mu, sd in proposals]  # log p(x, z) - log r_j(z)
    return np.log(len(each)) - np.logaddexp.reduce(-np.array(each), axis=0)


def log_mean(log_w: ArrayLike) -> Estimate:
    """log p(x) from weights (K,), with its error by the delta method."""
    weights = np.asarray(log_w, np.float64)
    value = float(np.logaddexp.reduce(weights)) - math.log(len(weights))
    return Estimate(value, mean(np.exp(weights - value)).error)


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
    centre, spread, eps = (np.asarray(each, np.float64) for each in (mu, sd, noise))
    sds = np.asarray(widths, np.float64)[:, None] * spread  # (W, D)
    costs = [np.mean(nll(centre + each * eps)) for each in sds]
    kl = 0.5 * (np.square(centre) + np.square(sds) - 1) - np.log(sds)
    return np.array(costs), kl.sum(axis=1)


def importance_weighted_bound(log_w: ArrayLike, k: int) -> Estimate:
    """Expected estimate of log p(x) from k weights, a lower bound of it.

    The weights (K,) are taken in K // k groups. With k = 1 it is the ELBO of the q they were drawn from.
    Source: Burda, Grosse and Salakhutdinov, Importance Weighted Autoencoders (2016), equation 8.

    Raises:
        ValueError: for fewer than two groups, whose mean has no standard error.
    """
    weights = np.asarray(log_w, np.float64)
    groups = len(weights) // k
    if groups < 2:
        raise ValueError(f"a bound with k = {k} needs at least {2 * k} weights, got {len(weights)}")
    return mean(np.logaddexp.reduce(weights[: groups * k].reshape(groups, k), axis=1) - np.log(k))
