"""Loaders: models opened once and again when their file changes, images of data sets or a way out."""

import os
from pathlib import Path
from types import SimpleNamespace

import pytest
from streamlit.testing.v1 import AppTest

from vae import explorer
from vae.images import sets
from vae.images.dataset import ImageSet
from vae.model import catalogue
from vae.web.kit import datasets, loaders

READ_KMNIST = "from vae.web.kit import datasets\nassert datasets.images('kmnist') is None"


def test_a_model_is_opened_once_and_again_when_its_file_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "mine.safetensors"
    file.touch()
    opened: list[str] = []

    def load(name: str) -> SimpleNamespace:
        opened.append(name)
        return SimpleNamespace(codes=lambda: None)

    monkeypatch.setattr(catalogue, "model_path", lambda name: file)
    monkeypatch.setattr(explorer, "load", load)
    assert loaders.explorer("mine") is loaders.explorer("mine")
    assert opened == ["mine"]
    os.utime(file, (1, 1))
    loaders.explorer("mine")
    assert opened == ["mine", "mine"]
    catalogue.codes_path(file).touch()  # a release has added its t-SNE
    loaders.explorer("mine")
    assert opened == ["mine", "mine", "mine"]


def test_a_model_that_vanishes_after_it_was_listed_gets_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(catalogue, "model_path", lambda name: tmp_path / f"{name}.safetensors")
    said = loaders.open_model("gone")
    assert isinstance(said, str)
    assert said.startswith(f"No readable file at {tmp_path / 'gone.safetensors'}: No such file")


def test_the_favoured_models_come_first_and_only_those_that_are_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert loaders.model_names()[:2] == ("mnist-vae-2d", "mnist-vae-20d")
    assert set(loaders.model_names()) == set(catalogue.released_names())
    monkeypatch.setattr(catalogue, "released_names", lambda: ("a", "mnist-vae-20d"))
    assert loaders.model_names() == ("mnist-vae-20d", "a")
    assert loaders.favoured("compared") == ()


def test_records_are_read_without_opening_a_model(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(explorer, "load", lambda name: pytest.fail("a model was opened"))
    found = loaders.described()
    assert tuple(found) == loaders.model_names()
    assert found["mnist-ae-2d"].form == "point"
    assert found["mnist-vae-20d"].latent_dim == 20
    assert loaders.has_map("mnist-vae-20d", found["mnist-vae-20d"])  # its t-SNE ships


def test_a_damaged_file_is_left_out_and_gets_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "half.safetensors"
    file.write_bytes(catalogue.model_path("mnist-pca-2d").read_bytes()[:100])
    monkeypatch.setattr(catalogue, "released_names", lambda: ("half",))
    monkeypatch.setattr(catalogue, "model_path", lambda name: file)
    assert loaders.described() == {}
    for said in (loaders.describe("half"), loaders.open_model("half")):
        assert str(said).startswith("half.safetensors is not a safetensors file, or was cut short.")


def test_without_any_file_the_originals_of_mnist_are_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VAE_DATA_ROOT", str(tmp_path))
    assert datasets.images("kmnist") is None
    assert datasets.examples(sets.dataset("kmnist"))[0].name == "mnist"
    for name, count in (("mnist", 10_000), ("digits", 355)):
        dataset, items = datasets.examples(sets.dataset(name))
        assert (dataset.name, items.pixels.shape) == (name, (count, 28, 28, 1))


NONE_HAS_THAT_SHAPE = """
import streamlit as st
from vae.images.dataset import Dataset
from vae.images.spec import ImageSpec
from vae.web.kit import datasets

datasets.examples(Dataset("lines", ImageSpec(20, 12, 1)))
st.title("never reached")
"""


def test_where_no_set_has_the_shape_the_page_says_so_and_ends() -> None:
    at = AppTest.from_string(NONE_HAS_THAT_SHAPE).run()
    assert not at.exception
    assert "have the shape of those of lines" in at.info[0].value
    assert not at.title


def test_a_damaged_set_gets_its_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    def load(name: str, split: str = "test") -> ImageSet:
        raise sets.DataError(f"{name} is damaged.")

    monkeypatch.setattr(sets, "available", lambda name: True)
    monkeypatch.setattr(sets, "load", load)
    at = AppTest.from_string(READ_KMNIST).run()
    assert not at.exception
    assert at.warning[0].value == "kmnist is damaged."
