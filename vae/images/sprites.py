"""Images of a data set in one lossless file: a PNG of tiles, and beside it what it holds, as JSON.

    <name>.png    tiles from left to right and from top to bottom, 8 bits for each channel
    <name>.json   {"height", "width", "channels", "columns", "count"}, where the images have classes
                  "labels": [index of the class, ...], and where they have names "names": [of the image, ...]

The server and the browser read the same two files. Neither colour management nor transparency is in the PNG,
so every reader gets the same bytes.

Symbols: N images, C channels (1 or 3), H and W their height and width.
"""

import io
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from vae.assets import ASSETS
from vae.images.dataset import Bytes, ImageSet, Ints

SHIPPED = ASSETS / "images"
COLUMNS = 100  # tiles in a row
MODES = {1: "L", 3: "RGB"}  # Pillow's, by the number of channels


@dataclass(frozen=True)
class Description:
    """What a sprite holds.

    Arguments:
        height, width: Of a tile, pixels.
        channels: 1 (grey) or 3 (RGB).
        columns: Tiles in a row.
        count: Number of images N.
        labels: Index of each image's class, (N,); None where they have none.
        names: Of each image, (N,); None where they have none.

    Raises:
        ValueError: for labels or names of some of the images only, and numbers that are no sizes.
    """

    height: int
    width: int
    channels: int
    columns: int
    count: int
    labels: tuple[int, ...] | None = None
    names: tuple[str, ...] | None = None

    def __post_init__(self) -> None:
        if self.channels not in MODES or min(self.height, self.width, self.columns, self.count) < 1:
            raise ValueError("the description of the images is damaged")
        if any(each is not None and len(each) != self.count for each in (self.labels, self.names)):
            raise ValueError("the description has labels or names for some of the images only")

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the whole picture in pixels."""
        rows = -(-self.count // self.columns)
        return self.columns * self.width, rows * self.height


def pack(
    pixels: Bytes,
    labels: Ints | None = None,
    names: Sequence[str] | None = None,
    is_small: bool = True,
) -> tuple[bytes, bytes]:
    """PNG and JSON of images (N, H, W, C), labels (N,) and names; the same for the same.

    A PNG that need not be as small as it can takes a tenth of the time.
    """
    count, height, width, channels = pixels.shape
    found = Description(
        *(height, width, channels, COLUMNS, count),
        labels=None if labels is None else tuple(labels.tolist()),
        names=None if names is None else tuple(names),
    )
    across, down = found.size
    tiles = np.zeros((down // height * COLUMNS, height, width, channels), np.uint8)
    tiles[:count] = pixels
    rows = tiles.reshape(-1, COLUMNS, height, width, channels).swapaxes(1, 2)
    whole = rows.reshape((down, across) if channels == 1 else (down, across, channels))
    png = io.BytesIO()
    how: dict[str, Any] = {"optimize": True} if is_small else {"compress_level": 1}
    Image.fromarray(whole, MODES[channels]).save(png, "PNG", **how)
    known = {field: value for field, value in asdict(found).items() if value is not None}
    return png.getvalue(), json.dumps(known, separators=(",", ":")).encode() + b"\n"


def describe(content: bytes) -> Description:
    """What the JSON of a sprite says that it holds; raises ValueError if it is damaged."""
    try:
        said = json.loads(content)
        lists = {field: tuple(said[field]) for field in ("labels", "names") if field in said}
        return Description(**said | lists)
    except (KeyError, TypeError) as error:
        raise ValueError("the description of the images is damaged") from error


def read(path: Path) -> ImageSet:
    """The images of a sprite.

    Raises:
        OSError, ValueError: if one of the two files is missing or damaged.
    """
    found = describe(path.with_suffix(".json").read_bytes())
    with Image.open(path) as image:
        if (image.mode, image.size) != (MODES[found.channels], found.size):
            raise ValueError(f"{path.name} is not the picture that its description tells of")
        rows = np.asarray(image).reshape(-1, found.height, found.columns, found.width, found.channels)
    tiles = rows.swapaxes(1, 2).reshape(-1, found.height, found.width, found.channels)[: found.count]
    labels = None if found.labels is None else np.array(found.labels, np.int64)
    return ImageSet(np.ascontiguousarray(tiles), labels, found.names)
