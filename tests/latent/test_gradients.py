"""Estimators of gradients against exact gradients and variances, quadrature and PyTorch."""

import numpy as np
import pytest
import torch
from scipy.integrate import quad
from torch.distributions import Normal, kl_divergence

from vae.latent.gradients import coin, gaussian

MEAN, SD, K = 0.7, 0.4, 200_000
EPS = np.random.default_rng(0).standard_normal((K, 1))
Z = MEAN + SD * EPS
SQUARES = gaussian.estimates(Z[:, 0] ** 2, 2 * Z, [MEAN], [SD], EPS)
SQUARES_NOT_CENTRED = gaussian.estimates(Z[:, 0] ** 2 - 50, 2 * Z, [MEAN], [SD], EPS)


@pytest.mark.parametrize("name", ["pathwise", "score", "baseline"])
def test_each_way_finds_the_gradient_of_the_elbo(name: str) -> None:
    """Where log p(x|z) is z² in each dimension, whose mean is mu² + sd²."""
    mu, sd = torch.tensor([MEAN, -0.2]).requires_grad_(), torch.tensor([SD, 1.3])
    elbo = (mu.square() + sd.square()).sum() - kl_divergence(Normal(mu, sd), Normal(0.0, 1.0)).sum()
    elbo.backward()
    assert mu.grad is not None
    eps = np.random.default_rng(1).standard_normal((K, 2))
    z = mu.detach().numpy() + sd.numpy() * eps
    found = gaussian.estimates(np.square(z).sum(axis=1), 2 * z, mu.detach(), sd, eps)
    values = getattr(found, name)
    error = values.std(axis=0) / np.sqrt(K)
    assert (np.abs(values.mean(axis=0) - mu.grad.numpy()) < 4 * error).all()
    assert found.elbo.mean() == pytest.approx(elbo.item(), abs=4 * found.elbo.std() / np.sqrt(K))


def test_their_spread_is_the_one_that_moments_of_the_gaussian_give() -> None:
    variance = {
        "pathwise": 4 * SD**2,
        "score": MEAN**4 / SD**2 + 14 * MEAN**2 + 15 * SD**2,  # E[z⁴ eps²] / sd² - (2 mu)²
    }
    for name, expected in variance.items():
        assert gaussian.deviation(getattr(SQUARES, name)) == pytest.approx(expected**0.5, rel=0.02)


def test_a_baseline_takes_away_what_all_draws_share() -> None:
    """As log p(x|z) = -50 + ...: the score alone multiplies all of it with noise."""
    far, near = SQUARES_NOT_CENTRED, SQUARES
    assert gaussian.deviation(far.score) > 20 * gaussian.deviation(near.score)
    assert gaussian.deviation(far.baseline) == pytest.approx(gaussian.deviation(near.baseline), rel=1e-6)
    np.testing.assert_allclose(far.pathwise, near.pathwise)


def test_steps_of_more_draws_spread_less_by_the_root_of_their_number() -> None:
    for draws in (1, 10, 100):
        means = gaussian.steps(SQUARES.score, draws, 2000)
        assert means.shape == (2000, 1)
        expected = gaussian.deviation(SQUARES.score) / draws**0.5
        assert gaussian.deviation(means) == pytest.approx(expected, rel=0.08)


@pytest.mark.parametrize("temperature", [0.2, 0.5, 2.0])
@pytest.mark.parametrize("p", [0.2, 0.6])
def test_the_pathwise_gradient_of_a_relaxed_coin_is_that_of_its_expected_loss(
    temperature: float, p: float
) -> None:
    def expected(at: float) -> float:
        return quad(lambda u: float(coin.loss(coin.relaxed(at, u, temperature))), 0, 1, limit=200)[0]

    slope = (expected(p + 1e-3) - expected(p - 1e-3)) / 2e-3
    mean = quad(lambda u: float(coin.pathwise(p, np.array(u), temperature)), 0, 1, limit=200)[0]
    assert mean == pytest.approx(slope, abs=1e-4)


def test_a_coin_falls_as_often_as_p_says_and_only_the_score_knows_its_gradient() -> None:
    u = (np.arange(10_000) + 0.5) / 10_000
    z = coin.relaxed(0.3, u, 0)
    assert set(np.unique(z)) == {0.0, 1.0}
    assert z.mean() == pytest.approx(0.3, abs=1e-3)
    assert not coin.pathwise(0.3, u, 0).any()
    assert coin.score(0.3, u).mean() == pytest.approx(coin.gradient(), abs=1e-3)
    assert coin.gradient() == pytest.approx(0.55**2 - 0.45**2)
    np.testing.assert_allclose(coin.relaxed(0.3, u, 1e-3).mean(), 0.3, atol=1e-3)
