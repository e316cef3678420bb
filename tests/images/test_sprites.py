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


def written(folder: Path, pixels: np.ndarray) -> Path:
    png, description = sprites.pack(pixels, LABELS)
    (folder / "set.json").write_bytes(description)
    (folder / "set.png").write_bytes(png)
    return folder / "set.png"


@pytest.mark.parametrize("shape", [(28, 28), (20, 32), (64, 64, 3)])
def test_what_is_packed_comes_back(tmp_path: Path, shape: tuple[int, ...]) -> None:
    pixels = images(*shape)
    back, labels = sprites.read(written(tmp_path, pixels))
    np.testing.assert_array_equal(back, pixels)
    np.testing.assert_array_equal(labels, LABELS)
    assert sprites.pack(pixels, LABELS) == sprites.pack(pixels.copy(), LABELS)


def test_tiles_lie_row_by_row_and_the_picture_says_nothing_else() -> None:
    pixels = images(20, 32)
    png, description = sprites.pack(pixels, LABELS)
    whole = Image.open(io.BytesIO(png))
    assert (whole.mode, whole.size, whole.info) == ("L", (100 * 32, 3 * 20), {})  # no profile, no gamma
    np.testing.assert_array_equal(np.asarray(whole)[40:60, 320:352], pixels[210])
    said = json.loads(description)
    assert {name: said[name] for name in ("height", "width", "channels", "columns")} == {
        "height": 20,
        "width": 32,
        "channels": 1,
        "columns": 100,
    }


@pytest.mark.parametrize("change", [{"height": 7}, {"channels": 3}, {"labels": [1, 2]}, {"labels": None}])
def test_a_description_of_another_picture_is_refused(tmp_path: Path, change: dict[str, object]) -> None:
    path = written(tmp_path, images(28, 28))
    file = path.with_suffix(".json")
    file.write_text(json.dumps(json.loads(file.read_text()) | change))
    with pytest.raises(ValueError, match="description"):
        sprites.read(path)
