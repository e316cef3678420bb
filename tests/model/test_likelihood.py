"""The price of a pixel against the distributions of PyTorch."""

import numpy as np
import pytest
import torch
from torch.distributions import Bernoulli, ContinuousBernoulli, Normal

from vae.model import likelihood
from vae.training import elbo

LOGITS = np.linspace(-30, 30, 121)
MEANS = np.linspace(0.01, 0.99, 99)


@pytest.mark.parametrize("x", [0.0, 1.0])
def test_black_and_white_pixels_cost_what_a_bernoulli_says(x: float) -> None:
    coin = Bernoulli(logits=torch.tensor(LOGITS))
    expected = -coin.log_prob(torch.tensor(x, dtype=torch.float64))
    got = likelihood.bernoulli_nll(LOGITS, np.asarray(x))
    np.testing.assert_allclose(got, expected, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("x", [0.0, 0.3, 0.5, 1.0])
def test_a_grey_pixel_costs_what_the_mixture_of_both_says(x: float) -> None:
    coin = Bernoulli(torch.tensor(MEANS))
    white, black = (-coin.log_prob(torch.tensor(value, dtype=torch.float64)) for value in (1.0, 0.0))
    got = likelihood.bernoulli_nll(likelihood.logit(MEANS), np.asarray(x))
    np.testing.assert_allclose(got, x * white + (1 - x) * black, rtol=1e-12)


@pytest.mark.parametrize("sd", [0.05, 0.4, 1.0])
def test_a_gaussian_pixel_costs_what_the_normal_density_says(sd: float) -> None:
    expected = -Normal(torch.tensor(MEANS), sd).log_prob(torch.tensor(0.3, dtype=torch.float64))
    got = likelihood.gaussian_nll(MEANS, np.asarray(0.3), 2 * np.log(sd))
    np.testing.assert_allclose(got, expected, rtol=1e-12)


def test_the_floor_is_what_a_decoder_pays_whose_mean_is_the_image() -> None:
    images = torch.rand(5, 6 * 4 * 3, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    expected = elbo.bernoulli_nll(images.logit(), images)
    floor = likelihood.bernoulli_floor(images.reshape(5, 6, 4, 3).numpy())
    np.testing.assert_allclose(floor, expected, rtol=1e-5)  # the one in the loss works in float32 at least
    other = likelihood.bernoulli_nll(likelihood.logit(images.numpy() * 0.98 + 0.01), images.numpy())
    assert (floor < other.sum(axis=1)).all()


def test_black_and_white_images_have_no_floor() -> None:
    np.testing.assert_allclose(likelihood.bernoulli_floor(np.array([[0.0, 1.0, 1.0, 0.0]])), 0, atol=1e-12)


def test_a_saturated_pixel_costs_its_logit_and_not_infinitely_much() -> None:
    logits = np.array([-120.0, 120.0], np.float32)
    np.testing.assert_allclose(likelihood.bernoulli_nll(logits, np.array([1.0, 0.0], np.float32)), 120)
    np.testing.assert_array_equal(likelihood.bernoulli_nll(logits, np.array([0.0, 1.0], np.float32)), 0)


@pytest.mark.parametrize("logit", [-40.0, -3.0, -1e-5, 0.0, 1e-3, 0.8, 12.0])
def test_the_cross_entropy_of_grey_pixels_is_no_density(logit: float) -> None:
    """Against the trapezium rule, and PyTorch's normaliser."""
    x = np.linspace(0, 1, 200_001)
    area = np.trapezoid(np.exp(-likelihood.bernoulli_nll(np.array(logit), x)), x)
    got = float(likelihood.bernoulli_log_integral(np.array(logit)))
    assert got == pytest.approx(np.log(area), abs=1e-6)
    if 1e-3 < abs(logit) < 15:
        normaliser = ContinuousBernoulli(
            logits=torch.tensor(logit, dtype=torch.float64)
        )._cont_bern_log_norm()
        assert got == pytest.approx(-float(normaliser), abs=1e-5)
