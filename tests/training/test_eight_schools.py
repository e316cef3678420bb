"""Eight schools: the model against SciPy, the exact posterior against quadrature, methods against both."""

import math
import sys

import numpy as np
import pytest
import torch
from scipy import integrate, stats
from torch.distributions import MultivariateNormal

from vae.errors import Unusable
from vae.training.adversarial.critic import AT_CHANCE
from vae.training.studies.eight_schools import exact, gaussian, hmc, method, study
from vae.training.studies.eight_schools.adversarial import Game, fit
from vae.training.studies.eight_schools.model import D, S, Y, expected_log_joint, log_joint, log_likelihood

TRUTH = exact.posterior(301)


def some(count: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(count, D, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def test_the_log_joint_is_scipy_s() -> None:
    z = some(5).numpy()
    mu, tau, eta = z[:, :1], z[:, 1:2], z[:, 2:]
    expected = stats.norm.logpdf(z).sum(axis=1) + stats.norm.logpdf(Y, mu + tau * eta, S).sum(axis=1)
    np.testing.assert_allclose(log_joint(torch.from_numpy(z)), expected, rtol=1e-12)


def test_the_posterior_is_its_own_mirror_image() -> None:
    z = some(5)
    torch.testing.assert_close(log_joint(z * torch.tensor([1.0] + [-1.0] * 9)), log_joint(z))


def test_the_expected_log_joint_is_that_of_draws() -> None:
    mean, root = some(1)[0], 0.4 * some(D, 1)
    q = MultivariateNormal(mean, root @ root.T + 0.1 * torch.eye(D))
    torch.manual_seed(2)
    values = log_joint(q.sample((200_000,)))
    found = expected_log_joint(mean, q.covariance_matrix)
    assert abs(found - values.mean()) < 4 * values.std() / math.sqrt(len(values))


def test_eta_is_integrated_out() -> None:
    mu, tau = 0.4, -0.9

    def density(eta: float, y: float, s: float) -> float:
        return float(stats.norm.pdf(eta) * stats.norm.pdf(y, mu + tau * eta, s))

    each = [integrate.quad(density, -9, 9, args)[0] for args in zip(Y, S, strict=True)]
    expected = np.log(each).sum() + stats.norm.logpdf([mu, tau]).sum()
    assert exact.log_marginal_joint(mu, tau) == pytest.approx(expected, abs=1e-7)


def test_joint_and_marginal_leave_the_density_of_eta() -> None:
    z = some(6)
    mu, tau, eta = z[:, 0].numpy(), z[:, 1].numpy(), z[:, 2:].numpy()
    given = stats.norm.logpdf(eta, *exact.eta_given(mu, tau)).sum(axis=1)
    np.testing.assert_allclose(log_joint(z).numpy() - exact.log_marginal_joint(mu, tau), given, rtol=1e-9)


def test_the_evidence_is_that_of_quadrature() -> None:
    def inner(tau: float) -> float:
        return float(integrate.quad(lambda mu: math.exp(float(exact.log_marginal_joint(mu, tau))), -4, 5)[0])

    evidence = 2 * integrate.quad(inner, 0, 6, epsabs=1e-10)[0]
    assert TRUTH.log_evidence == pytest.approx(math.log(evidence), abs=1e-4)


def test_exact_draws_have_the_posterior_s_moments() -> None:
    z, moments = TRUTH.draws(20_000, 0), TRUTH.moments()
    error = 4 / math.sqrt(len(z))
    assert z[:, 0].mean() == pytest.approx(moments["mu"], abs=error * moments["mu_sd"])
    assert z[:, 0].std() == pytest.approx(moments["mu_sd"], rel=error)
    assert np.abs(z[:, 1]).mean() == pytest.approx(moments["abs_tau"], abs=error * z[:, 1].std())
    assert (z[:, 1] > 0).mean() == pytest.approx(0.5, abs=error / 2)


def test_the_density_of_tau_and_eta_is_that_of_draws() -> None:
    z, edges = TRUTH.draws(200_000, 1), np.linspace(-1.5, 1.5, 7)
    counts, *_ = np.histogram2d(z[:, 2], z[:, 1], [edges, edges])
    fine = np.linspace(-1.5, 1.5, 121)
    middles = (fine[1:] + fine[:-1]) / 2
    mass = TRUTH.tau_eta_density(middles, middles).reshape(6, 20, 6, 20).sum(axis=(1, 3)) * (3 / 120) ** 2
    np.testing.assert_allclose(counts / len(z), mass, atol=4 * math.sqrt(0.1 / len(z)))


def test_the_full_rank_kl_is_that_of_draws() -> None:
    """log p(y) less the exact ELBO, beside the mean of log q - log p(z|y) over draws."""
    generator = torch.Generator().manual_seed(0)
    q = gaussian.Gaussian(generator, full_rank=True).double()
    q.below.data = 0.3 * some(D, 3)
    with torch.no_grad():
        closed, scale = TRUTH.log_evidence - q.elbo(), q.scale()
    z = q.mean.detach() + some(100_000, 4) @ scale.T
    log_ratio = MultivariateNormal(q.mean, scale_tril=scale).log_prob(z) - log_joint(z) + TRUTH.log_evidence
    assert abs(closed - log_ratio.mean()) < 4 * log_ratio.std() / math.sqrt(len(z))


@pytest.mark.parametrize("full_rank", [True, False])
def test_variational_bayes_takes_one_mode_and_its_tilt_if_it_may(full_rank: bool) -> None:
    draws = list(gaussian.fit(0, full_rank=full_rank, steps=200))[-1](40_000)
    assert abs(draws[:, 1].mean()) > 2 * draws[:, 1].std()
    tilt = (torch.corrcoef(draws.T) - torch.eye(D)).abs().max()
    assert (tilt > 0.2) == full_rank


def test_before_it_has_learnt_the_contrasted_critic_knows_a_gaussian() -> None:
    """T + log r is then constant, and the loss that of a Gaussian's entropy."""
    game, again = (Game(3, adaptive=True) for _ in range(2))
    z = again.q(torch.randn(256, 32, generator=again.generator))
    expected = (0.5 * z.square().sum(dim=1) - log_likelihood(z)).mean() - z.std(dim=0).log().sum()
    torch.testing.assert_close(game.loss(), expected)


def test_without_contrast_the_critic_begins_knowing_nothing() -> None:
    assert Game(3, adaptive=False).critic_loss().item() == pytest.approx(AT_CHANCE)


@pytest.mark.parametrize("adaptive", [True, False])
def test_a_fit_repeats_itself_and_moves(adaptive: bool) -> None:
    first, again = ([draw(50) for draw in fit(1, adaptive=adaptive, steps=3)] for _ in range(2))
    torch.testing.assert_close(first, again, rtol=0, atol=0)
    assert len(first) == 4
    means = [z.mean() for z in first]
    assert len(set(means)) == 4


def test_a_picture_is_the_density() -> None:
    low, high = study.VIEW[study.TAU]
    z = np.random.default_rng(0).normal(0, 0.7, (400_000, D))
    z[:, 0] += 0.75
    found = study.picture(z, "mu-tau")
    width_mu, width_tau = 3 / study.CELLS, (high - low) / study.CELLS
    assert found.sum() * width_mu * width_tau == pytest.approx(0.968, abs=0.005)  # P(|mu - 0.75| < 1.5)
    middle = stats.multivariate_normal([0.75, 0], 0.49 * np.eye(2)).pdf([0.75, 0])
    assert found[study.CELLS // 2, study.CELLS // 2] == pytest.approx(middle, rel=0.05)


def test_exact_draws_are_no_nats_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(study, "LOOKED_AT", (0, 1))
    monkeypatch.setattr(study, "ON_THE_WAY", 2_000)
    seeds = iter((1, 2))
    draws = [torch.from_numpy(TRUTH.draws(study.PICTURED, next(seeds))) for _ in range(2)]

    def given(z: torch.Tensor) -> method.Draw:
        return lambda _: z

    watched = study.watch(map(given, draws), TRUTH.draws(2_000, 3))
    assert watched.kl == pytest.approx([0, 0], abs=0.12)
    assert [each.shape for each in watched.pictures.values()] == [(2, study.CELLS, study.CELLS)] * 2


def test_the_rate_falls_along_a_cosine_to_its_floor() -> None:
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], 2.0)
    schedule = method.cosine(optimizer, 4, floor=0.1)
    rates = []
    for _ in range(5):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        schedule.step()
    assert rates[::2] == pytest.approx([2, 1.1, 0.2])


def test_a_missing_sampler_is_said_in_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "jax", None)
    with pytest.raises(Unusable, match=r"NumPyro.*pip install -r vae/training/studies/eight_schools/req"):
        hmc.sample(0)
