"""Loaders: models opened once and anew when their file changes, images of data sets or a friendly way out."""

import os
from pathlib import Path
from types import SimpleNamespace

import pytest
from streamlit.testing.v1 import AppTest

from vae import checkpoint, data, explorer
from vae.web import datasets, loaders

OFFER = """
from vae.web import datasets

datasets.offer_download("mnist")
name, images = datasets.examples("mnist")
import streamlit as st
st.text(f"{name} {len(images.labels)}")
"""


@pytest.fixture
def absent(monkeypatch: pytest.MonkeyPatch) -> None:
    """No data set on this machine but scikit-learn's digits."""
    monkeypatch.setattr(data, "available", lambda name: name == "digits")


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


@pytest.mark.usefixtures("absent")
def test_a_set_that_is_not_here_is_none_and_the_digits_stand_in() -> None:
    assert datasets.images("mnist") is None
    name, images = datasets.examples("mnist")
    assert name == "digits"
    assert images.images.shape[1:] == (28, 28)


@pytest.mark.usefixtures("absent")
def test_the_offer_to_download_says_so_when_there_is_no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    digits = data.load("digits")

    def load(name: str, split: str = "test", download: bool = False) -> data.LabelledImages:
        if name == "digits":
            return digits
        raise data.DataError("mnist cannot be fetched: there is no network.")

    monkeypatch.setattr(data, "load", load)
    at = AppTest.from_string(OFFER, default_timeout=60).run()
    assert "not on this machine" in at.caption[0].value
    assert at.text[0].value.startswith("digits ")
    at.button[0].click().run()
    assert not at.exception
    assert at.error[0].value == "mnist cannot be fetched: there is no network."
    assert at.text[0].value.startswith("digits ")


def test_a_damaged_set_gets_its_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    def load(name: str, split: str = "test") -> data.LabelledImages:
        raise data.DataError(f"{name} is damaged.")

    monkeypatch.setattr(data, "available", lambda name: True)
    monkeypatch.setattr(data, "load", load)
    at = AppTest.from_string("from vae.web import datasets\nassert datasets.images('kmnist') is None").run()
    assert not at.exception
    assert at.warning[0].value == "kmnist is damaged."


def test_nothing_is_offered_when_the_set_is_here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(data, "available", lambda name: True)
    at = AppTest.from_string("from vae.web import datasets\ndatasets.offer_download('mnist')").run()
    assert not at.caption
    assert not at.button
