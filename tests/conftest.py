"""What several test modules need: a tiny model, its checkpoint, and what ships with one."""

import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from sklearn.datasets import load_digits
from threadpoolctl import threadpool_limits

from vae.images import sets
from vae.model import checkpoint, codes
from vae.model.config import ModelConfig
from vae.training.vae import VAE

CONFIG = ModelConfig(latent_dim=2, hidden=(16, 24))
FACTS = {"elbo": -200.0, "nll": 190.0, "kl": 10.0, "active_units": 2}


def pytest_configure() -> None:
    """A home of its own for what tests bring and train, and one thread for each worker.

    More threads than cores would wait for each other.
    """
    os.environ["VAE_HOME"] = tempfile.mkdtemp(prefix="vae-home-")
    torch.set_num_threads(1)
    threadpool_limits(1)


def pytest_unconfigure() -> None:
    """Take the home away again."""
    shutil.rmtree(os.environ["VAE_HOME"], ignore_errors=True)


def model_of(config: ModelConfig, seed: int = 0) -> VAE:
    """A model with random weights, the same for the same seed."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return VAE(config)


@pytest.fixture
def model() -> VAE:
    """A tiny model with random weights."""
    return model_of(CONFIG)


@pytest.fixture
def description() -> checkpoint.Description:
    """What the tiny model's checkpoint says."""
    return checkpoint.Description(
        CONFIG, sets.dataset("digits"), "python -m vae.train --dataset digits", 7, FACTS
    )


@pytest.fixture
def saved(tmp_path: Path, model: VAE, description: checkpoint.Description) -> Path:
    """The tiny model's checkpoint, float16 as a shipped one."""
    path = tmp_path / "tiny.safetensors"
    checkpoint.save(path, model.weights(), description, np.float16)
    return path


@pytest.fixture(scope="session")
def digits() -> NDArray[np.uint8]:
    """500 handwritten digits of scikit-learn, three times as large with a margin: (500, 28, 28, 1)."""
    small = load_digits().images[:500]
    large = np.kron(small, np.ones((3, 3))) * (255 / 16)
    return np.pad(large, ((0, 0), (2, 2), (2, 2))).astype(np.uint8)[..., None]


class Trap:
    """An object whose unpickling creates the folder `sprung`."""

    def __init__(self, sprung: Path) -> None:
        self.sprung = sprung

    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, (str(self.sprung),)


@pytest.fixture
def trap(tmp_path: Path) -> Trap:
    """What must never be unpickled."""
    return Trap(tmp_path / "sprung")


@pytest.fixture
def tiny_codes() -> codes.Codes:
    """Codes of 50 images under no particular model, five of each class."""
    rng = np.random.default_rng(0)
    mu, log_var = rng.normal(size=(2, 50, 2)).astype(np.float32)
    kl = 0.5 * (mu**2 + np.expm1(log_var) - log_var).sum(axis=1)
    nll = rng.uniform(50, 150, 50).astype(np.float32)
    return codes.Codes(mu, np.exp(0.5 * log_var), np.arange(50) % 10, nll, kl, {2: mu * 3})
