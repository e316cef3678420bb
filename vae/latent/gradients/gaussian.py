"""What single draws of z say of one image's ELBO and of its gradient in the mean of q(z|x).

q is N(mu, diag(sd²)) and z = mu + sd * eps; the KL is exact, and each estimate is right on average.

    pathwise    the slope of log p(x|z) in z, which moves as mu does
    score       log p(x|z) times the gradient of log q(z|x) in mu, (z - mu) / sd²: no slope is needed
    baseline    as score, of log p(x|z) minus its mean over the other draws

Sources: Kingma and Welling, Auto-Encoding Variational Bayes (2014), section 2.3; Ranganath, Gerrish and Blei,
Black Box Variational Inference (2014), equation 3; Mnih and Rezende, VIMCO (2016), for the baseline.

Symbols: K draws, D latent_dim, L draws in a step. NumPy only, nats.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]


class Estimates(NamedTuple):
    """One for each draw: the ELBO (K,), and its gradient in mu (K, D), nats per prior standard deviation."""

    elbo: Floats
    pathwise: Floats
    score: Floats
    baseline: Floats


def estimates(
    log_likelihood: ArrayLike, slope: ArrayLike, mu: ArrayLike, sd: ArrayLike, eps: ArrayLike
) -> Estimates:
    """From log p(x|z) (K,) and its gradient in z (K, D), at z = mu + sd * eps; mu, sd (D,), eps (K, D)."""
    log_p, in_z, mean, spread, noise = (
        np.asarray(each, np.float64) for each in (log_likelihood, slope, mu, sd, eps)
    )
    kl = (0.5 * (np.square(mean) + np.square(spread) - 1) - np.log(spread)).sum()
    in_log_q = noise / spread
    others = (log_p.sum() - log_p) / (len(log_p) - 1)
    return Estimates(
        log_p - kl,
        in_z - mean,
        log_p[:, None] * in_log_q - mean,
        (log_p - others)[:, None] * in_log_q - mean,
    )


def deviation(values: ArrayLike) -> float:
    """How far single estimates (K, ...) lie from their mean: root of the mean squared distance."""
    found = np.asarray(values, np.float64).reshape(len(np.asarray(values)), -1)
    return float(np.sqrt(found.var(axis=0, ddof=1).sum()))


def steps(values: ArrayLike, draws: int, count: int, seed: int = 0) -> Floats:
    """Means (count, ...) of so many draws each, taken from the estimates (K, ...) with replacement."""
    found = np.asarray(values, np.float64)
    chosen = np.random.default_rng(seed).integers(len(found), size=(count, draws))
    return found[chosen].mean(axis=1)
