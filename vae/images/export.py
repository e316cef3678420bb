"""Grey levels in [0, 1] to files: GIF, WebP and PNG, and a sheet of frames with t written on each.

Symbols: T frames of a path, t the place of a frame on it: 0 for the first frame, 1 for the last.
"""

import io
import math
import zipfile
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray
from PIL import Image, ImageDraw, ImageFont

Floats = NDArray[np.float32]
Bytes = NDArray[np.uint8]

SHORTEST_DELAY = 2  # hundredths of a second; browsers play a GIF with a shorter one at 10 frames a second
WEBP_QUALITY = 80  # all pairs of digits, 60 frames of 280 × 280: 0.65 MB; lossless 2.0 MB, as a GIF 3.2 MB
PNG_LEVEL = 4  # of zlib: a sheet takes 5 ms and 40 kB, at the strongest 32 ms and 38 kB
LABEL_WIDTH = 84  # screen pixels that "t = 0.0125" needs, with air
LABEL_HEIGHT = 16
LABEL_SIZE = 12  # of the letters
WHITE = 255


def gif(frames: ArrayLike, fps: float, there_and_back: bool = False, scale: int = 1) -> bytes:
    """Endless GIF of frames (T, H, W) in [0, 1], exact to the grey level.

    A GIF's delays are whole hundredths of a second, so 12 frames a second become 12.5 (0.08 s each). With
    `there_and_back` it has 2T - 2 frames: neither end is shown twice. `scale` repeats pixels.
    """
    delay = max(SHORTEST_DELAY, round(100 / _positive(fps)))
    return _animation(frames, there_and_back, scale, "GIF", duration=10 * delay, optimize=False)


def webp(frames: ArrayLike, fps: float, there_and_back: bool = False, scale: int = 1) -> bytes:
    """Endless WebP of frames (T, H, W) in [0, 1], a fifth of the GIF's size and by eye as good; as `gif`."""
    delay = max(1, round(1000 / _positive(fps)))
    return _animation(frames, there_and_back, scale, "WEBP", duration=delay, quality=WEBP_QUALITY, method=4)


def png(image: ArrayLike) -> bytes:
    """PNG of a grey (H, W) or colour (H, W, 3) image in [0, 1]."""
    pixels = _levels(image)
    if pixels.ndim != 2 and pixels.shape[2:] != (3,):
        raise ValueError(f"an image must have shape (H, W) or (H, W, 3), got {pixels.shape}")
    return _encoded(Image.fromarray(pixels), "PNG", compress_level=PNG_LEVEL)


def zip_of_pngs(frames: ArrayLike) -> bytes:
    """ZIP of a PNG for each frame (T, H, W) in [0, 1], named by number and t: frame-000-t0.0000.png."""
    images = _frames(frames)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:  # stored, since PNGs are compressed
        for index, (image, t) in enumerate(zip(images, _times(images), strict=True)):
            archive.writestr(f"frame-{index:03d}-t{t:.4f}.png", _encoded(Image.fromarray(image), "PNG"))
    return buffer.getvalue()


def sheet_with_t(frames: ArrayLike, columns: int) -> Floats:
    """Sheet of frames (T, H, W) in [0, 1], `columns` in a row, each with its t below it in white on black.

    Small frames are enlarged, each pixel to a square, so that the words fit. Places after the last are black.
    """
    if columns < 1:
        raise ValueError(f"a sheet needs at least one column, got {columns}")
    images = _frames(frames)
    cells = [_labelled(image, f"t = {t:.4f}") for image, t in zip(images, _times(images), strict=True)]
    cells += [np.zeros_like(cells[0])] * (-len(cells) % columns)
    rows = [np.hstack(cells[start : start + columns]) for start in range(0, len(cells), columns)]
    return np.vstack(rows).astype(np.float32) / np.float32(255)


def _labelled(image: Bytes, words: str) -> Bytes:
    """An enlarged frame with words below it."""
    large = _enlarged(image, math.ceil(LABEL_WIDTH / image.shape[1]))
    return np.vstack([large, _label(words, large.shape[1])])


@lru_cache(maxsize=256)  # the words of most frames are those of the frames before
def _label(words: str, width: int) -> Bytes:
    """Words in white on black, (LABEL_HEIGHT, width)."""
    label = Image.new("L", (width, LABEL_HEIGHT))
    font = ImageFont.load_default(size=LABEL_SIZE)
    ImageDraw.Draw(label).text((width / 2, LABEL_HEIGHT / 2), words, WHITE, font, anchor="mm")
    return np.asarray(label)


def _animation(frames: ArrayLike, there_and_back: bool, scale: int, kind: str, **options: object) -> bytes:
    images = _frames(frames)
    if there_and_back:
        images = np.concatenate([images, images[-2:0:-1]])
    first, *rest = (Image.fromarray(_enlarged(image, scale)) for image in images)
    return _encoded(first, kind, save_all=True, append_images=rest, loop=0, **options)


def _encoded(image: Image.Image, kind: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def _enlarged(image: Bytes, scale: int) -> Bytes:
    """Each pixel as a square of `scale` × `scale`."""
    return image.repeat(scale, axis=0).repeat(scale, axis=1)


def _times(images: Bytes) -> NDArray[np.float64]:
    return np.linspace(0.0, 1.0, len(images))


def _positive(fps: float) -> float:
    if not (math.isfinite(fps) and fps > 0):
        raise ValueError(f"frames per second must be a positive number, got {fps}")
    return fps


def _frames(frames: ArrayLike) -> Bytes:
    images = _levels(frames)
    if images.ndim != 3 or not images.size:
        raise ValueError(f"frames must have shape (T, H, W), got {images.shape}")
    return images


def _levels(image: ArrayLike) -> Bytes:
    """Grey levels 0 to 255 of values in [0, 1]."""
    return np.rint(255 * np.clip(np.asarray(image, dtype=np.float32), 0, 1)).astype(np.uint8)
