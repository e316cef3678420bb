"""Estimates of log p(x) against PyTorch, and against a model whose log p(x) is known."""

import numpy as np
import torch
from scipy.special import logsumexp
from scipy.stats import multivariate_normal
from torch.distributions import Normal

from vae import elbo, evidence

rng = np.random.default_rng(0)
D = 3


def test_the_weights_are_those_of_the_importance_weighted_bound() -> None:
    mu, log_var, z = rng.normal(size=D), rng.normal(size=D), rng.normal(size=(7, D))
    log_likelihood = rng.normal(size=7)
    q = Normal(torch.tensor(mu), torch.tensor(np.exp(0.5 * log_var)))
    codes = torch.tensor(z)
    expected = torch.tensor(log_likelihood) + (Normal(0.0, 1.0).log_prob(codes) - q.log_prob(codes)).sum(
        dim=1
    )
    log_w = evidence.log_weights(log_likelihood, z, mu, log_var)
    np.testing.assert_allclose(log_w, expected, rtol=1e-12)
    bound = elbo.importance_weighted_bound(expected[:, None])
    np.testing.assert_allclose(evidence.running_estimates(log_w)[-1], bound.item(), rtol=1e-12)


def test_each_estimate_is_the_log_of_the_mean_so_far() -> None:
    log_w = rng.normal(scale=300, size=(4, 20))
    expected = [[logsumexp(row[:k]) - np.log(k) for k in range(1, 21)] for row in log_w]
    np.testing.assert_allclose(evidence.running_estimates(log_w), expected, rtol=1e-12)


def test_both_ways_reach_the_likelihood_of_a_linear_gaussian_model() -> None:
    """x = W z + noise, W diagonal: p(x) = N(0, W Wᵀ + s² I); the true posterior needs one draw only."""
    weight, sd = np.diag([1.5, 0.7, 0.3]), 0.5
    x = rng.normal(size=D)
    exact = multivariate_normal(np.zeros(D), weight @ weight.T + sd**2 * np.eye(D)).logpdf(x)

    def log_likelihood(z: np.ndarray) -> np.ndarray:
        logs = Normal(torch.tensor(z @ weight.T), sd).log_prob(torch.tensor(x))
        return np.asarray(logs.sum(dim=-1))

    variance = 1 / (1 + np.diag(weight) ** 2 / sd**2)
    mean = variance * np.diag(weight) * x / sd**2
    z = mean + np.sqrt(variance) * rng.normal(size=(5, D))
    log_w = evidence.log_weights(log_likelihood(z), z, mean, np.log(variance))
    np.testing.assert_allclose(log_w, exact, rtol=1e-12)
    from_prior = evidence.running_estimates(log_likelihood(rng.normal(size=(200_000, D))))
    np.testing.assert_allclose(from_prior[-1], exact, atol=0.03)
