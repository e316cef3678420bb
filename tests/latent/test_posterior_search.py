"""The search against a model whose best q is known, and against torch; its noise."""

import numpy as np
import pytest
import torch
from torch.distributions import MultivariateNormal, Normal, kl_divergence

from tests.conftest import model_of
from vae.images.spec import ImageSpec
from vae.latent import posterior_search, true_posterior
from vae.model.config import LikelihoodName, ModelConfig, Network
from vae.model.numpy_vae import NumpyModel
from vae.training.vae import VAE

VARIANCE = 0.5


def linear_model(latent_dim: int) -> VAE:
    """A decoder without hidden layers and Gaussian pixels: p(z|x) is a Gaussian in closed form."""
    config = ModelConfig(latent_dim=latent_dim, hidden=(), likelihood="gaussian", pixel_variance=VARIANCE)
    model = model_of(config).eval()
    with torch.no_grad():
        list(model.encoder.parameters())[1][
            latent_dim:
        ] = -4  # raw log_var: within reach of the true one, as when trained
    return model


def numpy_of(model: VAE) -> NumpyModel:
    return NumpyModel(model.config, model.weights())


def exact(model: VAE, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Mean (B, D) and precision (D, D) of p(z|x), and log p(x) (B,), in float64."""
    weight, bias = (each.detach().double() for each in model.decoder[0].parameters())
    D = weight.shape[1]
    precision = torch.eye(D, dtype=torch.float64) + weight.T @ weight / VARIANCE
    mean = (x.double() - bias) @ weight @ torch.linalg.inv(precision) / VARIANCE
    noise = VARIANCE * torch.eye(len(bias), dtype=torch.float64)
    return mean, precision, MultivariateNormal(bias, weight @ weight.T + noise).log_prob(x.double())


@pytest.fixture
def images() -> np.ndarray:
    return np.random.default_rng(0).uniform(size=(3, 28, 28, 1)).astype(np.float32)


@pytest.mark.parametrize("latent_dim", [2, 3])
def test_the_search_ends_at_the_best_gaussian_with_independent_dimensions(
    latent_dim: int, images: np.ndarray
) -> None:
    """It has the true mean and one over the true precision's diagonal (Bishop, 2006, section 10.1.2)."""
    model = linear_model(latent_dim)
    mean, precision, evidence = exact(model, torch.tensor(images.reshape(3, -1)))
    best = Normal(mean, precision.diagonal().rsqrt())
    found = posterior_search.search(numpy_of(model), images, steps=400)
    tolerance = 0.02 if latent_dim == 2 else 0.1
    np.testing.assert_allclose(found.mu[-1], mean.numpy(), atol=tolerance)
    np.testing.assert_allclose(
        2 * np.log(found.sd[-1]), 2 * best.scale.log().expand(3, -1).numpy(), atol=tolerance
    )
    posterior = MultivariateNormal(mean, precision_matrix=precision)
    for state in (0, -1):
        factor = torch.tensor(found.sd[state]).double().diag_embed()
        q = MultivariateNormal(torch.tensor(found.mu[state]).double(), scale_tril=factor)
        elbo = evidence - kl_divergence(q, posterior)
        errors = np.maximum(4 * found.elbo_error[state], 2e-3)
        assert (np.abs(found.elbo[state] - elbo.numpy()) < errors).all()
    assert (found.gain > 4 * found.gain_error).all()


def test_only_draws_have_an_error(images: np.ndarray) -> None:
    flat, deep = (
        posterior_search.search(numpy_of(linear_model(D)), images, steps=3, kept=2, places=16) for D in (2, 3)
    )
    assert not flat.elbo_error.any()
    assert not flat.gain_error.any()
    assert (deep.elbo_error > 0).all()
    assert (deep.gain_error > 0).all()


def test_the_first_state_is_the_encoders_and_the_same_seed_gives_the_same(images: np.ndarray) -> None:
    model = numpy_of(linear_model(3))
    first, again = (posterior_search.search(model, images, steps=9, kept=4) for _ in range(2))
    encoded = model.encode(images)
    np.testing.assert_array_equal(first.mu[0], encoded.mu)
    np.testing.assert_array_equal(first.sd[0], encoded.sd)
    np.testing.assert_array_equal(first.steps, [0, 1, 4, 9])
    for name in ("mu", "sd", "elbo"):
        np.testing.assert_array_equal(getattr(first, name), getattr(again, name))


@pytest.mark.parametrize(("latent_dim", "count"), [(1, 16), (2, 256), (5, 4096)])
def test_places_under_q_have_the_moments_of_a_normal(latent_dim: int, count: int) -> None:
    eps, weight = posterior_search.places_under_q(latent_dim, count, np.random.default_rng(0))
    assert weight.sum().item() == pytest.approx(1, abs=1e-5)
    moments = [weight @ eps**power for power in (1, 2, 3, 4)]
    is_drawn = latent_dim > 2
    for moment, expected, tolerance in zip(moments, (0, 1, 0, 3), (0, 0.1, 0, 0.5), strict=True):
        np.testing.assert_allclose(moment, expected, atol=tolerance * is_drawn + 1e-3)


def test_the_gap_left_is_the_kl_to_the_true_posterior(model: VAE, images: np.ndarray) -> None:
    found = posterior_search.search(numpy_of(model), images[:1], steps=50, kept=2)
    x = torch.tensor(images[:1].reshape(1, -1))

    def log_likelihood(z: np.ndarray) -> np.ndarray:
        with torch.no_grad():
            return -model.nll(torch.tensor(z, dtype=torch.float32), x.expand(len(z), -1)).numpy()

    level = true_posterior.find(log_likelihood, 2).log_evidence
    for state in (0, 1):
        q = found.mu[state, 0], found.sd[state, 0]
        kl = true_posterior.kl_to_posterior(log_likelihood, level, *q)
        assert level - found.elbo[state, 0] == pytest.approx(kl, abs=2e-3)


def ascended_by_torch(model: VAE, x: torch.Tensor, steps: int) -> tuple[torch.Tensor, torch.Tensor]:
    """The q that PyTorch's Adam and autograd reach in a plane, mu and log_var, from -nll - KL."""
    start = model.encode(x)
    places, weights = posterior_search.places_under_q(2, posterior_search.ASCENDING, np.random.default_rng(0))
    eps, weight = torch.tensor(places)[:, None], torch.tensor(weights)[:, None]
    mu, unit, log_var = start.mu.detach(), start.sd.detach(), start.log_var.detach()
    moved, widened = (torch.zeros_like(mu, requires_grad=True) for _ in range(2))
    optimiser = torch.optim.Adam([moved, widened], lr=posterior_search.RATE, maximize=True)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, steps)
    for _ in range(steps):
        q = Normal(mu + unit * moved, (0.5 * (log_var + widened)).exp())
        z = q.mean + q.stddev * eps
        nll = model.nll(z.reshape(-1, 2), x.repeat(len(z), 1)).reshape(len(z), -1)
        elbo = -(weight * nll).sum() - kl_divergence(q, Normal(0.0, 1.0)).sum()
        moved.grad, widened.grad = torch.autograd.grad(elbo, [moved, widened])
        optimiser.step()
        schedule.step()
    return (mu + unit * moved).detach(), (log_var + widened).detach()


@pytest.mark.parametrize("network", ["mlp", "conv"])
@pytest.mark.parametrize("likelihood", ["bernoulli", "gaussian"])
def test_the_search_ends_where_torch_does(
    network: Network, likelihood: LikelihoodName, images: np.ndarray
) -> None:
    model = model_of(ModelConfig(2, (6, 4), network=network, likelihood=likelihood)).eval()
    with torch.no_grad():
        for weight in model.decoder.parameters():
            weight.mul_(3)  # for a posterior that is away from the prior
    mu, log_var = ascended_by_torch(model, torch.tensor(images.reshape(3, -1)), steps=40)
    found = posterior_search.search(numpy_of(model), images, steps=40, kept=2)
    np.testing.assert_allclose(found.mu[-1], mu, atol=2e-3)
    np.testing.assert_allclose(2 * np.log(found.sd[-1]), log_var, atol=2e-3)
    assert (found.gain > 0.05).all()


def test_progress_is_told_up_to_the_end(images: np.ndarray) -> None:
    told: list[float] = []
    posterior_search.search(
        numpy_of(linear_model(2)), images, steps=5, kept=3, places=16, on_progress=told.append
    )
    assert told == sorted(told)
    assert len(told) == 5 + 3
    assert told[-1] == pytest.approx(1)


@pytest.mark.parametrize("pixel", [-0.1, 1.1, np.nan])
def test_pixels_out_of_range_are_refused(pixel: float, images: np.ndarray) -> None:
    images[0, 3, 4] = pixel
    with pytest.raises(ValueError, match="pixels must lie"):
        posterior_search.search(numpy_of(linear_model(2)), images)


def test_an_autoencoder_is_refused(images: np.ndarray) -> None:
    with pytest.raises(ValueError, match="no Gaussian"):
        posterior_search.search(numpy_of(model_of(ModelConfig(hidden=(8,), kind="autoencoder"))), images)


def test_images_of_any_shape_are_searched() -> None:
    spec = ImageSpec(12, 9, 3)
    model = model_of(ModelConfig(2, (6, 4), network="conv", likelihood="gaussian", image_spec=spec)).eval()
    images = np.random.default_rng(0).uniform(size=(2, *spec.shape)).astype(np.float32)
    mu, log_var = ascended_by_torch(model, torch.tensor(images.reshape(2, -1)), steps=20)
    found = posterior_search.search(numpy_of(model), images, steps=20, kept=2)
    np.testing.assert_allclose(found.mu[-1], mu, atol=2e-3)
    np.testing.assert_allclose(2 * np.log(found.sd[-1]), log_var, atol=2e-3)
    with pytest.raises(ValueError, match=r"images must have shape \(N, 12, 9, 3\)"):
        posterior_search.search(numpy_of(model), images[..., :1])
