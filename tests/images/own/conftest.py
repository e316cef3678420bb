"""A home of its own for each test, and pictures to read."""

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("VAE_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def png(level: int = 128, size: tuple[int, int] = (28, 28), mode: str = "L") -> bytes:
    """A picture of one level with a black corner."""
    colour = level if mode in ("L", "P") else (level,) * len(mode)
    picture = Image.new(mode, size, colour)
    picture.putpixel((0, 0), 0 if mode in ("L", "P") else (0,) * len(mode))
    content = io.BytesIO()
    picture.save(content, "PNG")
    return content.getvalue()


def write(folder: Path, files: dict[str, bytes]) -> Path:
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return folder


def levels(name: str) -> dict[str, int]:
    """The level of the middle of each image of a set, by the name of its file."""
    from vae.images import sets

    found: dict[str, int] = {}
    for split in sets.SPLITS:
        items = sets.load(name, split)
        assert items.names is not None
        middle = items.pixels[:, items.pixels.shape[1] // 2, items.pixels.shape[2] // 2, 0]
        found |= dict(zip(items.names, np.asarray(middle).tolist(), strict=True))
    return found
