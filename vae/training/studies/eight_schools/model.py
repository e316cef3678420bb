"""The model: school i's effect y_i is seen with the standard error s_i, and the schools share mu and tau.

mu, tau, eta_i ~ N(0, 1), y_i ~ N(mu + tau eta_i, s_i²); z = (mu, tau, eta_1, ..., eta_8), D = 10. As tau may
be negative, the posterior is the same at (mu, tau, eta) and (mu, -tau, -eta): it has two modes.

Sources: Rubin, Estimation in Parallel Randomized Experiments, 1981; data, scale and priors are those of the
authors' notebook to Adversarial Variational Bayes, 2017, section 6.2.
"""

import math

import torch
from torch import Tensor

Y = (2.8, 0.8, -0.3, 0.7, -0.1, 0.1, 1.8, 1.2)
S = (0.8, 0.5, 0.8, 0.6, 0.5, 0.6, 0.5, 0.4)
D = 2 + len(Y)
MU, TAU, ETA = 0, 1, slice(2, None)  # places in z
LOG_2PI = math.log(2 * math.pi)


def log_prior(z: Tensor) -> Tensor:
    """log p(z) of z (..., D), (...) nats."""
    return -0.5 * (z.square() + LOG_2PI).sum(dim=-1)


def log_likelihood(z: Tensor) -> Tensor:
    """log p(y|z) of z (..., D), (...) nats."""
    y, s = z.new_tensor(Y), z.new_tensor(S)
    effects = z[..., MU, None] + z[..., TAU, None] * z[..., ETA]
    return -0.5 * (((y - effects) / s).square() + 2 * torch.log(s) + LOG_2PI).sum(dim=-1)


def log_joint(z: Tensor) -> Tensor:
    """log p(y, z) of z (..., D), (...) nats."""
    return log_prior(z) + log_likelihood(z)


def expected_log_joint(mean: Tensor, covariance: Tensor) -> Tensor:
    """E[log p(y, z)] under N(mean (D,), covariance (D, D)), () nats, by its moments."""
    y, s = mean.new_tensor(Y), mean.new_tensor(S)
    mu, tau, eta = mean[MU], mean[TAU], mean[ETA]
    var = covariance.diagonal()
    mu_tau, mu_eta, tau_eta = covariance[MU, TAU], covariance[MU, ETA], covariance[TAU, ETA]
    product = tau * eta + tau_eta  # E[tau eta]
    with_mu = mu * product + tau * mu_eta + eta * mu_tau  # E[mu tau eta]
    squared = (tau**2 + var[TAU]) * (eta**2 + var[ETA]) + 2 * tau_eta**2 + 4 * tau * eta * tau_eta
    error = y**2 - 2 * y * (mu + product) + mu**2 + var[MU] + 2 * with_mu + squared
    prior = -0.5 * (mean.square() + var + LOG_2PI).sum()
    return prior - 0.5 * (error / s**2 + 2 * torch.log(s) + LOG_2PI).sum()
