"""Images of a data set in one lossless file: a PNG of tiles, and beside it what it holds, as JSON.

    <name>.png    tiles from left to right and from top to bottom, 8 bits for each channel
    <name>.json   {"height", "width", "channels", "columns", "labels": [index of the class, ...]}

The server and the browser read the same two files. Neither colour management nor transparency is in the PNG,
so every reader gets the same bytes.

Symbols: N images, C channels (1 or 3), H and W their height and width.
"""

import io
import json
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Bytes = NDArray[np.uint8]

COLUMNS = 100  # tiles in a row
MODES = {1: "L", 3: "RGB"}  # Pillow's, by the number of channels


@dataclass(frozen=True)
class Description:
    """What a sprite holds."""

    height: int  # of a tile
    width: int  # of a tile
    channels: int
    columns: int  # tiles in a row
    labels: tuple[int, ...]  # index of each image's class, (N,)

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the whole picture in pixels."""
        rows = -(-len(self.labels) // self.columns)
        return self.columns * self.width, rows * self.height


def pack(pixels: Bytes, labels: NDArray[np.int64]) -> tuple[bytes, bytes]:
    """PNG and JSON of images (N, H, W, C) and labels (N,); the same for the same images."""
    count, height, width, channels = pixels.shape
    found = Description(height, width, channels, COLUMNS, tuple(labels.tolist()))
    across, down = found.size
    tiles = np.zeros((down // height * COLUMNS, height, width, channels), np.uint8)
    tiles[:count] = pixels
    rows = tiles.reshape(-1, COLUMNS, height, width, channels).swapaxes(1, 2)
    whole = rows.reshape((down, across) if channels == 1 else (down, across, channels))
    png = io.BytesIO()
    Image.fromarray(whole, MODES[channels]).save(png, "PNG", optimize=True)
    return png.getvalue(), json.dumps(asdict(found), separators=(",", ":")).encode() + b"\n"


def describe(content: bytes) -> Description:
    """What the JSON of a sprite says that it holds; raises ValueError if it is damaged."""
    try:
        said = json.loads(content)
        return Description(**{**said, "labels": tuple(said["labels"])})
    except (KeyError, TypeError) as error:
        raise ValueError("the description of the images is damaged") from error


def read(path: Path) -> tuple[Bytes, NDArray[np.int64]]:
    """The images (N, H, W, C) of a sprite and their labels (N,).

    Raises:
        OSError, ValueError: if one of the two files is missing or damaged.
    """
    found = describe(path.with_suffix(".json").read_bytes())
    with Image.open(path) as image:
        if (image.mode, image.size) != (MODES.get(found.channels), found.size):
            raise ValueError(f"{path.name} is not the picture that its description tells of")
        rows = np.asarray(image).reshape(-1, found.height, found.columns, found.width, found.channels)
    count = len(found.labels)
    tiles = rows.swapaxes(1, 2).reshape(-1, found.height, found.width, found.channels)[:count]
    return np.ascontiguousarray(tiles), np.array(found.labels, np.int64)
