"""Releasing a model: the order in which its files appear, and that they belong together."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.conftest import model_of
from tests.pages import strangers
from vae import explorer
from vae.images import sets
from vae.images.dataset import ImageSet
from vae.latent import embedding
from vae.model import catalogue, checkpoint, tensor_file
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
    monkeypatch.setattr(packing, "write_atomically", noted)
    monkeypatch.setattr("vae.model.codes.write_atomically", noted)
    return seen


def test_who_sees_the_checkpoint_finds_its_codes_and_its_card(
    trained: Path, tmp_path: Path, seen: list[list[str]]
) -> None:
    path = packing.release(trained, "mine", tmp_path / "models", chosen_on="300 held-out images")
    assert len(seen) == 4  # t-SNE in 2-D, then three files
    assert seen[:2] == [[], []]
    assert seen[-1] == ["mine.codes.safetensors", "mine.md"]
    model = explorer.load(path)
    assert model.embedding(2).shape == (len(model.codes()), 2)
    assert f"{path.stat().st_size / 1e6:.2f} MB" in model.record.card
    assert model.fingerprint == checkpoint.load(path).fingerprint
    assert "test accuracy of the 10 nearest training codes, 10 classes" in model.record.card
    assert "28 × 28 grey images like those of digits" in model.record.card
    assert "| recipe chosen on | 300 held-out images |" in model.record.card
    assert '--name mine --chosen-on "300 held-out images"' in model.record.card


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
    assert computed == [first]
    assert explorer.load(path).fingerprint != first
    explorer.load(path).codes()


def test_a_model_of_few_images_in_colour_without_labels(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    items, dataset = strangers.items("blobs"), strangers.UNLABELLED
    splits = {"train": ImageSet(items.pixels[:60], None), "test": ImageSet(items.pixels[60:100], None)}
    monkeypatch.setattr(sets, "load", lambda name, split: splits[split])
    monkeypatch.setattr(embedding, "tsne", lambda mu, dims, **_: mu[:, :dims].copy())
    config = ModelConfig(3, (8, 6, 4), likelihood="gaussian", network="conv", image_spec=dataset.image_spec)
    said = Description(config, dataset, "python -m vae.train", 0, {"train_images": 60})
    checkpoint.save(tmp_path / "trained.safetensors", model_of(config).weights(), said)
    model = explorer.load(packing.release(tmp_path / "trained.safetensors", "blobs", tmp_path / "models"))
    card, metrics, codes = model.record.card, model.metrics, model.codes()
    assert codes.labels is None
    assert codes.mu.shape == (40, 3)
    assert codes.embeddings.keys() == {2}  # of its own three dimensions
    assert "trained on the 60 training images of blobs (64 × 64 RGB)" in card
    assert "3 → 8 × 8 × 8 → 6 × 16 × 16 → 4 × 32 × 32 → 64 × 64 RGB, silu" in card
    assert "| data | CC0 |" in card
    assert "nearest training codes" not in card
    assert "binarised" not in card
    own = model.evaluate(splits["train"].floats(), samples=packing.SAMPLES)
    apart = metrics["nll"] + metrics["kl"] - metrics["train_nll"] - metrics["train_kl"]
    assert metrics["train_nll"] == pytest.approx(own.nll.mean(), rel=0.01)
    assert metrics["train_kl"] == pytest.approx(own.kl.mean(), rel=1e-3)
    assert f"test images cost {apart:.1f} nats more" in card


def test_a_card_says_what_an_encoder_of_its_own_is() -> None:
    said = checkpoint.load(catalogue.model_path("mnist-vae-2d")).description
    config = ModelConfig(2, (9, 8), encoder_hidden=(30,), encoder_activation="relu")
    card = packing.model_card("mine", replace(said, config=config), 1)
    assert "| encoder | 784 → 30 → 2 + 2, relu |\n| decoder | 2 → 9 → 8 → 784, silu |" in card
    mirrored = packing.model_card("mine", replace(said, config=ModelConfig(2, (9, 8))), 1)
    assert "| decoder | 2 → 9 → 8 → 784, silu; the encoder mirrors it |" in mirrored
