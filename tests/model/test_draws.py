"""Draws of x: their values and moments, against the distributions that they are said to come from."""

from pathlib import Path

import numpy as np
import pytest
from scipy.stats import kstest

from tests.conftest import CONFIG, model_of
from vae import explorer
from vae.explorer import Explorer
from vae.images import sets
from vae.model import checkpoint
from vae.model.config import ModelConfig
from vae.model.protocol import Likelihood

MEANS = np.linspace(0.02, 0.98, 784).reshape(1, 28, 28, 1)


def opened(tmp_path: Path, config: ModelConfig) -> Explorer:
    path = tmp_path / "model.safetensors"
    said = checkpoint.Description(config, sets.dataset("digits"), "", 0, {})
    checkpoint.save(path, model_of(config).weights(), said)
    return explorer.load(path)


def pixel_sd(model: Explorer) -> float:
    assert model.likelihood is not None
    assert model.likelihood.pixel_sd is not None
    return model.likelihood.pixel_sd


def test_a_bernoulli_draw_is_black_or_white_with_the_mean_as_its_probability(tmp_path: Path) -> None:
    model = opened(tmp_path, CONFIG)
    assert model.likelihood == Likelihood("bernoulli")
    draws = model.draw(MEANS.repeat(2000, axis=0), np.random.default_rng(0))
    assert set(np.unique(draws)) == {0.0, 1.0}
    spread = np.sqrt(MEANS * (1 - MEANS) / 2000)
    assert np.abs((draws.mean(axis=0) - MEANS) / spread).max() < 5


@pytest.mark.parametrize("variance", [0.5, 0.0], ids=["fixed", "learnt"])
def test_a_gaussian_draw_is_the_mean_with_the_models_own_noise(tmp_path: Path, variance: float) -> None:
    model = opened(tmp_path, ModelConfig(hidden=(16,), likelihood="gaussian", pixel_variance=variance))
    sd = pixel_sd(model)
    if variance:
        assert sd == pytest.approx(np.sqrt(variance))
    draws = model.draw(MEANS.repeat(20, axis=0), np.random.default_rng(1))
    assert kstest(((draws - MEANS) / sd).ravel(), "norm").pvalue > 1e-3


def test_the_learnt_variance_is_the_one_that_the_nll_uses(tmp_path: Path) -> None:
    """At x = mean the nll of 784 pixels is 784 log(sd √(2π))."""
    model = opened(tmp_path, ModelConfig(hidden=(16,), likelihood="gaussian"))
    z = np.zeros((1, 20), np.float32)
    nll = model.nll(model.decode(z)[0], z)[0]
    assert pixel_sd(model) == pytest.approx(np.exp(nll / 784) / np.sqrt(2 * np.pi), rel=1e-5)
