"""Test images that pages show: a set's own, those of another one of the same shape, or a sentence."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from tests.pages.visiting import html, visit
from vae.images import sets
from vae.images.dataset import Dataset
from vae.images.spec import ImageSpec
from vae.web.kit import datasets


@pytest.fixture(autouse=True)
def no_data_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """An empty folder for data sets, and nothing remembered of another one."""
    monkeypatch.setenv("VAE_DATA_ROOT", str(tmp_path))
    datasets._read.clear()
    yield
    datasets._read.clear()


@pytest.mark.parametrize("name", ["mnist", "digits", "emoji"])
def test_a_set_that_ships_shows_its_own(name: str) -> None:
    dataset, items = datasets.examples(sets.dataset(name))
    assert dataset == sets.dataset(name)
    np.testing.assert_array_equal(items.pixels, sets.load(name).pixels)


def test_a_missing_set_shows_another_one_of_its_shape() -> None:
    assert datasets.images("kmnist") is None
    dataset, items = datasets.examples(sets.dataset("kmnist"))
    assert dataset == sets.dataset("mnist")
    assert len(items) == 10_000
    own = Dataset("own", ImageSpec(64, 64, 3))
    assert datasets.examples(own)[0].name == "emoji"


def test_where_no_set_has_that_shape_the_page_says_so_and_ends() -> None:
    def page() -> None:
        import streamlit as st

        from vae.images.dataset import Dataset
        from vae.images.spec import ImageSpec
        from vae.web.kit import datasets

        datasets.examples(Dataset("own", ImageSpec(20, 12, 1)))
        st.title("after")

    at = AppTest.from_function(page).run()
    assert not at.exception
    assert [info.value for info in at.info] == [
        "No test images on this machine have the shape of those of own, and one is needed here."
    ]
    assert not at.title


@pytest.mark.parametrize("page", ["latent_map", "reconstruct", "interpolate"])
def test_a_model_whose_images_are_gone_says_so_and_no_other_image_passes_for_one_of_them(
    page: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sets, "available", lambda name, split="test": name == "digits")
    at = visit(page, image="7")
    assert [info.value for info in at.info] == [
        "The images of mnist, which this model has learnt from, are not on this machine: their codes stand "
        "without the originals. Where an image is needed to begin with, it is one of digits. "
        "`python -m vae.data mnist` fetches them."
    ]
    assert "Your image:" not in html(at)
    assert ("test image 7 of digits" in html(at)) == (page == "reconstruct")


def test_without_any_images_of_their_shape_nothing_stands_in() -> None:
    said = datasets.absent(Dataset("my_own", ImageSpec(20, 12, 1)))
    assert said is not None
    assert said.endswith("their codes stand without the originals.")
    assert "my\\_own" in said
    assert datasets.absent(sets.dataset("mnist")) is None
