"""The model: bounds of its configuration, shapes and ranges, and numbers against NumPy and quadrature."""

import math
from dataclasses import asdict, replace
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.distributions import Normal

from vae.images.spec import ImageSpec
from vae.model.config import LikelihoodName, ModelConfig
from vae.model.numpy_vae import NumpyModel
from vae.training.networks import ACTIVATIONS, mlp
from vae.training.vae import VAE, build

PIXELS = 784
LIKELIHOODS: tuple[LikelihoodName, ...] = ("bernoulli", "gaussian")


def build_one(seed: int = 0, **settings: Any) -> VAE:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return VAE(replace(ModelConfig(latent_dim=3, hidden=(8, 12)), **settings))


def pixels(count: int, seed: int = 0, size: int = PIXELS) -> Tensor:
    return torch.rand(count, size, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("latent_dim", value) for value in (0, 129, -1, 2.0, True, "2", None)),
        *(("hidden", value) for value in ((0,), (2049,), (8,) * 7, [8], (8.0,), "8", 8)),
        *(("activation", value) for value in ("gelu", "", "SiLU")),
        *(("likelihood", value) for value in ("poisson", None)),
        *(("beta", value) for value in (-0.1, 1001, math.nan, math.inf, "1", True)),
        *(("samples", value) for value in (0, 101, 1.5)),
        *(("kind", value) for value in ("gan", None)),
        *(("network", value) for value in ("rnn", None)),
        *(("pixel_variance", value) for value in (-0.1, 101, math.nan, "1")),
    ],
)
def test_settings_out_of_bounds_are_named(name: str, value: object) -> None:
    with pytest.raises(ValueError, match=f"^{name} must be .*, got"):
        ModelConfig(**{name: value})  # type: ignore[arg-type]  # wrong on purpose


@pytest.mark.parametrize("latent_dim", [1, 128])
def test_settings_at_their_bounds_build_a_model(latent_dim: int) -> None:
    model = build_one(latent_dim=latent_dim, hidden=(1,), beta=0, samples=100)
    assert model.encode(pixels(2)).mu.shape == (2, latent_dim)


def test_the_encoder_mirrors_the_decoder() -> None:
    model = build_one()
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
    model = build_one()
    posterior, image = model.encode(pixels(5)), model.decode(10 * torch.randn(5, 3))
    assert posterior.mu.shape == posterior.log_var.shape == (5, 3)
    assert image.shape == (5, PIXELS)
    assert ((image >= 0) & (image <= 1)).all()


@pytest.mark.parametrize("scale", [1e6, -1e6])
def test_log_var_is_bounded_and_gradients_are_finite_for_extreme_inputs(scale: float) -> None:
    model = build_one(log_var_bound=8, log_var_max=16)
    posterior = model.encode(scale * pixels(4))
    assert 7.9 < posterior.log_var.abs().max() <= 8
    nll = model.nll(posterior.rsample(), pixels(4))
    (nll + posterior.kl()).sum().backward()
    assert all(weight.grad is not None and weight.grad.isfinite().all() for weight in model.parameters())


def test_the_bound_leaves_common_log_var_almost_alone() -> None:
    model = build_one()
    raw = model.encoder(pixels(4)).chunk(2, dim=-1)[1]
    torch.testing.assert_close(model.encode(pixels(4)).log_var, raw, atol=1e-3, rtol=0)


@pytest.mark.parametrize("likelihood", LIKELIHOODS)
def test_nll_matches_numpy_on_the_decoded_mean(likelihood: LikelihoodName) -> None:
    model, z, x = build_one(likelihood=likelihood), torch.randn(4, 3), pixels(4)
    mean, grey = model.decode(z).detach().double().numpy(), x.double().numpy()
    if likelihood == "bernoulli":
        terms = -(grey * np.log(mean) + (1 - grey) * np.log(1 - mean))
    else:
        terms = 0.5 * ((grey - mean) ** 2 / np.exp(-3.0) - 3.0 + np.log(2 * np.pi))
    np.testing.assert_allclose(model.nll(z, x).detach(), terms.sum(axis=1), rtol=1e-5)


@pytest.mark.parametrize("likelihood", LIKELIHOODS)
@pytest.mark.parametrize("pixel", [2.0, -0.5, math.nan])
def test_pixels_outside_the_unit_range_are_rejected(likelihood: LikelihoodName, pixel: float) -> None:
    x = pixels(3)
    x[1, 7] = pixel
    with pytest.raises(ValueError, match="Pixels must lie in"):
        build_one(likelihood=likelihood).terms(x)


def test_only_the_gaussian_learns_a_pixel_variance() -> None:
    assert "pixel_log_var" not in dict(build_one().named_parameters())
    model = build_one(likelihood="gaussian")
    model.terms(pixels(4))[0].mean().backward()
    assert model.pixel_log_var.grad is not None
    assert model.pixel_log_var.grad.abs() > 0


def test_terms_average_the_nll_over_the_samples() -> None:
    model, x = build_one(), pixels(4)
    nll, posterior = model.terms(x, 3, torch.Generator().manual_seed(5))
    generator = torch.Generator().manual_seed(5)
    draws = [model.nll(posterior.rsample(generator), x) for _ in range(3)]
    torch.testing.assert_close(nll, sum(draws, torch.zeros(4)) / 3)


def test_a_generator_leaves_the_global_random_numbers_alone() -> None:
    before = torch.get_rng_state()
    build_one().terms(pixels(4), 2, torch.Generator().manual_seed(0))
    assert torch.equal(torch.get_rng_state(), before)


def test_the_kl_stays_float32_under_bfloat16_autocast() -> None:
    model = build_one()
    with torch.autocast("cpu", torch.bfloat16):
        assert model.encoder(pixels(4)).dtype == torch.bfloat16  # autocast is at work
        nll, posterior = model.terms(pixels(4))
        kl = posterior.kl()
    assert nll.dtype == posterior.mu.dtype == posterior.log_var.dtype == kl.dtype == torch.float32
    mu, log_var = posterior.mu.double(), posterior.log_var.double()
    expected = 0.5 * (mu.square() + log_var.exp() - 1 - log_var).sum(dim=1)
    torch.testing.assert_close(kl.double(), expected, rtol=1e-5, atol=1e-7)


def log_prob(z: Tensor, mean: Tensor | float = 0.0, sd: Tensor | float = 1.0) -> Tensor:
    """log N(z; mean, diag(sd²)), (...,) nats."""
    return Normal(mean, sd).log_prob(z).sum(dim=-1)


def log_likelihood(model: VAE, x: Tensor) -> Tensor:
    """log p(x) of a model with one latent dimension by the trapezoidal rule, (B,) nats per image."""
    z = torch.linspace(-8, 8, 401)[:, None, None].expand(-1, len(x), 1)  # (grid, B, 1)
    joint = log_prob(z) - model.nll(z, x)
    return joint.logsumexp(dim=0) + math.log(16 / 400)


@pytest.mark.parametrize("likelihood", LIKELIHOODS)
@torch.no_grad()
def test_bounds_lie_below_the_log_likelihood(likelihood: LikelihoodName) -> None:
    model, x = build_one(latent_dim=1, hidden=(4,), likelihood=likelihood), pixels(3)
    for weight in model.encoder[-1].parameters():
        weight.mul_(0.1)  # a posterior near the prior, which covers the true one
    exact = log_likelihood(model, x)
    q, generator = model.encode(x), torch.Generator().manual_seed(0)
    draws = [q.rsample(generator) for _ in range(300)]
    weights = torch.stack([log_prob(z) - model.nll(z, x) - log_prob(z, q.mu, q.sd) for z in draws])
    standard_error = weights.std(dim=0) / math.sqrt(len(weights))
    assert (weights.mean(dim=0) < exact + 5 * standard_error).all()
    nll, posterior = model.terms(x, 300, torch.Generator().manual_seed(1))
    assert ((weights.mean(dim=0) + nll + posterior.kl()).abs() < 8 * standard_error).all()
    bound = weights.logsumexp(dim=0) - math.log(len(weights))  # importance-weighted, tight for many draws
    torch.testing.assert_close(bound, exact, atol=0.2, rtol=0)


# The other kinds

TALL, RGB = ImageSpec(20, 12, 1), ImageSpec(19, 26, 3)
FAMILIES = [
    ModelConfig(3, (8, 12)),
    ModelConfig(3, (6, 4), network="conv"),
    ModelConfig(3, (8,), "relu", kind="autoencoder"),
    ModelConfig(3, (6, 4), "tanh", kind="autoencoder", network="conv"),
    ModelConfig(3, (8,), "softplus", "gaussian"),
    ModelConfig(3, (8,), "softplus", "gaussian", pixel_variance=0.5),
    ModelConfig(3, (), likelihood="gaussian", kind="autoencoder", pixel_variance=0.1),
    ModelConfig(3, (8,), image_spec=RGB),
    ModelConfig(3, (5,), network="conv", image_spec=TALL),
    ModelConfig(3, (7, 6, 5), "tanh", "gaussian", network="conv", image_spec=RGB),
    ModelConfig(3, (4, 3, 3, 2), kind="autoencoder", network="conv", image_spec=RGB),
]


def family(config: ModelConfig) -> VAE:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        return VAE(config)


def test_the_likelihood_and_its_gradient_are_finite_far_from_the_prior() -> None:
    model, z = build_one(activation="softplus"), np.full((1, 3), 1e6, np.float32)
    twin, x = NumpyModel(model.config, model.weights()), pixels(1)
    images = x.numpy().reshape(1, 28, 28, 1)
    assert np.isfinite(twin.log_likelihood_gradient(images, z)).all()
    np.testing.assert_allclose(twin.nll(images, z), model.nll(torch.tensor(z), x).detach(), rtol=1e-4)


@pytest.mark.parametrize("config", FAMILIES, ids=str)
def test_a_model_is_built_from_its_weights(config: ModelConfig) -> None:
    model = family(config)
    again = build(config, model.weights())
    assert not again.training
    assert all(torch.equal(again.state_dict()[name], tensor) for name, tensor in model.state_dict().items())


def test_an_autoencoder_has_points_for_codes_and_no_kl() -> None:
    model, x = build_one(kind="autoencoder"), pixels(4)
    nll, posterior = model.terms(x, samples=3)
    assert posterior.sd.eq(0).all()
    assert torch.equal(posterior.rsample(), posterior.mu)
    assert torch.equal(model.kl(posterior), torch.zeros(4))
    torch.testing.assert_close(nll, model.nll(model.encode(x).mu, x))


def test_half_a_variance_makes_the_nll_the_squared_error() -> None:
    model, z, x = build_one(likelihood="gaussian", pixel_variance=0.5), torch.randn(4, 3), pixels(4)
    constant = 0.5 * PIXELS * math.log(2 * math.pi * 0.5)
    expected = (model.decode(z) - x).square().sum(dim=1) + constant
    torch.testing.assert_close(model.nll(z, x), expected)


def test_without_hidden_layers_only_a_gaussian_makes_sense() -> None:
    with pytest.raises(ValueError, match="likelihood must be gaussian without hidden layers"):
        ModelConfig(hidden=())


@torch.no_grad()
def test_a_convolutional_encoder_sees_the_image_at_the_top_left_of_a_canvas_of_zeros() -> None:
    """Without padding of ours: the same weights on the padded image as one that fills its canvas."""
    small, large = ImageSpec(19, 26, 3), ImageSpec(24, 32, 3)
    config = ModelConfig(3, (6, 5, 4), network="conv", image_spec=small)
    one, other = family(config), family(replace(config, image_spec=large))
    other.load_state_dict(one.state_dict())
    images = torch.zeros(4, *large.shape)
    images[:, :19, :26] = torch.rand(4, *small.shape)
    cropped = images[:, :19, :26].flatten(1)
    torch.testing.assert_close(one.encode(cropped).mu, other.encode(images.flatten(1)).mu)
    z = torch.randn(4, 3)
    whole = other.decode(z).view(4, *large.shape)
    torch.testing.assert_close(one.decode(z), whole[:, :19, :26].flatten(1))


def test_several_codes_are_scored_against_each_image_at_once() -> None:
    model, z, x = build_one(network="conv", hidden=(6, 4)), torch.randn(7, 4, 3), pixels(4)
    each = torch.stack([model.nll(codes, x) for codes in z])
    torch.testing.assert_close(model.nll(z, x), each)


def test_the_configuration_survives_a_dictionary() -> None:
    config = ModelConfig(5, (3, 4), "tanh", "gaussian", 0.5, 2)
    said = asdict(config)
    assert ModelConfig(**said | {"image_spec": ImageSpec(**said["image_spec"])}) == config


def test_no_log_var_passes_its_maximum_and_the_others_stay() -> None:
    model = build_one(log_var_bound=16, log_var_max=16)
    free = model.encode(40 * pixels(6)).log_var
    capped = build_one(log_var_bound=16, log_var_max=0.5).encode(40 * pixels(6)).log_var
    assert (free > 0.5).any()
    torch.testing.assert_close(capped, free.clamp(max=0.5))
