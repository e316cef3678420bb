"""Adversarial Variational Bayes: the critic's optimum, the contrast, the encoder's twins and a whole run."""

import math
import shlex
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.distributions import MultivariateNormal, Normal, kl_divergence

from tests.twins import TWINS
from vae import encode, explorer, train
from vae.analysis import training_codes
from vae.images import sets
from vae.latent import embedding
from vae.model import checkpoint
from vae.model.config import ModelConfig
from vae.model.numpy_vae import DRAWS, NumpyImplicit, fixed_noise
from vae.model.posterior import Draws
from vae.training import packing
from vae.training.adversarial import health
from vae.training.adversarial.critic import AT_CHANCE, Contrast, Correlated, Critic, contrast, critic_loss
from vae.training.adversarial.settings import CriticConfig
from vae.training.adversarial.without_critic import kl_without_critic
from vae.training.run import Run, fit, resume_path
from vae.training.settings import TrainConfig
from vae.training.vae import AVB

CPU = torch.device("cpu")
TINY = ModelConfig(latent_dim=2, hidden=(32,), kind="avb", noise_bases=4, noise_dim=3)
SETTINGS = TrainConfig(
    model=TINY,
    dataset="digits",
    epochs=3,
    batch_size=50,
    lr=2e-3,
    beta1=0.5,
    schedule="cosine",
    pixels="binarised",
    kl_rise=0.3,
    clip=50.0,
    critic=CriticConfig(critic_width=32, critic_before=5, critic_steps=2),
)


@pytest.fixture
def pixels(digits: NDArray[Any]) -> Tensor:
    return torch.from_numpy(digits[:330]).flatten(1)


# The critic and the contrast


@pytest.mark.parametrize("is_adaptive", [False, True], ids=["prior", "adaptive"])
def test_the_critic_s_optimum_is_the_log_ratio_of_known_densities(is_adaptive: bool) -> None:
    """T + log r - log p of q = N(m, s²) is log q - log p within 0.1 nats on average, where q's draws are."""
    noise = torch.Generator().manual_seed(0)
    q, p = Normal(torch.tensor([1.0, -0.5]), torch.tensor([0.6, 0.9])), Normal(torch.zeros(2), torch.ones(2))
    torch.manual_seed(0)
    critic = Critic(0, 2, width=32, blocks=1)
    optimizer = torch.optim.Adam(critic.parameters(), 4e-3, betas=(0.5, 0.999))
    schedule = torch.optim.lr_scheduler.LinearLR(optimizer, 1.0, 0.01, 500)
    still = Contrast(q.mean, q.stddev) if is_adaptive else Contrast(p.mean, p.stddev)
    for _ in range(500):
        z, other = (
            q.mean + q.stddev * torch.randn(512, 2, generator=noise),
            torch.randn(512, 2, generator=noise),
        )
        loss = critic_loss(critic(0.0, still.standardised(z)), critic(0.0, other))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
    z = q.mean + q.stddev * torch.randn(2000, 2, generator=noise)
    found = critic(0.0, still.standardised(z)) + still.log_ratio(z)
    expected = (q.log_prob(z) - p.log_prob(z)).sum(dim=1)
    assert (found - expected).abs().mean() < 0.1
    assert found.mean().item() == pytest.approx(kl_divergence(q, p).sum().item(), abs=0.1)


def test_the_log_ratio_and_the_kl_of_the_contrast_are_those_of_gaussians() -> None:
    mean, sd, z = torch.randn(7, 3), torch.rand(7, 3) + 0.1, 2 * torch.randn(7, 3)
    r, p = Normal(mean, sd), Normal(torch.zeros(3), torch.ones(3))
    expected = (r.log_prob(z) - p.log_prob(z)).sum(dim=1)
    torch.testing.assert_close(Contrast(mean, sd).log_ratio(z), expected, rtol=1e-4, atol=1e-4)
    torch.testing.assert_close(Contrast(mean, sd).kl(), kl_divergence(r, p).sum(dim=1), rtol=1e-4, atol=1e-5)


def test_the_log_ratio_and_the_kl_of_a_correlated_contrast_are_those_of_gaussians() -> None:
    mean, root, z = torch.randn(7, 3), torch.randn(7, 3, 3), 2 * torch.randn(7, 3)
    covariance = root @ root.mT + 0.1 * torch.eye(3)
    r, p = MultivariateNormal(mean, covariance), MultivariateNormal(torch.zeros(3), torch.eye(3))
    found = Correlated.of(mean, covariance)
    torch.testing.assert_close(found.log_ratio(z), r.log_prob(z) - p.log_prob(z), rtol=1e-3, atol=1e-3)
    torch.testing.assert_close(found.kl(), kl_divergence(r, p), rtol=1e-4, atol=1e-4)
    assert (found.kl() > found.independent().kl()).all()
    drawn = r.sample((20_000,))
    still = found.standardised(drawn)
    np.testing.assert_allclose(still[:, 0].T.cov(), np.eye(3), atol=0.05)


def test_the_contrast_has_the_moments_of_the_draws() -> None:
    z = 3 + 2 * torch.randn(4000, 5, 2, generator=torch.Generator().manual_seed(0))
    found = contrast(z.requires_grad_())
    assert not found.mean.requires_grad
    np.testing.assert_allclose(found.mean, z.detach().numpy().mean(axis=0), rtol=1e-5)
    np.testing.assert_allclose(found.sd, z.detach().numpy().std(axis=0, ddof=1), rtol=1e-5)


# The encoder


def test_the_contrast_of_an_image_has_the_moments_of_its_posterior() -> None:
    """In closed form from a batch's noise; against many draws for the same image."""
    torch.manual_seed(0)
    model, noise = AVB(TINY), torch.Generator().manual_seed(1)
    x = torch.rand(1, 784).expand(20_000, -1)
    z, matched = model.encode(x).rsample(noise)
    np.testing.assert_allclose(matched.mean[0].detach(), z.detach().mean(dim=0), atol=3e-3)
    np.testing.assert_allclose(matched.sd[0].detach(), z.detach().std(dim=0), rtol=0.03)
    covariance = matched.factor[0] @ matched.factor[0].T
    np.testing.assert_allclose(covariance.detach(), z.detach().T.cov(), rtol=0.05, atol=2e-4)


@pytest.mark.parametrize("name", ["avb", "avb-dimension"])
def test_torch_and_numpy_draw_the_same_from_the_same_noise(name: str) -> None:
    twin = TWINS[name]
    numpy_model, model = twin.in_numpy(), twin.in_torch()
    assert isinstance(numpy_model, NumpyImplicit)
    assert isinstance(model, AVB)
    q = model.encode(torch.from_numpy(twin.images).flatten(1))
    eps = torch.tensor(fixed_noise(twin.config.noise_bases, twin.config.noise_dim))
    expected = q.centre + torch.einsum("bid,isd->sbd", q.scale, model.noise(eps))
    found = numpy_model.encode(twin.images)
    assert found.z.shape == (DRAWS, len(twin.images), twin.config.latent_dim)
    np.testing.assert_allclose(found.z, expected.detach(), rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(found.mu, q.moments().mu.detach(), rtol=1e-4, atol=1e-5)


def test_the_draws_of_a_dimension_are_no_gaussian_s() -> None:
    """Whose excess kurtosis is 0: the functions of noise are nonlinear."""
    q = TWINS["avb"].in_numpy().encode(TWINS["avb"].images)
    assert isinstance(q, Draws)
    standard = (q.z - q.mu) / q.sd
    assert np.abs((standard**4).mean(axis=0) - 3).max() > 0.2


def test_the_kl_from_neighbours_is_that_of_a_density_of_the_same_draws() -> None:
    """A posterior that is Gaussian, as its functions of noise are linear: v = eps + ..., in the plane."""
    config = replace(TINY, activation="silu", noise_bases=1, noise_dim=2)
    torch.manual_seed(0)
    model = AVB(config)
    with torch.no_grad():  # silu(w) - silu(-w) = w: the first two layers pass eps on, times a factor
        for tensor in model.noise.parameters():
            tensor.zero_()
        for k in range(2):
            first, second, last = model.noise.weights
            first[0, k, 2 * k], first[0, k, 2 * k + 1] = 1.0, -1.0
            second[0, 2 * k, 2 * k], second[0, 2 * k + 1, 2 * k] = 1.0, -1.0
            second[0, 2 * k, 2 * k + 1], second[0, 2 * k + 1, 2 * k + 1] = -1.0, 1.0
            last[0, 2 * k, k], last[0, 2 * k + 1, k] = 1.0, -1.0
    x = torch.rand(10, 784)
    q = model.encode(x)
    exact = kl_divergence(Normal(q.centre, q.scale[:, 0]), Normal(0.0, 1.0)).sum(dim=1).mean()
    found = kl_without_critic(model, x, seed=0)
    assert found["kl_neighbours"] == pytest.approx(exact.item(), abs=0.05)
    assert found["kl_least"] == pytest.approx(exact.item(), abs=0.05)
    assert found["kl_looked_at"] == 10


@pytest.mark.parametrize("name", ["avb", "avb-dimension"])
def test_the_least_kl_is_that_of_the_gaussian_with_the_moments_of_the_draws(name: str) -> None:
    twin = TWINS[name]
    model, x = twin.in_torch(), torch.from_numpy(twin.images).flatten(1)
    assert isinstance(model, AVB)
    with torch.no_grad():
        q = model.encode(x)
        z = q.draws(q.noise.draw(2000, torch.Generator().manual_seed(0))).double()
    p = MultivariateNormal(torch.zeros(3).double(), torch.eye(3).double())
    moments = [(each.mean(dim=0), each.T.cov()) for each in z.swapaxes(0, 1)]
    expected = [kl_divergence(MultivariateNormal(mean, cov), p).item() for mean, cov in moments]
    found = kl_without_critic(model, x, seed=0)
    assert found["kl_least"] == pytest.approx(np.mean(expected), abs=0.1)
    assert "kl_neighbours" not in found  # three dimensions
    assert kl_without_critic(TWINS["linear"].in_torch(), x, seed=0) == {}


# A run


def new_run(pixels: Tensor, **settings: Any) -> Run:
    return Run(replace(SETTINGS, **settings), len(pixels), CPU)


@pytest.mark.parametrize("adversary", ["adaptive", "covariance", "prior"])
def test_a_run_learns(pixels: Tensor, adversary: Any) -> None:
    critic = replace(SETTINGS.critic, contrast=adversary)
    run = new_run(pixels, epochs=6, lr=5e-3, critic=critic)
    for _ in range(6):
        run.train_epoch(pixels, lambda *_: None)
    assert run.history[-1]["nll"] < 0.7 * run.history[0]["nll"]
    assert all(0 < epoch["critic_loss"] < 1.1 * AT_CHANCE for epoch in run.history)


@pytest.mark.parametrize("settings", [{}, {"ema": 0.9}], ids=["plain", "averaged"])
def test_a_resumed_run_equals_an_uninterrupted_one_to_the_bit(
    pixels: Tensor, tmp_path: Path, settings: dict[str, Any]
) -> None:
    whole, parts = tmp_path / "whole.safetensors", tmp_path / "parts.safetensors"
    fit(new_run(pixels, **settings), pixels, whole)
    first = new_run(pixels, **settings)
    first.train_epoch(pixels, lambda *_: None)
    first.save(parts)
    resumed = new_run(pixels, **settings)
    resumed.restore(resume_path(parts))
    fit(resumed, pixels, parts)
    ends = [torch.load(resume_path(out), weights_only=True) for out in (whole, parts)]
    assert ends[0]["history"] == ends[1]["history"]
    for name, tensor in ends[0]["adversary"]["critic"].items():
        assert torch.equal(tensor, ends[1]["adversary"]["critic"][name])
    assert checkpoint.load(parts).fingerprint == checkpoint.load(whole).fingerprint


def test_a_step_of_the_model_leaves_the_critic_and_the_other_way_round(pixels: Tensor) -> None:
    run, x = new_run(pixels), pixels[:50].float() / 255
    assert run.adversary is not None
    networks = run.model, run.adversary.critic
    run.adversary.prepare(x)  # a critic of zeros moves nothing

    def weights() -> list[Tensor]:
        return [torch.cat([w.detach().flatten() for w in each.parameters()]) for each in networks]

    before = weights()
    run.descent.step(x)
    between = weights()
    run.adversary.step(x)
    after = weights()
    assert not torch.equal(before[0], between[0])
    assert torch.equal(before[1], between[1])
    assert torch.equal(between[0], after[0])
    assert not torch.equal(between[1], after[1])


def test_pixels_are_binarised_by_their_level_and_afresh(pixels: Tensor) -> None:
    run = new_run(pixels)
    shown = torch.stack([run._shown(pixels[:20]) for _ in range(400)])
    assert set(shown.unique().tolist()) == {0.0, 1.0}
    levels = pixels[:20] / 255
    error = (levels * (1 - levels) / 400).sqrt()
    assert ((shown.mean(dim=0) - levels).abs() <= 6 * error + 1e-6).all()


def test_the_weight_of_the_kl_rises_from_a_tenth(pixels: Tensor) -> None:
    run, weights = new_run(pixels, epochs=5, kl_rise=0.4), list[float]()  # of 30 steps
    for _ in range(5):
        run.train_epoch(pixels, lambda *_: weights.append(float(run._beta)))
    expected = np.minimum(1, 0.1 + 0.9 * np.arange(30) / 12)
    np.testing.assert_allclose(weights, expected, rtol=1e-5)


def test_what_is_trained_can_be_explored(pixels: Tensor, tmp_path: Path, digits: NDArray[Any]) -> None:
    run, out = new_run(pixels, epochs=1), tmp_path / "model.safetensors"
    fit(run, pixels, out)
    model = explorer.load(out)
    x = digits[:6].astype(np.float32) / 255
    q = model.encode(x)
    assert q.form == "implicit"
    assert not model.can("gaussian")
    assert model.can("posterior", "likelihood", "gradient")
    np.testing.assert_array_equal(q.mu, model.encode(x).mu)
    assert isinstance(run.model, AVB)
    z = torch.from_numpy(q.mu)
    np.testing.assert_allclose(
        model.decode(q.mu), run.model.decode(z).detach().view(-1, 28, 28, 1), atol=1e-5
    )


def test_a_release_has_codes_without_a_kl_and_a_card_that_says_so(
    pixels: Tensor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run, out = new_run(pixels, epochs=1), tmp_path / "model.safetensors"
    run.train_epoch(pixels, lambda *_: None)
    run.save(out, {"kl_estimate": 6.25, "kl_estimate_on": "some images"})
    monkeypatch.setattr(embedding, "tsne", lambda mu, dims, **_: mu[:, :dims].copy())
    model = explorer.load(packing.release(out, "mine", tmp_path / "models"))
    test = model.codes()
    assert test.kl is None
    assert test.nll is not None
    assert model.metrics["nll"] == pytest.approx(test.nll.mean(), rel=1e-5)
    q = model.encode(sets.load("digits", "test").floats())
    np.testing.assert_allclose(test.mu, q.mu, atol=5e-3, rtol=1e-3)
    np.testing.assert_allclose(test.sd, q.sd, rtol=5e-3)
    assert "6.25 nats per image, an estimate by the critic, no bound (some images)" in model.record.card
    monkeypatch.setattr(training_codes, "FOLDER", tmp_path)
    monkeypatch.setattr(encode, "model_path", lambda name: tmp_path / "models" / f"{name}.safetensors")
    encode.main(["mine"])
    train = training_codes.shipped(model)
    assert train is not None
    assert train.kl is None


# The critic's health

WELL = {"nll": 150.0, "kl": 6.2, "kl_least": 6.0, "critic_loss": 1.33, "critic_accuracy": 0.57}


@pytest.mark.parametrize(
    ("figures", "is_adaptive", "words"),
    [
        ({}, True, None),
        ({}, False, None),
        ({"critic_loss": AT_CHANCE, "critic_accuracy": 0.5}, True, None),  # q may be its contrast
        ({"critic_loss": AT_CHANCE, "critic_accuracy": 0.5}, False, "knows nothing"),
        ({"critic_loss": 0.01, "critic_accuracy": 0.998}, False, "saturates"),
        ({"kl": 4.0}, False, "falls short"),
        ({"nll": 172.0}, True, "rose in epoch 2"),
        ({"nll": 151.0}, True, None),
    ],
)
def test_a_critic_that_fails_is_named(
    figures: dict[str, float], is_adaptive: bool, words: str | None
) -> None:
    found = health.fault([WELL, {**WELL, **figures}], is_adaptive)
    assert (found is None) if words is None else (found is not None and words in found)


def test_the_least_kl_is_below_that_of_any_posterior_with_the_moments() -> None:
    """Of a mixture in one dimension, by quadrature."""
    z = torch.linspace(-12, 12, 48_001, dtype=torch.float64)
    density = 0.5 * (Normal(-1.5, 0.3).log_prob(z).exp() + Normal(1.0, 0.5).log_prob(z).exp())
    mean = torch.trapezoid(density * z, z)
    sd = torch.trapezoid(density * (z - mean) ** 2, z).sqrt()
    log_ratio = density.clamp_min(1e-300).log() - Normal(0.0, 1.0).log_prob(z)
    kl = torch.trapezoid(density * log_ratio, z)
    least = Contrast(mean[None, None], sd[None, None]).kl()[0]
    assert 0 < least < kl
    assert math.isfinite(kl)


# Command line


def test_the_command_trains_scores_and_says_that_the_kl_is_an_estimate(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "avb.safetensors"
    words = (
        "train --model avb --dataset digits --hidden 16 --latent-dim 2 --epochs 1 --batch-size 200 "
        f"--pixels binarised --critic-width 16 --critic-before 2 --device cpu --precision float32 --out {out}"
    )
    monkeypatch.setattr(sys, "argv", shlex.split(words))
    train.main()
    assert "an estimate by the critic, no bound" in capsys.readouterr().out
    said = checkpoint.describe(out)
    assert said.config.kind == "avb"
    assert (said.metrics["elbo"], said.metrics["kl"]) == (None, None)
    assert said.metrics["kl_estimate"] > 0
    assert "binarised" in said.metrics["kl_estimate_on"]
    assert said.metrics["steps"] == 7
    assert "--kind avb" in said.command
    assert "--critic-width 16" in said.command


def test_a_vae_s_command_says_nothing_of_a_critic() -> None:
    assert "critic" not in TrainConfig().command
