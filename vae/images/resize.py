"""Pictures resized: a whole picture fitted to the middle of an image of any shape, and the parts of that.

box     left, top, right, bottom edges in units of the picture's width and height
"""

from dataclasses import dataclass

import numpy as np
from PIL import Image

from vae.images.spec import Floats, ImageSpec

Box = tuple[float, float, float, float]
WHOLE: Box = (0.0, 0.0, 1.0, 1.0)


@dataclass(frozen=True)
class Preparation:
    """A picture made an image of a data set, and what was done to it.

    Arguments:
        pixels: (H, W, C) in [0, 1].
        steps: What was done, in words and in order, such as `inverted`, `cropped to the ink`.
        has_ink: Whether there is anything to encode: where ink is looked for it may be missing.
    """

    pixels: Floats
    steps: tuple[str, ...] = ()
    has_ink: bool = True


def fit(picture: Image.Image, spec: ImageSpec, ground: int | None = None) -> Preparation:
    """The whole picture as large as it fits, centred; the bars beside it have one colour.

    Arguments:
        picture: Of any size and mode.
        spec: The shape of the image to be made.
        ground: Level of the bars, 0 black to 255 white; by default the median colour of the picture's border.
    """
    size = fitting(picture.width, picture.height, spec.width, spec.height)
    whole = picture.convert("L" if spec.channels == 1 else "RGB")
    small = resample(whole, size)
    levels = np.asarray(small).reshape(small.height, small.width, spec.channels)
    image = np.empty(spec.shape, np.uint8)
    image[:] = _border(whole) if ground is None else ground
    top, left = (spec.height - small.height) // 2, (spec.width - small.width) // 2
    image[top : top + small.height, left : left + small.width] = levels
    steps = () if size == picture.size else (f"scaled to {size[0]}×{size[1]}",)
    return Preparation(image.astype(np.float32) / np.float32(255), steps)


def fitting(width: float, height: float, most_wide: int, most_high: int) -> tuple[int, int]:
    """Width and height in whole pixels, scaled to the largest that stay within the two bounds."""
    scale = min(most_wide / width, most_high / height)
    return max(1, round(scale * width)), max(1, round(scale * height))


def resample(picture: Image.Image, size: tuple[int, int], box: Box = WHOLE) -> Image.Image:
    """The part of the picture in the box, resampled to size = (width, height)."""
    edges = in_pixels(box, picture.size)
    shrinks = edges[2] - edges[0] >= size[0] and edges[3] - edges[1] >= size[1]
    return picture.resize(size, Image.Resampling.BOX if shrinks else Image.Resampling.BICUBIC, box=edges)


def in_pixels(box: Box, size: tuple[int, int]) -> Box:
    """A box in pixels of a picture of size = (width, height)."""
    return box[0] * size[0], box[1] * size[1], box[2] * size[0], box[3] * size[1]


def _border(picture: Image.Image) -> np.ndarray:
    """Median colour of the outermost pixels of a picture in mode L or RGB, (C,)."""
    width, height = picture.size
    edges = (
        (0, 0, width, 1),
        (0, height - 1, width, height),
        (0, 0, 1, height),
        (width - 1, 0, width, height),
    )
    channels = len(picture.getbands())
    pixels = [np.asarray(picture.crop(edge)).reshape(-1, channels) for edge in edges]
    return np.median(np.concatenate(pixels), axis=0)
