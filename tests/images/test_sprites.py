"""Sprites: what is packed comes back, grey or in colour, in tiles of any size."""

import io
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from vae.images import sprites

LABELS = np.arange(250) % 60


def images(*shape: int) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (len(LABELS), *shape), dtype=np.uint8)


def written(folder: Path, pixels: np.ndarray, labels: np.ndarray | None = LABELS) -> Path:
    png, description = sprites.pack(pixels, labels)
    (folder / "set.json").write_bytes(description)
    (folder / "set.png").write_bytes(png)
    return folder / "set.png"


@pytest.mark.parametrize("shape", [(28, 28, 1), (20, 32, 1), (64, 48, 3)])
def test_what_is_packed_comes_back(tmp_path: Path, shape: tuple[int, ...]) -> None:
    pixels = images(*shape)
    back = sprites.read(written(tmp_path, pixels))
    np.testing.assert_array_equal(back.pixels, pixels)
    np.testing.assert_array_equal(back.labels, LABELS)
    assert sprites.pack(pixels, LABELS) == sprites.pack(pixels.copy(), LABELS)


def test_images_without_labels_come_back_without(tmp_path: Path) -> None:
    pixels = images(20, 32, 3)
    path = written(tmp_path, pixels, None)
    back = sprites.read(path)
    np.testing.assert_array_equal(back.pixels, pixels)
    assert back.labels is None
    assert "labels" not in json.loads(path.with_suffix(".json").read_text())


def test_tiles_lie_row_by_row_and_the_picture_says_nothing_else() -> None:
    pixels = images(20, 32, 1)
    png, description = sprites.pack(pixels, LABELS)
    whole = Image.open(io.BytesIO(png))
    assert (whole.mode, whole.size, whole.info) == ("L", (100 * 32, 3 * 20), {})  # no profile, no gamma
    np.testing.assert_array_equal(np.asarray(whole)[40:60, 320:352], pixels[210, ..., 0])
    said = json.loads(description)
    assert {name: said[name] for name in ("height", "width", "channels", "columns", "count")} == {
        "height": 20,
        "width": 32,
        "channels": 1,
        "columns": 100,
        "count": 250,
    }


def test_names_of_the_images_are_kept_and_said_only_where_there_are_any() -> None:
    names = [f"image {k} 😀" for k in range(len(LABELS))]
    _, named = sprites.pack(images(20, 32, 1), LABELS, names)
    _, nameless = sprites.pack(images(20, 32, 1), LABELS)
    assert sprites.describe(named).names == tuple(names)
    assert "names" not in json.loads(nameless)
    assert sprites.describe(nameless).names is None


@pytest.mark.parametrize(
    "change",
    [
        *({"height": 7}, {"height": 0}, {"height": "28"}, {"channels": 3}, {"channels": 2}, {"count": 350}),
        *({"labels": [1, 2]}, {"labels": None}, {"names": ["one"]}, {"surprise": 1}),
    ],
)
def test_a_description_of_another_picture_is_refused(tmp_path: Path, change: dict[str, object]) -> None:
    path = written(tmp_path, images(28, 28, 1))
    file = path.with_suffix(".json")
    file.write_text(json.dumps(json.loads(file.read_text()) | change))
    with pytest.raises(ValueError, match="description"):
        sprites.read(path)
