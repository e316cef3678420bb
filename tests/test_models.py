"""The model: bounds of its configuration, shapes and ranges, and numbers against NumPy and quadrature."""

import math
from dataclasses import asdict, replace
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from vae.elbo import importance_weighted_bound, prior_log_prob
from vae.models import LOG_VAR_BOUND, PIXELS, VAE, Likelihood, ModelConfig
from vae.networks import ACTIVATIONS, mlp

LIKELIHOODS: tuple[Likelihood, ...] = ("bernoulli", "gaussian")


def build(seed: int = 0, **settings: Any) -> VAE:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return VAE(replace(ModelConfig(latent_dim=3, hidden=(8, 12)), **settings))


def pixels(count: int, seed: int = 0) -> Tensor:
    return torch.rand(count, PIXELS, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("latent_dim", value) for value in (0, 65, -1, 2.0, True, "2", None)),
        *(("hidden", value) for value in ((), (0,), (2049,), (8,) * 7, [8], (8.0,), "8", 8)),
        *(("activation", value) for value in ("gelu", "", "SiLU")),
        *(("likelihood", value) for value in ("poisson", None)),
        *(("beta", value) for value in (-0.1, 1001, math.nan, math.inf, "1", True)),
        *(("samples", value) for value in (0, 101, 1.5)),
    ],
)
def test_settings_out_of_bounds_are_named(name: str, value: object) -> None:
    with pytest.raises(ValueError, match=f"^{name} must be .*, got"):
        ModelConfig(**{name: value})  # type: ignore[arg-type]  # wrong on purpose


@pytest.mark.parametrize("latent_dim", [1, 64])
def test_settings_at_their_bounds_build_a_model(latent_dim: int) -> None:
    model = build(latent_dim=latent_dim, hidden=(1,), beta=0, samples=100)
    assert model.encode(pixels(2)).mu.shape == (2, latent_dim)


def test_the_encoder_mirrors_the_decoder() -> None:
    model = build()
    widths = [tuple(weight.shape) for weight in model.decoder.parameters() if weight.ndim == 2]
    mirrored = [tuple(weight.shape) for weight in model.encoder.parameters() if weight.ndim == 2]
    assert widths == [(8, 3), (12, 8), (PIXELS, 12)]
    assert mirrored == [(12, PIXELS), (8, 12), (6, 8)]


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_the_activation_stands_between_the_layers_only(activation: str) -> None:
    network = mlp((3, 4, 5, 2), activation)
    kinds = [type(layer).__name__.lower() for layer in network]
    assert kinds == ["linear", activation, "linear", activation, "linear"]


def test_shapes_and_ranges() -> None:
    model = build()
    posterior, image = model.encode(pixels(5)), model.decode(10 * torch.randn(5, 3))
    assert posterior.mu.shape == posterior.log_var.shape == (5, 3)
    assert image.shape == (5, PIXELS)
    assert ((image >= 0) & (image <= 1)).all()


@pytest.mark.parametrize("scale", [1e6, -1e6])
def test_log_var_is_bounded_and_gradients_are_finite_for_extreme_inputs(scale: float) -> None:
    model = build()
    posterior = model.encode(scale * pixels(4))
    assert posterior.log_var.abs().max() <= LOG_VAR_BOUND
    assert posterior.log_var.abs().max() > 7.9
    nll = model.nll(posterior.rsample(), pixels(4))
    (nll + posterior.kl()).sum().backward()
    assert all(weight.grad is not None and weight.grad.isfinite().all() for weight in model.parameters())


def test_the_bound_leaves_common_log_var_almost_alone() -> None:
    model = build()
    raw = model.encoder(pixels(4)).chunk(2, dim=-1)[1]
    torch.testing.assert_close(model.encode(pixels(4)).log_var, raw, atol=1e-3, rtol=0)


@pytest.mark.parametrize("likelihood", LIKELIHOODS)
def test_nll_matches_numpy_on_the_decoded_mean(likelihood: Likelihood) -> None:
    model, z, x = build(likelihood=likelihood), torch.randn(4, 3), pixels(4)
    mean, grey = model.decode(z).detach().double().numpy(), x.double().numpy()
    if likelihood == "bernoulli":
        terms = -(grey * np.log(mean) + (1 - grey) * np.log(1 - mean))
    else:
        terms = 0.5 * ((grey - mean) ** 2 / np.exp(-3.0) - 3.0 + np.log(2 * np.pi))
    np.testing.assert_allclose(model.nll(z, x).detach(), terms.sum(axis=1), rtol=1e-5)


@pytest.mark.parametrize("likelihood", LIKELIHOODS)
@pytest.mark.parametrize("pixel", [2.0, -0.5, math.nan])
def test_pixels_outside_the_unit_range_are_rejected(likelihood: Likelihood, pixel: float) -> None:
    x = pixels(3)
    x[1, 7] = pixel
    with pytest.raises(ValueError, match="Pixels must lie in"):
        build(likelihood=likelihood).terms(x)


def test_only_the_gaussian_learns_a_pixel_variance() -> None:
    assert "pixel_log_var" not in dict(build().named_parameters())
    model = build(likelihood="gaussian")
    model.terms(pixels(4))[0].mean().backward()
    assert model.pixel_log_var.grad is not None
    assert model.pixel_log_var.grad.abs() > 0


def test_terms_average_the_nll_over_the_samples() -> None:
    model, x = build(), pixels(4)
    nll, posterior = model.terms(x, 3, torch.Generator().manual_seed(5))
    generator = torch.Generator().manual_seed(5)
    draws = [model.nll(posterior.rsample(generator), x) for _ in range(3)]
    torch.testing.assert_close(nll, sum(draws, torch.zeros(4)) / 3)


def test_a_generator_leaves_the_global_random_numbers_alone() -> None:
    before = torch.get_rng_state()
    build().terms(pixels(4), 2, torch.Generator().manual_seed(0))
    assert torch.equal(torch.get_rng_state(), before)


def test_the_kl_stays_float32_under_bfloat16_autocast() -> None:
    model = build()
    with torch.autocast("cpu", torch.bfloat16):
        assert model.encoder(pixels(4)).dtype == torch.bfloat16  # autocast is at work
        nll, posterior = model.terms(pixels(4))
        kl = posterior.kl()
    assert nll.dtype == posterior.mu.dtype == posterior.log_var.dtype == kl.dtype == torch.float32
    mu, log_var = posterior.mu.double(), posterior.log_var.double()
    expected = 0.5 * (mu.square() + log_var.exp() - 1 - log_var).sum(dim=1)
    torch.testing.assert_close(kl.double(), expected, rtol=1e-5, atol=1e-7)


def log_likelihood(model: VAE, x: Tensor) -> Tensor:
    """log p(x) of a model with one latent dimension by the trapezoidal rule, (B,) nats per image."""
    z = torch.linspace(-8, 8, 401)[:, None, None].expand(-1, len(x), 1)  # (grid, B, 1)
    joint = prior_log_prob(z) - model.nll(z, x)
    return joint.logsumexp(dim=0) + math.log(16 / 400)


@pytest.mark.parametrize("likelihood", LIKELIHOODS)
@torch.no_grad()
def test_bounds_lie_below_the_log_likelihood(likelihood: Likelihood) -> None:
    model, x = build(latent_dim=1, hidden=(4,), likelihood=likelihood), pixels(3)
    for weight in model.encoder[-1].parameters():
        weight.mul_(0.1)  # a posterior near the prior, which covers the true one
    exact = log_likelihood(model, x)
    weights = model.log_weights(x, 300, torch.Generator().manual_seed(0))
    standard_error = weights.std(dim=0) / math.sqrt(len(weights))
    assert (weights.mean(dim=0) < exact + 5 * standard_error).all()
    nll, posterior = model.terms(x, 300, torch.Generator().manual_seed(1))
    assert ((weights.mean(dim=0) + nll + posterior.kl()).abs() < 8 * standard_error).all()
    torch.testing.assert_close(importance_weighted_bound(weights), exact, atol=0.2, rtol=0)


def test_the_configuration_survives_a_dictionary() -> None:
    config = ModelConfig(5, (3, 4), "tanh", "gaussian", 0.5, 2)
    assert ModelConfig(**asdict(config)) == config
