"""Originals without any data set on the machine: pages show those that ship, and offer no download."""

import io
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from starlette.requests import Request
from starlette.responses import Response

from tests.pages.visiting import html, pictures, visit
from vae.images import sets, sprites
from vae.images.own import adding
from vae.web.kit import datasets
from vae.web.server import originals


@pytest.fixture(autouse=True)
def no_data_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """An empty folder for data sets, and nothing remembered of another one."""
    monkeypatch.setenv("VAE_DATA_ROOT", str(tmp_path))
    datasets._read.clear()
    originals._sprite.cache_clear()
    yield
    datasets._read.clear()
    originals._sprite.cache_clear()


@pytest.mark.parametrize("page", ["reconstruct", "impute", "compare", "labels", "inference"])
def test_pages_show_mnist_s_own_test_image(page: str) -> None:
    at = visit(page, "mnist-vae-2d", image="5")
    pixels = sets.load("mnist").pixels[5, ..., 0]
    shown = [each for each in pictures(at, "") if each.shape == pixels.shape]
    assert any((each == pixels).all() for each in shown)
    assert not any("Download" in button.label for button in at.button)
    said = html(at) + "".join(caption.value for caption in at.caption)
    assert "not on this machine" not in said
    assert "scikit-learn" not in said


def test_the_digits_model_shows_scikit_learn_s() -> None:
    at = visit("reconstruct", "digits-vae-2d", image="5")
    pixels = sets.load("digits").pixels[5, ..., 0]
    assert any((each == pixels).all() for each in pictures(at, "input") if each.shape == pixels.shape)


def served(dataset: str) -> Response:
    return originals._serve(Request({"type": "http", "path_params": {"dataset": dataset}}))


@pytest.mark.parametrize("count", [20, 400])
def test_large_images_of_the_user_s_own_have_smaller_tiles(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, count: int
) -> None:
    monkeypatch.setenv("VAE_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(originals, "MOST_PIXELS", 2 * 64 * 64)  # of two test images, and of 40
    corners = np.zeros((count, 64, 64, 3), np.uint8)
    corners[:, :32, 32:] = (250, 120, 30)
    np.save(tmp_path / "images.npy", corners)
    adding.add("large", tmp_path / "images.npy")
    place = originals.place("large")
    assert place is not None
    expected = 64 if count == 20 else 14
    assert (place["height"], place["width"]) == (expected, expected)
    with Image.open(io.BytesIO(bytes(served("large").body))) as sprite:
        tile = np.asarray(sprite)[:expected, :expected]
    half = expected // 2
    assert (tile[:half, half:] == (250, 120, 30)).all()
    assert not tile[half:].any()


@pytest.mark.parametrize("dataset", ["mnist", "digits", "emoji"])
def test_the_browser_s_sprite_holds_the_test_images(tmp_path: Path, dataset: str) -> None:
    place, items = originals.place(dataset), sets.load(dataset)
    assert place is not None
    assert place["url"].startswith(f"/originals/{dataset}.png?v=")
    assert (place["height"], place["width"], 100) == (*items.pixels.shape[1:3], place["columns"])
    (tmp_path / "sprite.png").write_bytes(bytes(served(dataset).body))
    (tmp_path / "sprite.json").write_bytes(sprites.pack(items.pixels, items.labels)[1])
    np.testing.assert_array_equal(sprites.read(tmp_path / "sprite.png").pixels, items.pixels)


@pytest.mark.parametrize("dataset", ["kmnist", "cifar", "../models/mnist-vae-2d"])
def test_no_other_file_is_served(dataset: str) -> None:
    assert originals.place(dataset) is None
    assert served(dataset).status_code == 404
