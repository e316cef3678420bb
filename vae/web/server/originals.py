"""Test images for the browser: a sprite of them, loaded once, from an address of its own, and kept there.

Sets of the user's own may have large images, and many: their tiles are made smaller until a browser can hold
the sprite.
"""

import hashlib
from functools import cache, lru_cache
from math import isqrt
from typing import Any

import numpy as np
from PIL import Image
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from vae.images import sets, sprites
from vae.images.dataset import Bytes
from vae.images.sprites import COLUMNS, Description

FOLDER = "/originals"
KEPT = "public, max-age=31536000, immutable"  # another content has another address
MOST_PIXELS = 8_000_000  # of a sprite of the user's own images, as of MNIST's


def place(dataset: str) -> dict[str, Any] | None:
    """Where the test images of a data set are and how they lie there; None if they are not at hand."""
    if dataset not in sets.names() or not sets.available(dataset):
        return None
    if dataset not in sets.DATASETS:
        return _own_place(dataset, sets.version(dataset))
    png, said = _sprite(dataset)
    version = hashlib.sha256(png).hexdigest()[:12]
    size = {"width": said.width, "height": said.height, "columns": said.columns}
    return {"url": f"{FOLDER}/{dataset}.png?v={version}", **size}


def _own_place(dataset: str, version: int) -> dict[str, Any] | None:
    """As `place`; the sprite is made when it is asked for. None for a set that is damaged."""
    try:
        shape = sets.load(dataset).pixels.shape
    except sets.DataError:
        return None
    height, width = _tile(shape)
    size = {"width": width, "height": height, "columns": COLUMNS}
    return {"url": f"{FOLDER}/{dataset}.png?v={version:x}", **size}


def _serve(request: Request) -> Response:
    dataset = request.path_params["dataset"]
    if dataset not in sets.names() or not sets.available(dataset):
        return Response(status_code=404)
    if dataset in sets.DATASETS:
        png = _sprite(dataset)[0]
    else:
        try:
            png = _own_sprite(dataset, sets.version(dataset))
        except sets.DataError:
            return Response(status_code=404)
    return Response(png, media_type="image/png", headers={"cache-control": KEPT})


@cache
def _sprite(dataset: str) -> tuple[bytes, Description]:
    """PNG of the test images, the shipped one where there is one, and how they lie in it."""
    if path := sets.shipped(dataset, "test"):
        return path.read_bytes(), sprites.describe(path.with_suffix(".json").read_bytes())
    items = sets.load(dataset)
    png, said = sprites.pack(items.pixels, items.labels)
    return png, sprites.describe(said)


@lru_cache(maxsize=4)
def _own_sprite(dataset: str, version: int) -> bytes:
    """PNG of the test images of a set of the user's own, smaller where they are many and large."""
    pixels = sets.load(dataset).pixels
    height, width = _tile(pixels.shape)
    if (height, width) != pixels.shape[1:3]:
        pixels = np.stack([_reduced(image, (width, height)) for image in pixels])
    return sprites.pack(pixels, is_small=False)[0]


def _tile(shape: tuple[int, ...]) -> tuple[int, int]:
    """Height and width of the tiles of images (N, H, W, C)."""
    count, height, width = shape[:3]
    longest = max(1, isqrt(MOST_PIXELS // count))
    scale = min(1.0, longest / max(height, width))
    return max(1, round(scale * height)), max(1, round(scale * width))


def _reduced(image: Bytes, size: tuple[int, int]) -> Bytes:
    """An image (H, W, C) at another size = (width, height)."""
    picture = Image.fromarray(image[..., 0] if image.shape[2] == 1 else image)
    small = np.asarray(picture.resize(size, Image.Resampling.BOX))
    return small.reshape(*small.shape[:2], -1)


ROUTE = Route(FOLDER + "/{dataset}.png", _serve)
