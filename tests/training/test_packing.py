"""Releasing a model: the order in which its files appear, and that they belong together."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.conftest import model_of
from vae import explorer
from vae.images import sets
from vae.latent import embedding
from vae.model import checkpoint, tensor_file
from vae.model.checkpoint import Description
from vae.model.config import ModelConfig
from vae.training import packing


@pytest.fixture
def trained(tmp_path: Path) -> Path:
    """The checkpoint of a model with random weights, as a training on scikit-learn's digits leaves it."""
    config, path = ModelConfig(3, (8,)), tmp_path / "runs" / "mine.safetensors"
    said = Description(
        config, sets.dataset("digits"), "python -m vae.train --dataset digits", 0, {"train_images": 1439}
    )
    checkpoint.save(path, model_of(config).weights(), said)
    return path


@pytest.fixture
def seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The files in the folder of models at each t-SNE and before each write."""
    seen: list[list[str]] = []
    write = tensor_file.write_atomically

    def look() -> None:
        seen.append(sorted(path.name for path in (tmp_path / "models").glob("*")))

    def tsne(mu: np.ndarray, dims: int, **_: Any) -> np.ndarray:
        look()
        return np.asarray(mu[:, :dims])

    def noted(path: Path, content: bytes) -> None:
        look()
        write(path, content)

    monkeypatch.setattr(embedding, "tsne", tsne)
    monkeypatch.setattr(checkpoint, "write_atomically", noted)
    monkeypatch.setattr("vae.model.codes.write_atomically", noted)
    return seen


def test_who_sees_the_checkpoint_finds_its_codes_and_its_card(
    trained: Path, tmp_path: Path, seen: list[list[str]]
) -> None:
    path = packing.release(trained, "mine", tmp_path / "models")
    assert len(seen) == 5  # t-SNE in 2-D and 3-D, then three files
    assert seen[:3] == [[], [], []]
    assert seen[-1] == ["mine.codes.safetensors", "mine.md"]
    model = explorer.load(path)
    assert model.embedding(3).shape == (len(model.codes().labels), 3)
    assert f"{path.stat().st_size / 1e6:.2f} MB" in model.card
    assert model.fingerprint == checkpoint.load(path).fingerprint


def test_a_model_is_whole_while_it_is_released_anew(
    trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seen: list[list[str]]
) -> None:
    path = packing.release(trained, "mine", tmp_path / "models")
    first = explorer.load(path).fingerprint
    read = checkpoint.load(trained)
    other = model_of(read.description.config, seed=1).weights()
    checkpoint.save(trained, other, read.description)
    computed: list[str] = []

    def tsne(mu: np.ndarray, dims: int, **_: Any) -> np.ndarray:
        model = explorer.load(path)
        model.codes()  # raises if they are of another model
        computed.append(model.fingerprint)
        return np.asarray(mu[:, :dims])

    monkeypatch.setattr(embedding, "tsne", tsne)
    packing.release(trained, "mine", tmp_path / "models")
    assert computed == [first, first]
    assert explorer.load(path).fingerprint != first
    explorer.load(path).codes()
