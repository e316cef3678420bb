"""Entropies and KL divergences from draws of Gaussians, whose own are known."""

import numpy as np
import pytest
import torch
from scipy.stats import multivariate_normal
from torch.distributions import MultivariateNormal, kl_divergence

from vae.analysis.estimates import nearest

MEAN = np.array([0.6, -0.8])
COVARIANCE = np.array([[0.5, 0.2], [0.2, 0.3]])


def draws(mean: np.ndarray, covariance: np.ndarray, count: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).multivariate_normal(mean, covariance, count)


def gaussian(mean: np.ndarray, covariance: np.ndarray) -> MultivariateNormal:
    return MultivariateNormal(torch.from_numpy(mean), torch.from_numpy(covariance))


def known_kl(mean: np.ndarray, covariance: np.ndarray) -> float:
    """KL to N(0, I), by torch."""
    prior = gaussian(np.zeros_like(mean), np.eye(len(mean)))
    return float(kl_divergence(gaussian(mean, covariance), prior))


@pytest.mark.parametrize("k", [1, 3, 8])
def test_the_entropy_is_that_of_the_gaussian(k: int) -> None:
    found = nearest.entropy(draws(MEAN, COVARIANCE, 20_000), k)
    assert found == pytest.approx(multivariate_normal(MEAN, COVARIANCE).entropy(), abs=0.02)


@pytest.mark.parametrize("side", [0.1, 1.0, 30.0])
def test_the_entropy_of_a_square_is_the_logarithm_of_its_area(side: float) -> None:
    """Up to its border, where half of each ball is empty: a few thousandths."""
    found = nearest.entropy(side * np.random.default_rng(1).random((20_000, 2)))
    assert found == pytest.approx(2 * np.log(side), abs=0.03)


@pytest.mark.parametrize(("dims", "tolerance"), [(1, 0.02), (2, 0.02), (10, 0.1)])
def test_the_kl_from_the_prior_to_itself_is_0(dims: int, tolerance: float) -> None:
    z = np.random.default_rng(2).standard_normal((5000, dims))
    assert nearest.kl_from_prior(z) == pytest.approx(0, abs=tolerance)
    other = np.random.default_rng(3).standard_normal((6000, dims))
    assert nearest.kl(z, other) == pytest.approx(0, abs=0.03)


def test_the_kl_in_the_plane_is_torch_s() -> None:
    z, true = draws(MEAN, COVARIANCE, 20_000), known_kl(MEAN, COVARIANCE)
    assert nearest.kl_from_prior(z) == pytest.approx(true, abs=0.03)
    other = np.random.default_rng(4).standard_normal((30_000, 2))
    assert nearest.kl(z, other) == pytest.approx(true, abs=0.04)


def test_the_kl_of_two_gaussians_is_not_symmetric() -> None:
    """Out of the narrower it is torch's; out of the wider it is too low, as stated, least so with k = 1."""
    wide = np.diag([0.7, 0.5])
    p, q = draws(MEAN, COVARIANCE, 20_000), draws(MEAN / 2, wide, 20_000, seed=1)
    one, two = gaussian(MEAN, COVARIANCE), gaussian(MEAN / 2, wide)
    assert nearest.kl(p, q) == pytest.approx(float(kl_divergence(one, two)), abs=0.04)
    true = float(kl_divergence(two, one))
    assert 0.6 * true < nearest.kl(q, p) < nearest.kl(q, p, k=1) < true


def test_the_bias_in_ten_dimensions_is_the_stated_one() -> None:
    """A narrow Gaussian inside of the prior: `kl` says a sixth more than there is."""
    mean, covariance = np.full(10, 10**-0.5), 0.25 * np.eye(10)
    z, other = draws(mean, covariance, 5000), np.random.default_rng(5).standard_normal((5000, 10))
    true = known_kl(mean, covariance)
    assert true == pytest.approx(3.681, abs=0.001)
    assert nearest.kl_from_prior(z) == pytest.approx(true, abs=0.1)
    assert nearest.kl(z, other) == pytest.approx(4.27, abs=0.25)


def test_draws_that_coincide_are_not_from_a_density() -> None:
    with pytest.raises(ValueError, match="coincide"):
        nearest.entropy(np.zeros((20, 2)))
    with pytest.raises(ValueError, match="8 neighbours"):
        nearest.kl(np.random.default_rng(0).random((20, 2)), np.zeros((3, 2)))
