"""The search against a model whose best q is known, its noise, and what is kept of a measurement."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from torch.distributions import MultivariateNormal, Normal, kl_divergence

from tests.conftest import model_of
from vae.analysis import inference_gap
from vae.analysis.inference_gap import Amortisation
from vae.latent import posterior_search, true_posterior
from vae.model.config import Likelihood, ModelConfig, Network
from vae.model.numpy_vae import NumpyModel
from vae.model.tensor_file import CheckpointError
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
    return np.random.default_rng(0).uniform(size=(3, 28, 28)).astype(np.float32)


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
    np.testing.assert_allclose(found.log_var[-1], 2 * best.scale.log().expand(3, -1).numpy(), atol=tolerance)
    posterior = MultivariateNormal(mean, precision_matrix=precision)
    for state in (0, -1):
        sd = np.exp(0.5 * found.log_var[state])
        factor = torch.tensor(sd).double().diag_embed()
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
    mu, log_var = model.encode(images.reshape(3, -1))
    np.testing.assert_array_equal(first.mu[0], mu)
    np.testing.assert_array_equal(first.log_var[0], log_var)
    np.testing.assert_array_equal(first.steps, [0, 1, 4, 9])
    for name in ("mu", "log_var", "elbo"):
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
        q = found.mu[state, 0], found.log_var[state, 0]
        kl = true_posterior.kl_to_posterior(log_likelihood, level, *q)
        assert level - found.elbo[state, 0] == pytest.approx(kl, abs=2e-3)


def test_many_images_are_searched_in_batches(monkeypatch: pytest.MonkeyPatch, images: np.ndarray) -> None:
    monkeypatch.setattr(inference_gap, "BATCH", 2)
    model = numpy_of(linear_model(2))
    whole = posterior_search.search(model, images, steps=20, kept=2)
    parts = inference_gap.measure(model, images, steps=20)
    np.testing.assert_allclose(parts.gain, whole.gain, atol=1e-3)
    assert parts.mu.shape == (2, 3, 2)
    assert parts.elbo_error.shape == (2, 3)


def climbed_by_torch(model: VAE, x: torch.Tensor, steps: int) -> tuple[torch.Tensor, torch.Tensor]:
    """The q that PyTorch's Adam and autograd reach in a plane, mu and log_var, from -nll - KL."""
    start = model.encode(x)
    places, weights = posterior_search.places_under_q(2, posterior_search.CLIMBING, np.random.default_rng(0))
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
    network: Network, likelihood: Likelihood, images: np.ndarray
) -> None:
    model = model_of(ModelConfig(2, (6, 4), network=network, likelihood=likelihood)).eval()
    with torch.no_grad():
        for weight in model.decoder.parameters():
            weight.mul_(3)  # for a posterior that is away from the prior
    mu, log_var = climbed_by_torch(model, torch.tensor(images.reshape(3, -1)), steps=40)
    found = posterior_search.search(numpy_of(model), images, steps=40, kept=2)
    np.testing.assert_allclose(found.mu[-1], mu, atol=2e-3)
    np.testing.assert_allclose(found.log_var[-1], log_var, atol=2e-3)
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
    with pytest.raises(ValueError, match="no posterior"):
        posterior_search.search(numpy_of(model_of(ModelConfig(hidden=(8,), kind="autoencoder"))), images)


def test_a_measurement_is_kept_for_its_model_only(tmp_path: Path) -> None:
    said = Amortisation("abc", "python -m vae.gap x", "first 4 test images of digits", -90.5, (1, 2, 3, 6))
    inference_gap.save("x", said, tmp_path)
    assert inference_gap.load("x", "abc", tmp_path) == said
    assert inference_gap.load("x", "other", tmp_path) is None
    assert inference_gap.load("y", "abc", tmp_path) is None
    assert said.mean == 3
    assert said.error == pytest.approx(np.std([1, 2, 3, 6], ddof=1) / 2)


@pytest.mark.parametrize(
    "change", [{"gains": [1]}, {"gains": ["a", "b"]}, {"elbo": None}, {"other": 1}, None]
)
def test_a_damaged_measurement_gets_a_sentence(tmp_path: Path, change: dict[str, object] | None) -> None:
    path = inference_gap.save("x", Amortisation("abc", "", "", -90.5, (1, 2)), tmp_path)
    path.write_text(json.dumps(json.loads(path.read_text()) | change) if change else "{")
    with pytest.raises(CheckpointError, match=r"x\.json is damaged; run `python -m vae\.gap x`"):
        inference_gap.load("x", "abc", tmp_path)


@pytest.mark.parametrize("name", ["mnist-vae-2d", "mnist-vae-20d"])
def test_the_shipped_measurements_are_of_the_shipped_models(name: str) -> None:
    from vae import explorer

    measured = inference_gap.load(name, explorer.load(name).fingerprint)
    assert measured is not None
    assert len(measured.gains) == 1000
    assert measured.command.startswith(f"python -m vae.gap {name} --images 1000 ")
    assert measured.mean > 0
