"""The price of a pixel against the distributions of PyTorch."""

import numpy as np
import pytest
import torch
from torch.distributions import Bernoulli, Normal

from vae.model import likelihood
from vae.training import elbo

MEANS = np.linspace(0.01, 0.99, 99)


@pytest.mark.parametrize("x", [0.0, 1.0])
def test_black_and_white_pixels_cost_what_a_bernoulli_says(x: float) -> None:
    expected = -Bernoulli(torch.tensor(MEANS)).log_prob(torch.tensor(x, dtype=torch.float64))
    np.testing.assert_allclose(likelihood.bernoulli_nll(MEANS, x), expected, rtol=1e-12)


@pytest.mark.parametrize("x", [0.0, 0.3, 0.5, 1.0])
def test_a_grey_pixel_costs_what_the_mixture_of_both_says(x: float) -> None:
    coin = Bernoulli(torch.tensor(MEANS))
    white, black = (-coin.log_prob(torch.tensor(value, dtype=torch.float64)) for value in (1.0, 0.0))
    np.testing.assert_allclose(likelihood.bernoulli_nll(MEANS, x), x * white + (1 - x) * black, rtol=1e-12)


@pytest.mark.parametrize("sd", [0.05, 0.4, 1.0])
def test_a_gaussian_pixel_costs_what_the_normal_density_says(sd: float) -> None:
    expected = -Normal(torch.tensor(MEANS), sd).log_prob(torch.tensor(0.3, dtype=torch.float64))
    np.testing.assert_allclose(likelihood.gaussian_nll(MEANS, 0.3, sd), expected, rtol=1e-12)


def test_the_floor_is_what_a_decoder_pays_whose_mean_is_the_image() -> None:
    images = torch.rand(5, 784, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    expected = elbo.bernoulli_nll(images.logit(), images)
    floor = likelihood.bernoulli_floor(images.reshape(5, 28, 28).numpy())
    np.testing.assert_allclose(floor, expected, rtol=1e-5)  # the one in the loss works in float32 at least
    other = likelihood.bernoulli_nll(images.numpy() * 0.98 + 0.01, images.numpy()).sum(axis=1)
    assert (floor < other).all()


def test_a_saturated_mean_costs_much_and_not_infinitely() -> None:
    assert likelihood.bernoulli_nll(0.0, 0.0) == pytest.approx(0.0, abs=1e-6)
    assert 15 < likelihood.bernoulli_nll(1.0, 0.0) < 17
