"""Loaders: models opened once and anew when their file changes, images of data sets or a friendly way out."""

import os
from pathlib import Path
from types import SimpleNamespace

import pytest
from streamlit.testing.v1 import AppTest

from vae import explorer
from vae.images import sets
from vae.model import checkpoint
from vae.web.kit import datasets, loaders

READ_KMNIST = "from vae.web.kit import datasets\nassert datasets.images('kmnist') is None"


def test_a_model_is_opened_once_and_anew_when_its_file_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "mine.safetensors"
    file.touch()
    opened: list[str] = []

    def load(name: str) -> SimpleNamespace:
        opened.append(name)
        return SimpleNamespace(codes=lambda: None)

    monkeypatch.setattr(checkpoint, "model_path", lambda name: file)
    monkeypatch.setattr(explorer, "load", load)
    assert loaders.explorer("mine") is loaders.explorer("mine")
    assert opened == ["mine"]
    os.utime(file, (1, 1))
    loaders.explorer("mine")
    assert opened == ["mine", "mine"]
    checkpoint.codes_path(file).touch()  # a release has added its t-SNE
    loaders.explorer("mine")
    assert opened == ["mine", "mine", "mine"]


def test_a_model_that_vanishes_after_it_was_listed_gets_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checkpoint, "model_path", lambda name: tmp_path / f"{name}.safetensors")
    said = loaders.open_model("gone")
    assert isinstance(said, str)
    assert said.startswith(f"No readable checkpoint at {tmp_path / 'gone.safetensors'}: No such file")


def test_without_any_file_the_originals_of_mnist_are_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VAE_DATA_ROOT", str(tmp_path))
    assert datasets.images("kmnist") is None
    assert datasets.examples("kmnist")[0] == "mnist"
    for dataset, count in (("mnist", 10_000), ("digits", 355)):
        name, items = datasets.examples(dataset)
        assert (name, items.pixels.shape) == (dataset, (count, 28, 28))


def test_a_damaged_set_gets_its_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    def load(name: str, split: str = "test") -> sets.LabelledImages:
        raise sets.DataError(f"{name} is damaged.")

    monkeypatch.setattr(sets, "available", lambda name: True)
    monkeypatch.setattr(sets, "load", load)
    at = AppTest.from_string(READ_KMNIST).run()
    assert not at.exception
    assert at.warning[0].value == "kmnist is damaged."
