"""The search against a model whose best q is known, and against torch; its noise, its starts, its bound."""

import numpy as np
import pytest
import torch
from scipy.stats import norm
from torch.distributions import MultivariateNormal, Normal, kl_divergence

from tests.conftest import model_of
from tests.latent.made import IMAGE, NEAR_THE_MINOR_MODE, Made, evidence_of_two_modes, q_of, two_modes
from vae.images.spec import ImageSpec
from vae.latent import importance, posterior_search, true_posterior
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
    errors = found.terms.std(axis=1, ddof=1) / np.sqrt(posterior_search.GROUPS)
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
        assert (np.abs(found.elbo[state] - elbo.numpy()) < np.maximum(4 * errors[state], 2e-3)).all()
    assert (found.elbo[-1] - found.elbo[0] > 4 * errors.max(axis=0)).all()


def test_the_error_of_a_wide_q_s_elbo_is_one() -> None:
    """-30 |z₁ - 0.3| - 40 |z₂| under a q as wide as the prior: E|z - c| of a Gaussian is known."""
    model = Made(lambda z: -30 * np.abs(z[:, 0] - 0.3) - 40 * np.abs(z[:, 1]), q_of([0, 0], [1, 1]))
    folded = 2 * norm.pdf(0.3) + 0.3 * (2 * norm.cdf(0.3) - 1)
    exact = -30 * folded - 40 * np.sqrt(2 / np.pi)
    found = [
        importance.mean(posterior_search.search(model, IMAGE, steps=1, kept=2, seed=seed).terms[0, :, 0])
        for seed in range(60)
    ]
    away = np.array([(each.value - exact) / each.error for each in found])
    assert 0.7 < np.sqrt(np.mean(np.minimum(away**2, 9))) < 1.3
    assert 0.05 < np.mean([each.error for each in found]) < 3


def test_a_search_from_the_peak_reaches_the_mode_that_the_encoder_misses() -> None:
    model = Made(two_modes, NEAR_THE_MINOR_MODE)
    peak = posterior_search.at_peak(model, IMAGE)
    shrunk = 1 / (1 + 0.05**2)  # product of the peak and the prior
    np.testing.assert_allclose(peak.mu[0], shrunk * np.array([2, -1]), atol=0.01)
    np.testing.assert_allclose(peak.sd[0], 0.05 * np.sqrt(shrunk), rtol=0.02)
    evidence = evidence_of_two_modes()
    from_encoder, from_peak = (
        posterior_search.search(model, IMAGE, start, kept=2).elbo[-1, 0] for start in (None, peak)
    )
    assert from_peak == pytest.approx(evidence, abs=0.01)
    assert from_encoder < evidence - 5


def test_other_places_are_climbed_from_too() -> None:
    """A peak so narrow that no draw of the prior falls near it."""
    place = np.array([4.5, 3.0])
    model = Made(lambda z: norm.logpdf(z, place, 0.05).clip(-150).sum(axis=1), q_of([0, 0], [0.1, 0.1]))
    assert np.linalg.norm(posterior_search.at_peak(model, IMAGE).mu[0] - place) > 1
    found = posterior_search.at_peak(model, IMAGE, place[None, None] + 0.1)
    np.testing.assert_allclose(found.mu[0], place, atol=0.05)


def test_no_q_is_narrower_or_wider_than_the_encoder_can_say() -> None:
    model = Made(lambda z: norm.logpdf(z, 0.5, 0.01).sum(axis=1), q_of([0.5, 0.5], [0.3, 0.3], bound=4.0))
    narrowest = np.exp(-2)
    assert posterior_search.at_peak(model, IMAGE).sd[0] == pytest.approx([narrowest] * 2)
    found = posterior_search.search(model, IMAGE)
    assert found.sd.min() == pytest.approx(narrowest)
    np.testing.assert_allclose(found.sd[-1, 0], narrowest)
    free = Made(model.log_likelihood, q_of([0.5, 0.5], [0.03, 0.03], bound=16.0))
    np.testing.assert_allclose(posterior_search.search(free, IMAGE).sd[-1, 0], 0.01, rtol=0.05)


def test_the_shipped_models_say_their_bound(model: VAE, images: np.ndarray) -> None:
    assert posterior_search.encoded(numpy_of(model), images).log_var_bound == model.config.log_var_bound


def test_the_first_state_is_the_encoders_and_the_same_seed_gives_the_same(images: np.ndarray) -> None:
    model = numpy_of(linear_model(3))
    first, again = (posterior_search.search(model, images, steps=9, kept=4) for _ in range(2))
    encoded = model.encode(images)
    np.testing.assert_array_equal(first.mu[0], encoded.mu)
    np.testing.assert_array_equal(first.sd[0], encoded.sd)
    np.testing.assert_array_equal(first.steps, [0, 1, 4, 9])
    for name in ("mu", "sd", "elbo"):
        np.testing.assert_array_equal(getattr(first, name), getattr(again, name))


@pytest.mark.parametrize("latent_dim", [1, 2, 5])
def test_places_under_q_have_the_moments_of_a_normal(latent_dim: int) -> None:
    noise = np.random.default_rng(0)
    rules = [posterior_search.places_under_q(latent_dim, 16, noise) for _ in range(3000)]
    moments = np.array([[weight @ eps**power for power in (0, 1, 2, 3, 4)] for eps, weight in rules])
    if latent_dim == 2:  # each alone is exact to the third power
        np.testing.assert_allclose(
            moments[:, :4], np.broadcast_to([[1], [0], [1], [0]], (3000, 4, 2)), atol=1e-4
        )
    errors = moments.std(axis=0) / np.sqrt(3000) + 1e-6
    assert (np.abs(moments.mean(axis=0) - np.array([[1], [0], [1], [0], [3]])) < 5 * errors).all()


def test_the_gap_left_is_the_kl_to_the_true_posterior(model: VAE, images: np.ndarray) -> None:
    found = posterior_search.search(numpy_of(model), images[:1], steps=50, kept=2)
    x = torch.tensor(images[:1].reshape(1, -1))

    def log_likelihood(z: np.ndarray) -> np.ndarray:
        with torch.no_grad():
            return -model.nll(torch.tensor(z, dtype=torch.float32), x.expand(len(z), -1)).numpy()

    for state in (0, 1):
        elbo = true_posterior.elbo(log_likelihood, found.mu[state, 0], found.sd[state, 0])
        assert found.elbo[state, 0] == pytest.approx(elbo.value, abs=2e-3)


def ascended_by_torch(model: VAE, x: torch.Tensor, steps: int) -> tuple[torch.Tensor, torch.Tensor]:
    """The q that PyTorch's Adam and autograd reach in a plane, mu and log_var, from -nll - KL."""
    start, noise = model.encode(x), np.random.default_rng(0)
    mu, log_var = start.mu.detach(), start.log_var.detach()
    moved = torch.zeros((2, *mu.shape), requires_grad=True)  # mu in sd of q, and log_var
    optimiser = torch.optim.Adam([moved], lr=posterior_search.RATE, maximize=True)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, steps)
    for _ in range(steps):
        places, weights = posterior_search.places_under_q(2, posterior_search.ASCENDING, noise)
        eps, weight = torch.tensor(places)[:, None], torch.tensor(weights)[:, None]
        sd, before = (0.5 * log_var).exp(), moved.detach().clone()
        q = Normal(mu + sd * (moved[0] - before[0]), (0.5 * (log_var + moved[1] - before[1])).exp())
        z = q.mean + q.stddev * eps
        nll = model.nll(z.reshape(-1, 2), x.repeat(len(z), 1)).reshape(len(z), -1)
        elbo = -(weight * nll).sum() - kl_divergence(q, Normal(0.0, 1.0)).sum()
        (moved.grad,) = torch.autograd.grad(elbo, [moved])
        optimiser.step()
        schedule.step()
        step = moved.detach() - before
        mu, log_var = mu + sd * step[0], log_var + step[1]
    return mu, log_var


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
    assert (found.elbo[-1] > found.elbo[0] + 0.05).all()


def test_progress_is_told_up_to_the_end(images: np.ndarray) -> None:
    told: list[float] = []
    posterior_search.search(numpy_of(linear_model(2)), images, steps=5, kept=3, on_progress=told.append)
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
