"""Test images for the browser: a sprite of them, loaded once, from an address of its own, and kept there."""

import hashlib
from functools import cache
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from vae.images import sets, sprites
from vae.images.sprites import Description

FOLDER = "/originals"
KEPT = "public, max-age=31536000, immutable"  # another content has another address


def place(dataset: str) -> dict[str, Any] | None:
    """Where the test images of a data set are and how they lie there; None if they are not at hand."""
    if dataset not in sets.names() or not sets.available(dataset):
        return None
    png, said = _sprite(dataset)
    version = hashlib.sha256(png).hexdigest()[:12]
    size = {"width": said.width, "height": said.height, "columns": said.columns}
    return {"url": f"{FOLDER}/{dataset}.png?v={version}", **size}


def _serve(request: Request) -> Response:
    dataset = request.path_params["dataset"]
    if dataset not in sets.names() or not sets.available(dataset):
        return Response(status_code=404)
    return Response(_sprite(dataset)[0], media_type="image/png", headers={"cache-control": KEPT})


@cache
def _sprite(dataset: str) -> tuple[bytes, Description]:
    """PNG of the test images, the shipped one where there is one, and how they lie in it."""
    if path := sets.shipped(dataset, "test"):
        return path.read_bytes(), sprites.describe(path.with_suffix(".json").read_bytes())
    items = sets.load(dataset)
    png, said = sprites.pack(items.pixels, items.labels)
    return png, sprites.describe(said)


ROUTE = Route(FOLDER + "/{dataset}.png", _serve)
