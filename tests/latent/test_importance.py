"""Estimates of log p(x) against PyTorch, and against a model whose log p(x) is known."""

import numpy as np
import pytest
import torch
from scipy.special import logsumexp
from scipy.stats import multivariate_normal, norm, sem
from torch.distributions import Normal, kl_divergence

from vae.latent import importance

rng = np.random.default_rng(0)
D = 3


def test_the_weights_are_those_of_the_importance_weighted_bound() -> None:
    mu, sd, z = rng.normal(size=D), rng.uniform(0.3, 3, size=D), rng.normal(size=(7, D))
    log_likelihood = rng.normal(size=7)
    q = Normal(torch.tensor(mu), torch.tensor(sd))
    codes = torch.tensor(z)
    expected = torch.tensor(log_likelihood) + (Normal(0.0, 1.0).log_prob(codes) - q.log_prob(codes)).sum(
        dim=1
    )
    log_w = importance.log_weights(log_likelihood, z, mu, sd)
    np.testing.assert_allclose(log_w, expected, rtol=1e-12)
    bound = logsumexp(expected) - np.log(7)
    np.testing.assert_allclose(importance.running_estimates(log_w)[-1], bound, rtol=1e-12)


def test_each_estimate_is_the_log_of_the_mean_so_far() -> None:
    log_w = rng.normal(scale=300, size=(4, 20))
    expected = [[logsumexp(row[:k]) - np.log(k) for k in range(1, 21)] for row in log_w]
    np.testing.assert_allclose(importance.running_estimates(log_w), expected, rtol=1e-12)


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
    log_w = importance.log_weights(log_likelihood(z), z, mean, np.sqrt(variance))
    np.testing.assert_allclose(log_w, exact, rtol=1e-12)
    from_prior = importance.running_estimates(log_likelihood(rng.normal(size=(200_000, D))))
    np.testing.assert_allclose(from_prior[-1], exact, atol=0.03)


def test_the_importance_weighted_bound_is_the_mean_over_groups() -> None:
    log_w = rng.normal(scale=5, size=103)
    value, error = importance.importance_weighted_bound(log_w, 10)
    groups = [logsumexp(log_w[k : k + 10]) - np.log(10) for k in range(0, 100, 10)]
    np.testing.assert_allclose(value, np.mean(groups), rtol=1e-12)
    np.testing.assert_allclose(error, sem(groups), rtol=1e-12)
    with pytest.raises(ValueError, match="k = 60 needs at least 120 weights, got 103"):
        importance.importance_weighted_bound(log_w, 60)


def test_the_importance_weighted_bound_rises_from_the_elbo_to_log_p() -> None:
    """p(z) = N(0, 1), x = z + noise of sd 1 observed at 1, and q = N(0, 1), not the posterior N(1/2, 1/2)."""
    z = rng.normal(size=(200_000, 1))
    log_w = importance.log_weights(norm.logpdf(1.0, z[:, 0], 1.0), z, [0.0], [1.0])
    bounds = [importance.importance_weighted_bound(log_w, k) for k in (1, 10, 100)]
    posterior = Normal(torch.tensor(0.5), torch.tensor(np.sqrt(0.5)))
    exact = norm.logpdf(1.0, 0.0, np.sqrt(2))
    kl = kl_divergence(Normal(0.0, 1.0), posterior).item()
    assert abs(bounds[0][0] - (exact - kl)) < 4 * bounds[0][1]
    values = [value for value, _ in bounds]
    assert values == sorted(values)
    assert exact - 0.01 < values[-1] < exact + 4 * bounds[-1][1]


def log_p(z: np.ndarray) -> np.ndarray:
    """A likelihood with two narrow peaks in a plane, of shares 1/4 and 3/4."""
    left, right = (norm.logpdf(z, place, 0.05).sum(axis=1) for place in (-2.0, 2.0))
    return np.asarray(np.logaddexp(left + np.log(0.25), right + np.log(0.75)))


TWO_PEAKS = norm.logpdf(2.0, 0, np.sqrt(1 + 0.05**2)) * 2  # log p(x): both are as far from the prior's mean


def test_draws_of_several_gaussians_are_weighted_by_their_mixture() -> None:
    """One proposal at each peak and a wide one: each alone is wrong by its missing peak, or hardly hits."""
    draws = np.random.default_rng(0)
    proposals = [(np.full(2, place), np.full(2, sd)) for place, sd in ((-2.0, 0.05), (2.0, 0.06), (0.0, 1.0))]
    z = np.concatenate([mu + sd * draws.normal(size=(2000, 2)) for mu, sd in proposals])
    log_w = importance.mixture_log_weights(log_p(z), z, proposals)
    mixture = logsumexp([norm.logpdf(z, *each).sum(axis=1) for each in proposals], axis=0) - np.log(3)
    np.testing.assert_allclose(log_w, log_p(z) + norm.logpdf(z).sum(axis=1) - mixture, atol=1e-10)
    found = importance.log_mean(log_w)
    assert found.error < 0.03
    assert abs(found.value - TWO_PEAKS) < 4 * found.error


def test_the_error_of_a_log_mean_is_the_spread_of_its_repeats() -> None:
    repeats = [importance.log_mean(rng.normal(scale=0.5, size=400)) for _ in range(400)]
    values, errors = zip(*repeats, strict=True)
    assert np.mean(errors) == pytest.approx(np.std(values), rel=0.15)
    assert np.mean(values) == pytest.approx(0.5**2 / 2, abs=0.01)  # log E[exp N(0, s²)] = s²/2


def test_the_difference_of_two_estimates_adds_their_variances() -> None:
    found = importance.Estimate(5.0, 0.3).minus(importance.Estimate(2.0, 0.4))
    assert [*found] == pytest.approx([3.0, 0.5])


def test_terms_by_width_are_those_of_each_wider_gaussian() -> None:
    mu, narrow, noise = rng.normal(size=3), rng.uniform(0.3, 3, size=3), rng.normal(size=(7, 3))
    widths = (0.2, 1.0, 3.0)
    nll, kl = importance.terms_by_width(lambda z: np.square(z).sum(axis=1), mu, narrow, widths, noise)
    for k, width in enumerate(widths):
        sd = width * narrow
        costs = [sum((mu[d] + sd[d] * eps[d]) ** 2 for d in range(3)) for eps in noise]
        assert nll[k] == pytest.approx(np.mean(costs))
        q = Normal(torch.tensor(mu), torch.tensor(sd))
        assert kl[k] == pytest.approx(kl_divergence(q, Normal(0.0, 1.0)).sum().item())
