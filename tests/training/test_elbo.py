"""The ELBO's terms against independent oracles: torch.distributions, NumPy, quadrature, PPCA, scipy."""

import math

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from scipy.stats import multivariate_normal
from sklearn.decomposition import PCA
from torch import Tensor
from torch.distributions import Bernoulli, Normal, kl_divergence

from vae.training.elbo import Posterior, bernoulli_nll, gaussian_nll

DOUBLE = torch.float64


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def normal(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(*shape, dtype=DOUBLE, generator=generator(seed))


def random_posterior(batch: int = 7, dims: int = 3) -> Posterior:
    return Posterior(2 * normal(batch, dims), 3 * normal(batch, dims, seed=1))


def log_prob(z: Tensor, mean: Tensor | float = 0.0, sd: Tensor | float = 1.0) -> Tensor:
    """log N(z; mean, diag(sd²)), (...,) nats."""
    return Normal(mean, sd).log_prob(z).sum(dim=-1)


def leaf(values: Tensor) -> Tensor:
    return values.clone().requires_grad_()


def test_kl_matches_torch_distributions() -> None:
    q = random_posterior()
    expected = kl_divergence(Normal(q.mu, q.sd), Normal(torch.zeros_like(q.mu), torch.ones_like(q.mu)))
    torch.testing.assert_close(q.kl_per_dim(), expected, rtol=1e-12, atol=1e-12)
    torch.testing.assert_close(q.kl(), expected.sum(dim=1), rtol=1e-12, atol=1e-12)


def test_kl_matches_monte_carlo() -> None:
    mu, log_var = torch.tensor([[0.7, -1.2]], dtype=DOUBLE), torch.tensor([[-1.0, 0.5]], dtype=DOUBLE)
    q = Posterior(mu.expand(400_000, 2), log_var.expand(400_000, 2))
    z = q.rsample(generator())
    draws = log_prob(z, q.mu, q.sd) - log_prob(z)
    standard_error = draws.std() / math.sqrt(len(draws))
    assert abs(draws.mean() - q.kl()[0]) < 5 * standard_error
    assert standard_error < 0.01 * q.kl()[0]


def test_kl_is_exact_near_the_prior() -> None:
    log_var = torch.full((1, 1), 1e-6, dtype=DOUBLE)
    kl = Posterior(torch.zeros_like(log_var), log_var).kl().item()
    assert kl == pytest.approx(0.25e-12 * (1 + 1e-6 / 3), rel=1e-8, abs=0)  # series of (exp(v) - 1 - v) / 2


def test_kl_is_zero_for_the_prior_and_positive_elsewhere() -> None:
    assert Posterior(torch.zeros(1, 4), torch.zeros(1, 4)).kl().item() == 0
    assert (random_posterior().kl_per_dim() > 0).all()


def test_samples_have_the_mean_and_sd_of_the_posterior() -> None:
    mu, log_var = torch.tensor([1.0, -2.0]), torch.tensor([-2.0, 1.0])
    draws = Posterior(mu.expand(100_000, 2), log_var.expand(100_000, 2)).rsample(generator())
    sd = (0.5 * log_var).exp()
    assert ((draws.mean(dim=0) - mu).abs() < 5 * sd / math.sqrt(len(draws))).all()
    assert ((draws.std(dim=0) / sd - 1).abs() < 5 / math.sqrt(2 * len(draws))).all()


def test_samples_repeat_with_the_same_generator() -> None:
    q = random_posterior()
    assert torch.equal(q.rsample(generator(3)), q.rsample(generator(3)))
    assert not torch.equal(q.rsample(generator(3)), q.rsample(generator(4)))


def test_gradients_of_the_kl_and_of_the_samples() -> None:
    q = random_posterior(4, 2)
    inputs = (leaf(q.mu), leaf(q.log_var))
    assert torch.autograd.gradcheck(lambda mu, log_var: Posterior(mu, log_var).kl(), inputs)
    assert torch.autograd.gradcheck(lambda mu, log_var: Posterior(mu, log_var).rsample(generator()), inputs)


def test_gradients_of_the_nll() -> None:
    logits, x = leaf(3 * normal(4, 5)), torch.rand(4, 5, dtype=DOUBLE, generator=generator(1))
    log_var = leaf(torch.tensor(-1.0, dtype=DOUBLE))
    assert torch.autograd.gradcheck(lambda logits: bernoulli_nll(logits, x), (logits,))
    assert torch.autograd.gradcheck(lambda mean, v: gaussian_nll(mean, x, v), (logits, log_var))


def test_bernoulli_nll_matches_torch_distributions_on_binary_pixels() -> None:
    logits, x = 3 * normal(4, 6), (normal(4, 6, seed=1) > 0).to(DOUBLE)
    expected = -Bernoulli(probs=logits.sigmoid()).log_prob(x).sum(dim=1)
    torch.testing.assert_close(bernoulli_nll(logits, x), expected, rtol=1e-10, atol=1e-10)


def test_bernoulli_nll_matches_numpy_on_grey_pixels() -> None:
    logits, x = 3 * normal(4, 6), torch.rand(4, 6, dtype=DOUBLE, generator=generator(1))
    p, grey = 1 / (1 + np.exp(-logits.numpy())), x.numpy()
    expected = -(grey * np.log(p) + (1 - grey) * np.log(1 - p)).sum(axis=1)
    np.testing.assert_allclose(bernoulli_nll(logits, x), expected, rtol=1e-12)


def test_bernoulli_nll_of_a_confident_mistake_is_finite() -> None:
    nll = bernoulli_nll(torch.tensor([[-200.0, 200.0]]), torch.tensor([[1.0, 0.0]]))
    assert nll.item() == pytest.approx(400.0)


def test_gaussian_nll_matches_torch_distributions() -> None:
    mean, x, log_var = normal(4, 6), normal(4, 6, seed=1), torch.tensor(-3.0, dtype=DOUBLE)
    expected = -Normal(mean, (0.5 * log_var).exp()).log_prob(x).sum(dim=1)
    torch.testing.assert_close(gaussian_nll(mean, x, log_var), expected, rtol=1e-12, atol=0)


@pytest.mark.parametrize("pixel", [2.0, 1.001, -0.001, math.nan, math.inf, -math.inf])
def test_pixels_outside_the_unit_range_are_rejected(pixel: float) -> None:
    x = torch.tensor([[0.5, pixel, 0.1]])
    with pytest.raises(ValueError, match=r"Pixels must lie in \[0, 1\], got"):
        bernoulli_nll(torch.zeros(1, 3), x)


def test_a_batch_may_be_empty() -> None:
    assert bernoulli_nll(torch.zeros(0, 3), torch.zeros(0, 3)).shape == (0,)


@pytest.mark.parametrize("half", [torch.bfloat16, torch.float16])
def test_kl_and_nll_of_half_precision_are_computed_in_float32(half: torch.dtype) -> None:
    mu, log_var, x = (normal(5, 300, seed=seed).to(half) for seed in range(3))
    q = Posterior(mu, log_var)
    assert q.kl().dtype == torch.float32
    exact = Posterior(mu.double(), log_var.double()).kl()
    torch.testing.assert_close(q.kl().double(), exact, rtol=1e-5, atol=0)
    nll, exact = bernoulli_nll(mu, x.sigmoid()), bernoulli_nll(mu.double(), x.sigmoid().double())
    torch.testing.assert_close(nll.double(), exact, rtol=1e-5, atol=0)


def ppca() -> tuple[PCA, NDArray[np.float64]]:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(300, 3)) @ rng.normal(size=(3, 8)) + 0.3 * rng.normal(size=(300, 8)) + 5
    return PCA(n_components=3, svd_solver="full").fit(x), x


def test_linear_vae_at_the_ppca_optimum_has_the_log_likelihood_of_pca() -> None:
    """Its posterior is diagonal there, so the bound is tight (Lucas et al., Don't Blame the ELBO!, 2019)."""
    pca, data = ppca()
    x, mean = torch.from_numpy(data), torch.from_numpy(pca.mean_)
    variance = torch.from_numpy(pca.explained_variance_)
    noise = torch.tensor(pca.noise_variance_, dtype=DOUBLE)
    W = torch.from_numpy(pca.components_.T) * (variance - noise).sqrt()  # (8, D), orthogonal columns
    q = Posterior((x - mean) @ W / variance, (noise / variance).log().expand(len(x), 3))
    steps = math.sqrt(3) * torch.cat((torch.eye(3), -torch.eye(3))).to(DOUBLE)  # (2D, D)
    points = q.mu + steps[:, None, :] * q.sd  # (2D, N, D): their mean is exact for quadratics in z
    nll = gaussian_nll(points @ W.T + mean, x, noise.log()).mean(dim=0)
    elbo = -(nll + q.kl())
    np.testing.assert_allclose(elbo, pca.score_samples(data), rtol=1e-9)
    assert elbo.mean().item() == pytest.approx(pca.score(data), rel=1e-9)


class LinearGaussian:
    """x = W z + noise of variance 0.2, whose posterior and likelihood are known; z (2,), x (5,)."""

    noise = 0.2

    def __init__(self) -> None:
        self.W = torch.linalg.qr(normal(5, 2)).Q * torch.tensor([2.0, 0.7], dtype=DOUBLE)
        self.x = normal(1, 5, seed=1)
        precision = 1 + self.W.square().sum(dim=0) / self.noise
        self.posterior = Posterior(self.x @ self.W / self.noise / precision, -precision.log()[None])

    @property
    def log_likelihood(self) -> float:
        covariance = self.W @ self.W.T + self.noise * torch.eye(5, dtype=DOUBLE)
        return float(multivariate_normal(np.zeros(5), covariance.numpy()).logpdf(self.x.numpy()[0]))

    def bounds(self, q: Posterior, samples: int, repeats: int) -> Tensor:
        """The importance-weighted bound, (repeats,) times."""
        wide = Posterior(q.mu.expand(samples * repeats, 2), q.log_var.expand(samples * repeats, 2))
        z = wide.rsample(generator())
        nll = gaussian_nll(z @ self.W.T, self.x, torch.tensor(self.noise, dtype=DOUBLE).log())
        weights = log_prob(z) - nll - log_prob(z, wide.mu, wide.sd)
        return weights.reshape(samples, repeats).logsumexp(dim=0) - math.log(samples)


def test_importance_weighted_bound_is_tight_at_the_true_posterior() -> None:
    model = LinearGaussian()
    for samples in (1, 2, 50):
        bound = model.bounds(model.posterior, samples, repeats=20)
        np.testing.assert_allclose(bound, model.log_likelihood, rtol=1e-10)


def test_importance_weighted_bound_rises_to_the_log_likelihood() -> None:
    model = LinearGaussian()
    q = Posterior(model.posterior.mu + 0.3, model.posterior.log_var + 0.8)
    means = [model.bounds(q, samples, 2000).mean().item() for samples in (1, 2, 5, 20, 100)]
    assert means == sorted(means)
    assert means[-1] < model.log_likelihood + 0.005
    assert model.bounds(q, 100_000, 1).item() == pytest.approx(model.log_likelihood, abs=0.02)


def test_elbo_lies_below_the_log_likelihood_by_the_kl_of_the_posteriors() -> None:
    model = LinearGaussian()
    exact, q = model.posterior, Posterior(model.posterior.mu + 0.3, model.posterior.log_var + 0.8)
    gap = kl_divergence(Normal(q.mu, q.sd), Normal(exact.mu, exact.sd)).sum().item()
    single = model.bounds(q, 1, 200_000)
    standard_error = single.std().item() / math.sqrt(len(single))
    assert gap > 0.1
    assert single.mean().item() == pytest.approx(model.log_likelihood - gap, abs=5 * standard_error)
