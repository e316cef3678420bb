"""The prior against SciPy's normal distributions and its own draws."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.stats import chi2, multivariate_normal, norm

from vae.latent import prior


def test_samples_are_standard_normal_and_repeatable() -> None:
    z = prior.samples(20_000, 2, seed=3)
    assert_array_equal(z, prior.samples(20_000, 2, seed=3))
    assert_allclose(z.mean(axis=0), 0, atol=0.03)
    assert_allclose(np.cov(z.T), np.eye(2), atol=0.04)


def test_log_prob_is_that_of_a_normal_and_its_mean_that_of_the_draws() -> None:
    z = prior.samples(20_000, 5, seed=1)
    log_p = prior.log_prob(z)
    assert_allclose(log_p, multivariate_normal(np.zeros(5), np.eye(5)).logpdf(z))
    assert prior.mean_log_prob(5) == pytest.approx(log_p.mean(), abs=0.05)


@pytest.mark.parametrize("radius", [0.0, 0.5, 1.0, 2.0, 3.0])
def test_mass_is_that_of_a_plane_s_normal(radius: float) -> None:
    assert prior.mass(radius) == pytest.approx(chi2(df=2).cdf(radius**2), abs=1e-12)


def test_quantiles_are_those_of_the_source_s_grid() -> None:
    """Its `norm.ppf(np.linspace(0.05, 0.95, 15))`."""
    extent = float(norm.ppf(0.95))
    assert_allclose(prior.quantiles(15, extent), norm.ppf(np.linspace(0.05, 0.95, 15)), atol=1e-12)
    with pytest.raises(ValueError, match="an extent above 0"):
        prior.quantiles(15, 0.0)


def test_no_samples_are_refused() -> None:
    with pytest.raises(ValueError, match="at least 1"):
        prior.samples(0, 2, 0)
    with pytest.raises(ValueError, match=r"z must have shape \(N, D\)"):
        prior.log_prob([0.0])
