"""Images in [0, 1] to sheets and files: PNG, GIF, WebP, a ZIP of PNGs, and frames with t written on each.

Symbols: T frames of a path, t the place of a frame on it: 0 for the first frame, 1 for the last; H, W height
and width in pixels; C channels, 1 (grey) or 3 (RGB).
"""

import io
import math
import zipfile
from base64 import b64encode
from functools import lru_cache
from typing import TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray
from PIL import Image, ImageDraw, ImageFont

from vae.images.spec import CHANNELS, ImageSpec

Floats = NDArray[np.float32]
Bytes = NDArray[np.uint8]
Pixel = TypeVar("Pixel", bound=np.generic)

LONGEST = 4096  # pixels of a side of a file's picture
MOST_PIXELS = 32_000_000  # of all frames of an animation; 26 million of emoji: GIF 9 MB, WebP 5 MB in 4 s
SHORTEST_DELAY = 2  # hundredths of a second; browsers play a GIF with a shorter one at 10 frames a second
WEBP_QUALITY = 80  # all pairs of digits, 60 frames of 280 × 280: 0.65 MB; lossless 2.0 MB, as a GIF 3.2 MB
PNG_LEVEL = 4  # of zlib: a sheet takes 5 ms and 40 kB, at the strongest 32 ms and 38 kB
LABEL_WIDTH = 84  # screen pixels that "t = 0.0125" needs, with air
LABEL_HEIGHT = 16
LABEL_SIZE = 12  # of the letters
WHITE = 255


def tile(images: NDArray[Pixel]) -> NDArray[Pixel]:
    """One sheet (rows H, columns W, C) of images (rows, columns, H, W, C), row 0 at the top.

    Raises:
        ValueError: for images of another shape.
    """
    if images.ndim != 5:
        raise ValueError(f"images must have shape (rows, columns, H, W, C), got {images.shape}")
    rows, columns, height, width, channels = images.shape
    return images.swapaxes(1, 2).reshape(rows * height, columns * width, channels)


def picture(image: ArrayLike) -> Image.Image:
    """An image (H, W), (H, W, 1) or (H, W, 3) in [0, 1] as Pillow has it, in mode L or RGB."""
    levels = _levels(image)
    if levels.ndim not in (2, 3) or levels.shape[2:] not in ((), (1,), (3,)):
        raise ValueError(f"an image must have shape (H, W), (H, W, 1) or (H, W, 3), got {levels.shape}")
    return _pillow(levels)


def png(image: ArrayLike, scale: float = 1, opacity: ArrayLike | None = None) -> bytes:
    """PNG of an image (H, W), (H, W, 1) or (H, W, 3) in [0, 1]; for `scale` see `scaled_size`.

    `opacity` (rows, columns) in [0, 1] lets the background show through the image's tiles.
    """
    shown = scaled(picture(image), scale)
    if opacity is not None:
        shown.putalpha(picture(opacity).resize(shown.size, Image.Resampling.NEAREST))
    return _encoded(shown, "PNG", compress_level=PNG_LEVEL)


def data_uri(content: bytes, kind: str = "image/png") -> str:
    """The content as an address that needs no request, for `src` of an image."""
    return f"data:{kind};base64,{b64encode(content).decode()}"


def gif(frames: ArrayLike, fps: float, there_and_back: bool = False, scale: float = 1) -> bytes:
    """Endless GIF of frames (T, H, W, C) in [0, 1]: greys exact, of colours 256 a frame.

    A GIF's delays are whole hundredths of a second, so 12 frames a second become 12.5 (0.08 s each). With
    `there_and_back` it has 2T - 2 frames: neither end is shown twice. For `scale` see `scaled_size`.
    """
    delay = max(SHORTEST_DELAY, round(100 / _positive(fps)))
    pictures = [_few_colours(each) for each in _pictures(frames, there_and_back, scale)]
    return _animation(pictures, "GIF", duration=10 * delay, optimize=False)


def webp(frames: ArrayLike, fps: float, there_and_back: bool = False, scale: float = 1) -> bytes:
    """Endless WebP of frames (T, H, W, C) in [0, 1], as `gif`: a fifth of its size and by eye as good."""
    delay = max(1, round(1000 / _positive(fps)))
    pictures = _pictures(frames, there_and_back, scale)
    return _animation(pictures, "WEBP", duration=delay, quality=WEBP_QUALITY, method=4)


def zip_of_pngs(frames: ArrayLike) -> bytes:
    """ZIP of a PNG for each frame (T, H, W, C) in [0, 1], named by number and t: frame-000-t0.0000.png."""
    images = _frames(frames)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:  # stored, since PNGs are compressed
        for index, (image, t) in enumerate(zip(images, _times(images), strict=True)):
            archive.writestr(f"frame-{index:03d}-t{t:.4f}.png", _encoded(_pillow(image), "PNG"))
    return buffer.getvalue()


def scale_for(spec: ImageSpec, columns: int = 1, rows: int = 1, frames: int = 1, wanted: int = 1) -> float:
    """The scale, at most `wanted`, at which frames of columns × rows images are not too large for a file.

    No side is longer than LONGEST, and all frames together have at most MOST_PIXELS. A whole number, so that
    pixels stay square, or where the images' own pixels are too many 1/2, 1/3 and so on.
    """
    width, height = columns * spec.width, rows * spec.height
    most = min(wanted, LONGEST / max(width, height), math.sqrt(MOST_PIXELS / (frames * width * height)))
    return float(math.floor(most)) if most >= 1 else 1 / math.ceil(1 / most)


def scaled_size(size: tuple[int, int], scale: float) -> tuple[int, int]:
    """Width and height at a scale; enlarged, each pixel becomes a square, reduced, pixels are averaged."""
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))


def sheet_with_t(frames: ArrayLike, columns: int) -> Floats:
    """Sheet (H, W, C) of frames (T, H, W, C) in [0, 1], `columns` in a row, t below each in white on black.

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
    """An enlarged frame (H, W, C) with words below it."""
    scale = math.ceil(LABEL_WIDTH / image.shape[1])
    large = image.repeat(scale, axis=0).repeat(scale, axis=1)
    label = _label(words, large.shape[1])[..., None]
    return np.vstack([large, label.repeat(image.shape[2], axis=2)])


@lru_cache(maxsize=256)  # the words of most frames are those of the frames before
def _label(words: str, width: int) -> Bytes:
    """Words in white on black, (LABEL_HEIGHT, width)."""
    label = Image.new("L", (width, LABEL_HEIGHT))
    font = ImageFont.load_default(size=LABEL_SIZE)
    ImageDraw.Draw(label).text((width / 2, LABEL_HEIGHT / 2), words, WHITE, font, anchor="mm")
    return np.asarray(label)


def _pictures(frames: ArrayLike, there_and_back: bool, scale: float) -> list[Image.Image]:
    images = _frames(frames)
    if there_and_back:
        images = np.concatenate([images, images[-2:0:-1]])
    return [scaled(_pillow(image), scale) for image in images]


def _few_colours(image: Image.Image) -> Image.Image:
    """With a palette of 256 colours; Pillow's own choice takes 0.4 s for 576 × 576 pixels, this 2 ms."""
    return image.quantize(256, Image.Quantize.FASTOCTREE) if image.mode == "RGB" else image


def _animation(pictures: list[Image.Image], kind: str, **options: object) -> bytes:
    first, *rest = pictures
    return _encoded(first, kind, save_all=True, append_images=rest, loop=0, **options)


def _encoded(image: Image.Image, kind: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def scaled(image: Image.Image, scale: float) -> Image.Image:
    """The picture at a scale, see `scaled_size`."""
    size = scaled_size(image.size, scale)
    return image.resize(size, Image.Resampling.NEAREST if scale >= 1 else Image.Resampling.BOX)


def _pillow(levels: Bytes) -> Image.Image:
    """Levels (H, W), (H, W, 1) or (H, W, 3) as a picture."""
    return Image.fromarray(levels[..., 0] if levels.shape[2:] == (1,) else levels)


def _times(images: Bytes) -> NDArray[np.float64]:
    return np.linspace(0.0, 1.0, len(images))


def _positive(fps: float) -> float:
    if not (math.isfinite(fps) and fps > 0):
        raise ValueError(f"frames per second must be a positive number, got {fps}")
    return fps


def _frames(frames: ArrayLike) -> Bytes:
    images = _levels(frames)
    if images.ndim != 4 or images.shape[3] not in CHANNELS or not images.size:
        raise ValueError(f"frames must have shape (T, H, W, 1) or (T, H, W, 3), got {images.shape}")
    return images


def _levels(image: ArrayLike) -> Bytes:
    """Levels 0 to 255 of values in [0, 1]."""
    return np.rint(255 * np.clip(np.asarray(image, dtype=np.float32), 0, 1)).astype(np.uint8)
