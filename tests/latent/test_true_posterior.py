"""The quadrature against a linear-Gaussian model, whose p(z|x) and p(x) are known, and against SciPy's."""

import numpy as np
import pytest
import torch
from scipy.integrate import dblquad, quad
from scipy.stats import chi2, multivariate_normal, norm
from torch.distributions import MultivariateNormal, kl_divergence

from vae.latent import true_posterior
from vae.latent.true_posterior import TruePosterior

WEIGHT = np.array([[1.5, 0.4], [-0.3, 0.9], [2.0, -1.1], [0.2, 0.6]])  # x = W z + noise of sd SD
SD = 0.3
X = np.array([0.8, -0.5, 1.9, 0.4])
COVARIANCE = np.linalg.inv(np.eye(2) + WEIGHT.T @ WEIGHT / SD**2)
MEAN = COVARIANCE @ WEIGHT.T @ X / SD**2
EVIDENCE = multivariate_normal(np.zeros(4), WEIGHT @ WEIGHT.T + SD**2 * np.eye(4)).logpdf(X)
Q = (np.array([0.5, 0.2]), np.sqrt([0.03, 0.05]))  # mu and sd


def linear(z: np.ndarray) -> np.ndarray:
    """log p(x|z) of the linear model."""
    return norm.logpdf(X, z @ WEIGHT.T, SD).sum(axis=1)


def two_peaks(z: np.ndarray) -> np.ndarray:
    """A narrow peak at (2, 1) and a wide one with more mass at (-2, -1), as a likelihood."""
    narrow = norm.logpdf(z, [2, 1], 0.02).sum(axis=1)
    return np.logaddexp(narrow, 3 + norm.logpdf(z, [-2, -1], 0.3).sum(axis=1))


@pytest.fixture(scope="module")
def found() -> TruePosterior:
    return true_posterior.find(linear, 2)


def test_the_posterior_of_a_linear_gaussian_model(found: TruePosterior) -> None:
    assert found.log_evidence == pytest.approx(EVIDENCE, abs=1e-6)
    assert found.grid_error < 1e-6
    mean = np.average(found.centres, axis=0, weights=found.probability)
    np.testing.assert_allclose(mean, MEAN, atol=1e-6)
    covariance = np.cov(found.centres.T, ddof=0, aweights=found.probability)
    np.testing.assert_allclose(covariance, COVARIANCE, rtol=1e-4)
    density = multivariate_normal(MEAN, COVARIANCE).pdf(found.centres)
    np.testing.assert_allclose(found.probability, density * found.width**2, atol=1e-8)


def test_the_elbo_by_quadrature_is_that_of_a_linear_model() -> None:
    mu, sd = Q
    spread = np.square(WEIGHT) @ sd**2  # of W z under q, so that E[log p(x|z)] is exact
    likelihood = linear(mu[None])[0] - 0.5 * spread.sum() / SD**2
    prior = MultivariateNormal(torch.zeros(2, dtype=torch.float64), torch.eye(2, dtype=torch.float64))
    q = MultivariateNormal(torch.tensor(mu), torch.diag(torch.tensor(sd**2)))
    elbo = true_posterior.elbo(linear, mu, sd)
    assert elbo.value == pytest.approx(likelihood - kl_divergence(q, prior).item(), abs=1e-5)
    assert elbo.error < 1e-6
    gap = kl_divergence(q, MultivariateNormal(torch.tensor(MEAN), torch.tensor(COVARIANCE)))
    assert EVIDENCE - elbo.value == pytest.approx(gap.item(), abs=1e-5)


def test_the_elbo_of_a_q_much_wider_than_the_likelihood_has_an_error() -> None:
    """-30 |z₁ - 0.3| has kinks no rule of a few nodes can follow; E|z₁ - c| of a Gaussian is known."""

    def likelihood(z: np.ndarray) -> np.ndarray:
        return -30 * np.abs(z[:, 0] - 0.3)

    mu, sd = np.array([0.1, 0.0]), np.array([2.0, 1.0])
    away = 2 * sd[0] * norm.pdf(0.1) + 0.2 * (2 * norm.cdf(0.1) - 1)  # folded normal
    kl = 0.5 * (mu**2 + sd**2 - 1 - 2 * np.log(sd)).sum()
    elbo = true_posterior.elbo(likelihood, mu, sd)
    assert abs(elbo.value - (-30 * away - kl)) < 2 * elbo.error < 2


@pytest.mark.parametrize("frequency", [5.0, 12.0, 18.0, 36.0])
def test_the_elbo_of_a_q_much_wider_than_the_likelihoods_waves(frequency: float) -> None:
    """E[cos(w z)] of a Gaussian is exp(-w² sd²/2) cos(w mu): waves that too few places take for a plain."""

    def likelihood(z: np.ndarray) -> np.ndarray:
        return 5 * np.cos(frequency * (z[:, 0] - 0.1))

    mu, sd = np.array([0.1, 0.0]), np.array([0.7, 0.1])
    kl = 0.5 * (mu**2 + sd**2 - 1 - 2 * np.log(sd)).sum()
    expected = 5 * np.exp(-0.5 * (frequency * sd[0]) ** 2) - kl
    elbo = true_posterior.elbo(likelihood, mu, sd)
    assert elbo.value == pytest.approx(expected, abs=2 * elbo.error + 1e-6)


def test_two_peaks_of_unlike_width_are_both_found() -> None:
    """Each holds the integral of N(z; m, s²) N(z; 0, 1), which is N(m; 0, 1 + s²) in each dimension."""
    found = true_posterior.find(two_peaks, 2)
    narrow = norm.logpdf([2, 1], 0, np.sqrt(1 + 0.02**2)).sum()
    wide = 3 + norm.logpdf([-2, -1], 0, np.sqrt(1 + 0.3**2)).sum()
    assert found.log_evidence == pytest.approx(np.logaddexp(narrow, wide), abs=1e-4)
    right = found.probability[found.centres[:, 0] > 0].sum()
    assert right == pytest.approx(np.exp(narrow - np.logaddexp(narrow, wide)), abs=1e-4)


def test_a_bent_posterior_against_scipy() -> None:
    def likelihood(z: np.ndarray) -> np.ndarray:
        return norm.logpdf(1.0, z[:, 1] + np.square(z[:, 0]), 0.3)

    def joint(y: float, x: float) -> float:
        z = np.array([[x, y]])
        return float(np.exp(likelihood(z)[0] + norm.logpdf(z).sum()))

    evidence = dblquad(joint, -4, 4, -8, 4, epsabs=1e-4, epsrel=1e-4)[0]
    assert true_posterior.find(likelihood, 2).log_evidence == pytest.approx(np.log(evidence), abs=1e-3)


def test_one_dimension_against_scipy() -> None:
    def likelihood(z: np.ndarray) -> np.ndarray:
        return norm.logpdf(1.3, np.sin(3 * z[:, 0]) + z[:, 0], 0.2)

    def joint(z: float) -> float:
        return float(np.exp(likelihood(np.array([[z]]))[0]) * norm.pdf(z))

    found = true_posterior.find(likelihood, 1)
    assert found.log_evidence == pytest.approx(np.log(quad(joint, -8, 8, limit=200)[0]), abs=1e-6)


def test_a_peak_beyond_the_prior_is_found_near_q() -> None:
    far = np.array([9.0, 0.0])

    def likelihood(z: np.ndarray) -> np.ndarray:
        return norm.logpdf(z, far, 0.05).sum(axis=1)

    exact = norm.logpdf(far, 0, np.sqrt(1 + 0.05**2)).sum()
    found = true_posterior.find(likelihood, 2, [(far, np.sqrt([0.04, 0.04]))])
    assert found.log_evidence == pytest.approx(exact, abs=1e-5)


@pytest.mark.parametrize(("far", "sd"), [(8.0, 0.7), (7.3, 0.4), (11.0, 1.0)])
def test_the_grid_grows_where_its_border_holds_mass(far: float, sd: float) -> None:
    """A posterior that begins within REACH and goes on beyond it: product of two Gaussians."""
    place = np.array([0.0, far])

    def likelihood(z: np.ndarray) -> np.ndarray:
        return norm.logpdf(z, place, sd).sum(axis=1)

    exact = norm.logpdf(place, 0, np.sqrt(1 + sd**2)).sum()
    found = true_posterior.find(likelihood, 2)
    beyond = found.probability[np.square(found.centres).sum(axis=1) > true_posterior.REACH**2].sum()
    assert beyond > 0.01
    assert found.log_evidence == pytest.approx(exact, abs=1e-4)


def test_the_grid_does_not_grow_for_nothing() -> None:
    looked: list[int] = []

    def likelihood(z: np.ndarray) -> np.ndarray:
        looked.append(len(z))
        return np.zeros(len(z))

    assert true_posterior.find(likelihood, 2).log_evidence == pytest.approx(0, abs=1e-6)
    assert sum(looked[:-1]) < 1.1 * looked[0] + 2000


def test_the_peak_is_the_highest_cell() -> None:
    np.testing.assert_allclose(true_posterior.find(two_peaks, 2).peak, [2, 1], atol=0.01)


def test_depth_is_the_distance_in_standard_deviations(found: TruePosterior) -> None:
    x, y, depth = found.depth(MEAN - 0.3, MEAN + 0.3, most=1000)
    z = np.stack(np.meshgrid(x, y), axis=-1) - MEAN
    distance = np.sqrt(np.einsum("hwi,ij,hwj->hw", z, np.linalg.inv(COVARIANCE), z))
    inside = np.isfinite(depth)
    near = inside & (distance > 0.5)  # at the peak itself the highest cell is not the peak
    np.testing.assert_allclose(depth[near], distance[near], atol=0.05)
    assert (distance[~inside] > 4).all()


def test_two_narrow_peaks_far_apart_are_drawn_in_few_places() -> None:
    """At the finest cell the box around them would hold tens of millions."""

    def likelihood(z: np.ndarray) -> np.ndarray:
        peaks = [norm.logpdf(z, place, 0.004).sum(axis=1) for place in ([-2.5, -2.5], [2.5, 2.5])]
        return np.asarray(np.logaddexp(*peaks))

    found = true_posterior.find(likelihood, 2)
    low, high = found.box()
    assert np.prod((high - low) / found.width) > 1e7
    x, y, depth = found.depth(low, high, most=250)
    assert max(depth.shape) <= 250
    assert (len(y), len(x)) == depth.shape
    peaks = np.argwhere(depth < 0.5)
    np.testing.assert_allclose(np.unique(x[peaks[:, 1]].round(1)), [-2.5, 2.5])
    np.testing.assert_allclose(x[peaks[:, 1]], y[peaks[:, 0]], atol=0.05)


def test_joined_cells_keep_the_place_of_the_contours() -> None:
    found = true_posterior.find(two_peaks, 2)
    low, high = [1.9, 0.9], [2.1, 1.1]  # around the narrow peak
    fine, coarse = (found.depth(low, high, most=most) for most in (1000, 9))
    assert max(coarse[2].shape) <= 9 < max(fine[2].shape)
    for x, y, depth in (fine, coarse):
        rows, columns = np.nonzero(depth < 2)
        highest = np.array([x[columns].mean(), y[rows].mean()])
        np.testing.assert_allclose(highest, [2, 1], atol=0.01)


def test_a_very_wide_q_does_not_make_millions_of_cells() -> None:
    looked: list[int] = []

    def likelihood(z: np.ndarray) -> np.ndarray:
        looked.append(len(z))
        return linear(z)

    found = true_posterior.find(likelihood, 2, [(np.zeros(2), np.full(2, 20.0))])
    assert max(looked) < 30_000
    assert found.log_evidence == pytest.approx(EVIDENCE, abs=1e-6)
    assert not found.is_capped


def test_cells_stop_at_their_limit_and_this_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    fine = true_posterior.find(two_peaks, 2)
    monkeypatch.setattr(true_posterior, "MOST", 20_000)
    found = true_posterior.find(two_peaks, 2)
    assert found.is_capped
    assert not fine.is_capped
    assert len(found.log_joint) <= 20_000
    assert found.width > fine.width
    assert abs(found.log_evidence - fine.log_evidence) < found.grid_error < 0.1


def test_shares_of_the_posterior(found: TruePosterior) -> None:
    low, high = found.box(0.99)
    reach = np.sqrt(chi2(2).ppf(0.99) * np.diag(COVARIANCE))
    np.testing.assert_allclose(low, MEAN - reach, atol=2 * found.width)
    np.testing.assert_allclose(high, MEAN + reach, atol=2 * found.width)
    draws = np.random.default_rng(0).multivariate_normal(MEAN, COVARIANCE, 100_000)
    away = np.square((draws - Q[0]) / Q[1]).sum(axis=1)
    assert found.mass_within(*Q, 2.0) == pytest.approx(np.mean(away <= 4), abs=0.01)


def test_more_dimensions_are_refused() -> None:
    with pytest.raises(ValueError, match="1 or 2 latent dimensions, got 3"):
        true_posterior.find(linear, 3)
