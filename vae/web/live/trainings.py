"""What the browser asks of trainings in the user's home: progress, maps, decoders, samples.

A page that polled through Streamlit would run its script again each second; these answers are a file each.
"""

from collections.abc import Callable
from dataclasses import asdict
from functools import lru_cache
from typing import Any

import numpy as np
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from vae.errors import Unusable
from vae.images.export import png, tile
from vae.logbook import folder, looks, turn
from vae.logbook.folder import Logbook
from vae.model import checkpoint
from vae.model.config import ModelConfig
from vae.model.numpy_network import NumpyNetwork
from vae.web.live.payloads import layer_arrays, pack

FOLDER = "/trainings"
KEPT = {"cache-control": "private, max-age=31536000, immutable"}  # another training has another address
SHEET_COLUMNS = 10


def progress(book: Logbook, after: int) -> dict[str, Any]:
    """How a training stands: its state, the lines of epochs later than `after`, the epochs looked at."""
    state, beat = book.state, book.beat
    return {
        "state": state,
        "sentence": book.sentence,
        "place": turn.place(book) if state == "waiting" else 0,
        "beat": None if beat is None else asdict(beat),
        "lines": [line for line in book.progress if line["epoch"] > after],
        "looks": looks.epochs(book.path),
    }


def places(book: Logbook, after: int) -> bytes:
    """The maps of the epochs later than `after`: places (F, n, 2), as `payloads.pack` writes them."""
    epochs = [epoch for epoch in looks.epochs(book.path) if epoch > after]
    maps = [looks.read(book.path, epoch, "places")[0] for epoch in epochs]
    found = np.stack(maps) if maps else np.zeros((0, 0, 2), np.float16)
    return pack({"epochs": epochs}, {"places": found.astype(np.float16)})


def decoder(book: Logbook, config: ModelConfig, epoch: int) -> bytes:
    """The decoder of an epoch, and the plane of its map, as `assets/train/source.js` reads them."""
    centre, basis = looks.read(book.path, epoch, "centre", "basis")
    header = {
        "image": asdict(config.image_spec),
        "activation": config.activation_of("decoder"),
        "head": "sigmoid" if config.hidden else "unit",
    }
    layers = layer_arrays(NumpyNetwork(config, "decoder", looks.decoder(book.path, epoch)).weights)
    return pack(header, {"centre": centre, "basis": basis, **layers})


def sheet(book: Logbook, epoch: int) -> bytes:
    """PNG of the samples of an epoch."""
    images = looks.read(book.path, epoch, "sheet")[0]
    rows = images.reshape(-1, SHEET_COLUMNS, *images.shape[1:])
    return png(tile(rows).astype(np.float32) / 255)


@lru_cache(maxsize=16)
def _config(name: str, created: float) -> ModelConfig:
    return checkpoint.describe(Logbook(name).checkpoint).config


def _answering(answer: Callable[[Logbook, int], Response]) -> Callable[[Request], Response]:
    """An endpoint that finds the training and the number at the end of the address."""

    def respond(request: Request) -> Response:
        number = request.path_params.get("epoch", request.query_params.get("after", "-1"))
        try:
            return answer(folder.find(request.path_params["name"]), int(number))
        except (Unusable, ValueError):
            return Response(status_code=404)

    return respond


def _bytes(content: bytes, media_type: str = "application/octet-stream") -> Response:
    return Response(content, media_type=media_type, headers=KEPT)


def _progress(book: Logbook, after: int) -> Response:
    return JSONResponse(progress(book, after), headers={"cache-control": "no-store"})


def _places(book: Logbook, after: int) -> Response:
    return Response(places(book, after), headers={"cache-control": "no-store"})


def _decoder(book: Logbook, epoch: int) -> Response:
    return _bytes(decoder(book, _config(book.name, book.created), epoch))


def _sheet(book: Logbook, epoch: int) -> Response:
    return _bytes(sheet(book, epoch), "image/png")


ROUTES = [
    Route(FOLDER + "/{name}/progress", _answering(_progress)),
    Route(FOLDER + "/{name}/places", _answering(_places)),
    Route(FOLDER + "/{name}/decoder/{epoch}", _answering(_decoder)),
    Route(FOLDER + "/{name}/sheet/{epoch}.png", _answering(_sheet)),
]
