"""Evaluation against direct NumPy computations on models whose answers are known."""

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor

from vae import evaluate as command
from vae.analysis import active
from vae.images import sets
from vae.model import checkpoint
from vae.model.config import ModelConfig
from vae.training import evaluation
from vae.training.evaluation import evaluate, summary, summary_text
from vae.training.vae import VAE, build

Floats = NDArray[np.float64]
PIXELS = 784


@pytest.fixture
def x(digits: NDArray[np.uint8]) -> Tensor:
    return torch.from_numpy(digits[:60]).flatten(1).float() / 255


def bce(logits: Floats, x: Floats) -> Floats:
    """Grey Bernoulli cross-entropy summed over pixels, from its definition."""
    p = 1 / (1 + np.exp(-logits))
    return -(x * np.log(p) + (1 - x) * np.log(1 - p)).sum(axis=-1)


def kl_per_dim(mu: Floats, log_var: Floats) -> Floats:
    return 0.5 * (mu**2 + np.exp(log_var) - 1 - log_var)


@torch.no_grad()
def constant_model(mu: list[float], raw: list[float], logit: float) -> VAE:
    """A model whose posterior and decoded mean are the same for every image and every z."""
    model = VAE(ModelConfig(latent_dim=len(mu), hidden=(4,)))
    weights = dict(model.named_parameters())
    for weight in weights.values():
        weight.zero_()
    weights["encoder.2.bias"].copy_(torch.tensor(mu + raw))
    weights["decoder.2.bias"].fill_(logit)
    return model


def test_a_model_that_ignores_its_input(x: Tensor) -> None:
    mu, raw, logit = [0.5, -1.0, 0.0], [-2.0, 1.0, 0.0], -1.5
    terms = evaluate(constant_model(mu, raw, logit), x, samples=2)
    kl = kl_per_dim(np.array(mu), 8 * np.tanh(np.array(raw) / 8))
    nll = bce(np.full(PIXELS, logit), x.double().numpy().reshape(-1, PIXELS))
    np.testing.assert_allclose(terms.kl_per_dim, np.tile(kl, (60, 1)), rtol=1e-5, atol=1e-7)
    np.testing.assert_allclose(terms.kl, np.full(60, kl.sum()), rtol=1e-5)
    np.testing.assert_allclose(terms.nll, nll, rtol=1e-5)
    np.testing.assert_allclose(terms.elbo, -nll - kl.sum(), rtol=1e-5)
    assert (terms.active_units, terms.varying_units) == (2, 0)  # two dimensions cost nats for nothing


def numpy_network(layers: torch.nn.Module, values: Floats) -> Floats:
    """An MLP with SiLU in float64."""
    weights = [weight.detach().double().numpy() for weight in layers.parameters()]
    for place in range(0, len(weights), 2):
        values = values @ weights[place].T + weights[place + 1]
        if place < len(weights) - 2:
            values = values / (1 + np.exp(-values))
    return values


def test_a_random_model_against_numpy(model: VAE, x: Tensor) -> None:
    terms = evaluate(model, x, samples=3, seed=11)
    images = x.double().numpy().reshape(-1, PIXELS)
    mu, raw = np.split(numpy_network(model.encoder, images), 2, axis=1)
    log_var = 8 * np.tanh(raw / 8)
    generator = torch.Generator().manual_seed(11)
    draws = [torch.empty(60, 2).normal_(generator=generator).double().numpy() for _ in range(3)]
    logits = [numpy_network(model.decoder, mu + np.exp(log_var / 2) * eps) for eps in draws]
    nll = np.mean([bce(each, images) for each in logits], axis=0)
    np.testing.assert_allclose(terms.mu, mu, atol=1e-5)
    np.testing.assert_allclose(terms.log_var, log_var, atol=1e-5)
    np.testing.assert_allclose(terms.nll, nll, rtol=1e-5)
    np.testing.assert_allclose(terms.elbo, -nll - kl_per_dim(mu, log_var).sum(axis=1), rtol=1e-5)


@torch.no_grad()
def model_with_a_dead_dimension() -> VAE:
    """Dimension 0 follows the brightness; 1 is far from the prior but says nothing; 2 is the prior."""
    model = VAE(ModelConfig(latent_dim=3, hidden=(4,), activation="relu"))
    weights = dict(model.encoder.named_parameters())
    for weight in weights.values():
        weight.zero_()
    weights["0.weight"][0].fill_(1 / PIXELS)
    weights["2.weight"][0, 0] = 20
    weights["2.bias"][1] = 2
    return model


def test_active_units_and_collapse_are_visible(x: Tensor) -> None:
    terms = evaluate(model_with_a_dead_dimension(), x)
    brightness = 20 * x.reshape(-1, PIXELS).mean(dim=1)
    np.testing.assert_allclose(terms.mu[:, 0], brightness, rtol=1e-4)
    assert brightness.var() > active.VARIANCE
    assert (terms.active_units, terms.varying_units) == (2, 1)  # what is far from the prior costs nats, too
    said = summary(terms, "digits", "test", 10, 0)
    assert said["kl_per_dim"] == pytest.approx([0.5 * brightness.square().mean().item(), 2.0, 0.0], rel=1e-4)
    assert (said["active_units"], said["varying_units"], said["latent_dim"]) == (2, 1, 3)
    assert "active units: 2 of 3 by KL, 1 by the variance of mu" in summary_text(said)


def test_the_active_units_of_an_autoencoder_are_those_that_vary(x: Tensor) -> None:
    model = VAE(ModelConfig(2, (4,), kind="autoencoder"))
    with torch.no_grad():
        dict(model.encoder.named_parameters())["2.weight"][1].zero_()
        dict(model.encoder.named_parameters())["2.weight"][0].mul_(50)
    terms = evaluate(model, x)
    assert not terms.kl.any()
    assert terms.active_units == 1


def test_the_seed_decides_the_samples(model: VAE, x: Tensor) -> None:
    first, again, other = (evaluate(model, x, 2, seed) for seed in (1, 1, 2))
    assert torch.equal(first.nll, again.nll)
    assert not torch.equal(first.nll, other.nll)
    assert torch.equal(first.kl, other.kl)


def test_batches_do_not_change_what_is_certain(
    model: VAE, x: Tensor, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = evaluate(model, x)
    monkeypatch.setattr(evaluation, "NUMBERS", 7 * PIXELS)
    parts = evaluate(model, x)
    assert parts.nll.shape == (60,)
    torch.testing.assert_close(parts.mu, whole.mu)
    torch.testing.assert_close(parts.kl_per_dim, whole.kl_per_dim)
    torch.testing.assert_close(parts.nll.mean(), whole.nll.mean(), rtol=0.01, atol=0)


def test_images_may_be_bytes_or_levels(model: VAE, digits: NDArray[np.uint8], x: Tensor) -> None:
    assert torch.equal(evaluate(model, x).nll, evaluate(model, torch.from_numpy(digits[:60]).flatten(1)).nll)


def test_bad_requests(model: VAE, x: Tensor) -> None:
    with pytest.raises(ValueError, match="samples must be at least 1, got 0"):
        evaluate(model, x, samples=0)
    with pytest.raises(ValueError, match=r"Pixels must lie in \[0, 1\]"):
        evaluate(model, 255 * x)


# Command line


def run(monkeypatch: pytest.MonkeyPatch, *words: object) -> None:
    monkeypatch.setattr(sys, "argv", ["evaluate", *map(str, words)])
    command.main()


def test_json_has_units_and_counts(
    saved: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run(monkeypatch, saved, "--dataset", "digits", "--split", "test", "--samples", 2, "--seed", 3, "--json")
    said: dict[str, Any] = json.loads(capsys.readouterr().out)
    images = torch.from_numpy(sets.load("digits", "test").pixels).flatten(1)
    read = checkpoint.load(saved)
    terms = evaluate(build(read.description.config, read.weights), images, 2, 3)
    assert said["unit"] == "nats per image, mean over images"
    assert said["data"] == "digits test, levels in [0, 1]"
    assert (said["images"], said["samples"], said["seed"]) == (len(images), 2, 3)
    assert said["elbo"] == pytest.approx(terms.elbo.mean().item(), rel=1e-5)
    assert said["elbo"] == pytest.approx(-said["nll"] - said["kl"])
    assert said["kl"] == pytest.approx(sum(said["kl_per_dim"]))
    assert (said["latent_dim"], len(said["kl_per_dim"])) == (2, 2)


def test_text_has_units_and_the_models_own_data_set(
    saved: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run(monkeypatch, saved, "--samples", 1)
    text = capsys.readouterr().out
    assert "digits test" in text
    assert "1 samples of z each, seed 0" in text
    assert text.count("nats per image") == 3
    assert "higher is better" in text


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("no-such-model",), "There is no model called 'no-such-model'"),
        (("none.safetensors",), "none.safetensors"),
    ],
)
def test_a_model_that_is_not_there(
    words: tuple[str, ...], sentence: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(SystemExit, match=sentence):
        run(monkeypatch, *words)


def test_a_data_set_that_is_not_there(saved: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VAE_DATA_ROOT", str(tmp_path))
    with pytest.raises(SystemExit, match="kmnist"):
        run(monkeypatch, saved, "--dataset", "kmnist")


def test_images_of_another_shape(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SystemExit, match="The images of emoji have another shape than mnist-vae-2d's"):
        run(monkeypatch, "mnist-vae-2d", "--dataset", "emoji")


def test_no_samples(saved: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SystemExit, match="samples must be at least 1, got 0"):
        run(monkeypatch, saved, "--samples", 0)
