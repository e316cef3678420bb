"""The one loader for images from users, and their preparation for a model trained on MNIST.

`read_image` turns untrusted bytes into a grey picture or raises `ImageError` with one sentence for the user.
`prepare` turns a grey picture into what MNIST holds: a white digit on black, (28, 28) in [0, 1].

H, W    height and width of the picture, reduced to at most 192 pixels a side while the digit is looked for
v       brightness in [0, 1], turned so that ink is brighter than paper (H, W)
paper   v of the bare paper under each pixel, shadows included (H, W)
ink     (v - paper) / (1 - paper), the fraction of light taken by the ink, whatever the lighting (H, W)
box     left, top, right, bottom edges in units of the picture's width and height
"""

import io
import re
import struct
import threading
import warnings
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageFilter

FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP")
MAX_BYTES = 25 * 2**20  # Streamlit's maxUploadSize counts its MB like this
MAX_PIXELS = 16_000_000
MAX_PHOTO_PIXELS = 64_000_000  # of a JPEG in one scan, which is decoded row by row and halved on the way
MAX_ASPECT = 20
MAX_SCANS = 100  # of a JPEG: a small file can hold thousands, each as slow as the whole picture
WHITE = 255

SIDE = 28  # of a prepared image, in pixels
DIGIT_SIDE = 20  # longer side of a digit in MNIST, in pixels
CENTRE = 14  # row and column of the centre of mass of a digit in MNIST

_SEARCH_SIDE = 192  # the digit is looked for at this size
_POLARITY_SIDE = 32
_PAPER_WINDOW = 0.35  # of the longer side: wider than any stroke, narrower than most shadows
_NOISE_MARGIN = 5.0  # standard deviations of the bare paper
_LEAST_INK = 0.08  # of the light: fainter marks are not seen as ink
_LEAST_LIGHT = 0.05  # of white: darker paper counts as this bright
_STRONG, _FAINT = 0.4, 0.2  # of the strongest ink: what starts a stroke, what still belongs to its edge
_SPECK = 0.03  # of the ink of the largest part
_LEAST_AREA = 0.0004  # of the picture, for a part of a digit
_MOST_PARTS = 50

_PLEASE = (
    "please use a PNG, JPEG, WebP, GIF or BMP image of at most 25 MB and 16 megapixels (a camera's JPEG: 64)"
)
_SIGNATURES = (  # of files that Pillow could not read
    (0, b"\x89PNG\r\n\x1a\n", "a damaged or incomplete PNG image"),
    (0, b"\xff\xd8\xff", "a damaged or incomplete JPEG image"),
    (8, b"WEBP", "a damaged or incomplete WebP image"),
    (0, b"GIF8", "a damaged or incomplete GIF image"),
    (0, b"BM", "a damaged or incomplete BMP image"),
    (0, b"PK\x03\x04", "a ZIP archive"),
    (0, b"%!PS", "an EPS drawing"),
    (0, b"II*\x00", "a TIFF image"),
    (0, b"MM\x00*", "a TIFF image"),
    (0, b"\x00\x00\x01\x00", "an icon (ICO)"),
    (4, b"ftyphei", "a HEIC photo"),
    (4, b"ftypavif", "an AVIF image"),
)
# What Pillow's parsers raise on damaged files, found by feeding them some
_DAMAGE = (OSError, ValueError, SyntaxError, EOFError, LookupError, TypeError, MemoryError, struct.error)
_MARKER = re.compile(rb"\xff[^\x00\x01\xd0-\xd8\xff]")  # of a JPEG's segments: those that say their length
_END, _SCAN = 0xD9, 0xDA  # the JPEG markers
_ORIENTATION = 0x0112  # the EXIF tag
_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
# One picture is decoded at a time: warning filters belong to the whole process, and it bounds the memory
_decoding = threading.Lock()

Box = tuple[float, float, float, float]
WHOLE: Box = (0.0, 0.0, 1.0, 1.0)


class ImageError(ValueError):
    """An image that cannot be used; its message is one sentence for the user."""


@dataclass(frozen=True)
class Upload:
    """What the bytes of a user's file hold."""

    image: Image.Image  # mode L, upright, without metadata
    notices: tuple[str, ...]  # sentences about what the user may not expect; often none


@dataclass(frozen=True)
class Preparation:
    """A prepared image and what was done to it."""

    pixels: np.ndarray  # (28, 28) float32 in [0, 1]
    steps: tuple[str, ...]  # in words and in order, such as "inverted", "cropped to the ink"

    @property
    def has_ink(self) -> bool:
        """Whether there is anything to see on the black ground."""
        return bool(self.pixels.any())


def read_image(data: bytes, background: int = WHITE) -> Image.Image:
    """Picture (mode L) in the bytes of an image file, upright and without metadata.

    Transparent parts show `background` (0 black, 255 white). Opens no file.
    Raises ImageError with one sentence for the user.
    """
    return read_upload(data, background).image


def read_upload(data: bytes, background: int = WHITE) -> Upload:
    """Like `read_image`, together with the notices for the user."""
    _check_bytes(data)
    with _decoding, warnings.catch_warnings():
        warnings.filterwarnings("ignore", module=r"PIL\.")
        try:
            return _decode(data, background)
        except ImageError:
            raise
        except Image.DecompressionBombError as error:
            raise ImageError(f"This image has far too many pixels; {_PLEASE}.") from error
        except _DAMAGE as error:
            raise ImageError(f"This is {_kind(data)}; {_PLEASE}.") from error


def _decode(data: bytes, background: int) -> Upload:
    with Image.open(io.BytesIO(data), formats=FORMATS) as picture:
        is_photo = picture.format in ("JPEG", "MPO")
        scans = _count_scans(data) if is_photo else 0
        _check_size(picture.size, MAX_PHOTO_PIXELS if scans == 1 else MAX_PIXELS)
        _check_stream(data, str(picture.format), scans)
        notices = []
        if not is_photo and getattr(picture, "is_animated", False):  # MPO: a JPEG with previews
            notices.append("Animation: the first frame is used.")
        if picture.width * picture.height > MAX_PIXELS:
            picture.draft("L", (picture.width // 2, picture.height // 2))
        picture.load()
        turn = _turn_upright(picture)
        grey, shows_background = _to_grey(picture, background)
    if shows_background:
        notices.append("Transparent parts are filled with the background colour.")
    if turn is not None:
        grey = grey.transpose(turn)
        notices.append("The photo was turned upright, as the camera recorded it.")
    if len(set(grey.getextrema())) == 1:
        notices.append("The whole image is one shade of grey.")
    grey.info = {}
    return Upload(grey, tuple(notices))


def _check_bytes(data: bytes) -> None:
    if not data:
        raise ImageError(f"This file is empty; {_PLEASE}.")
    if len(data) > MAX_BYTES:
        raise ImageError(f"This file is too large ({len(data) / 2**20:.1f} MB); {_PLEASE}.")


def _check_size(size: tuple[int, int], most: int = MAX_PIXELS) -> None:
    pixels = f"{size[0]} × {size[1]} pixels"
    if min(size) < 1:
        raise ImageError(f"This image is empty ({pixels}); {_PLEASE}.")
    if size[0] * size[1] > most:
        raise ImageError(f"This image is too large ({pixels}); {_PLEASE}.")
    if max(size) > MAX_ASPECT * min(size):
        raise ImageError(f"This image is too narrow ({pixels}); please crop it to {MAX_ASPECT} to 1 or less.")


def _check_stream(data: bytes, name: str, scans: int) -> None:
    """What `load` does not check: a PNG's checksums, and how often a JPEG has its pixels rewritten."""
    if name == "PNG":
        Image.open(io.BytesIO(data), formats=("PNG",)).verify()
    elif scans > MAX_SCANS:
        raise ImageError(f"This JPEG image would take too long to decode; {_PLEASE}.")


def _count_scans(jpeg: bytes) -> int:
    """How often a JPEG writes its pixels, of more than MAX_SCANS no exact number.

    From marker to marker to the end of the picture: previews before it and films behind it do not count.
    """
    at, scans = 2, 0
    while scans <= MAX_SCANS and (marker := _MARKER.search(jpeg, at)) and jpeg[marker.start() + 1] != _END:
        scans += jpeg[marker.start() + 1] == _SCAN
        at = marker.end() + int.from_bytes(jpeg[marker.end() : marker.end() + 2])  # its segment's length
    return scans


def _kind(data: bytes) -> str:
    """What a file that Pillow could not read seems to be."""
    for offset, magic, name in _SIGNATURES:
        if data.startswith(magic, offset):
            return name
    start = data[:1024]
    if b"<svg" in start.lower():
        return "an SVG drawing"
    is_text = all(byte >= 32 or byte in b"\t\n\f\r" for byte in start)
    return "a text file" if is_text else "not an image that can be read here"


def _turn_upright(picture: Image.Image) -> Image.Transpose | None:
    """What the EXIF orientation asks for; nothing if it makes no sense."""
    try:
        return _UPRIGHT.get(picture.getexif().get(_ORIENTATION, 1))
    except _DAMAGE:
        return None


def _to_grey(picture: Image.Image, background: int) -> tuple[Image.Image, bool]:
    """Picture in mode L, and whether the background shows through."""
    if picture.mode.startswith("I;16"):  # convert("L") would clip it to white
        values = np.asarray(picture).astype(np.uint32)
        see_through = values == picture.info.get("transparency", -1)
        grey = np.where(see_through, background, (values + 128) // 257).astype(np.uint8)
        return Image.fromarray(grey), bool(see_through.any())
    if not picture.has_transparency_data:
        return picture.convert("L"), False
    layer = picture.convert("RGBA")
    paper = Image.new("RGBA", layer.size, (background, background, background, 255))
    shows_background = layer.getchannel("A").getextrema() != (255, 255)
    return Image.alpha_composite(paper, layer).convert("L"), shows_background


def prepare(image: Image.Image, mnist_style: bool = True) -> np.ndarray:
    """Pixels for the model, (28, 28) float32 in [0, 1], white on black as in MNIST.

    With `mnist_style` a digit anywhere in the picture, dark or light, is prepared as MNIST's were: freed from
    the paper and its shading, scaled to fit 20×20, its centre of mass within half a pixel of (14, 14).
    Without it the picture (mode L) is only scaled to fit 28×28, between black bars.
    """
    return preparation(image, mnist_style).pixels


def preparation(image: Image.Image, mnist_style: bool = True) -> Preparation:
    """Like `prepare`, together with the steps taken."""
    if image.mode != "L":
        raise ValueError(f"image must have mode L, got {image.mode}")
    return _mnist_style(image) if mnist_style else _letterbox(image)


def _letterbox(image: Image.Image) -> Preparation:
    width, height = size = _fit(image.width, image.height, SIDE)
    left, top = (SIDE - width) // 2, (SIDE - height) // 2
    pixels = _place(_brightness(_resize(image, size, WHOLE)), top, left)
    return Preparation(pixels, () if size == image.size else (f"scaled to {width}×{height}",))


def _mnist_style(image: Image.Image) -> Preparation:
    digit = _find_digit(image)
    if digit is None:
        return _blank()
    steps = ["inverted"] if digit.inverted else []
    if digit.paper.max() > 0.02:
        steps.append("paper removed")
    if image.size == (SIDE, SIDE) and _is_in_place(digit):
        ink = _cut_out(image, digit, image.size, WHOLE)
    else:
        ink, more_steps = _fit_and_centre(image, digit)
        steps += more_steps
    if not ink.any():
        return _blank()
    full = float(np.percentile(ink[ink >= _STRONG * ink.max()], 90))
    if full < 0.95:
        steps.append("contrast stretched")
    return Preparation(np.minimum(ink / full, 1).astype(np.float32), tuple(steps))


def _blank() -> Preparation:
    return Preparation(np.zeros((SIDE, SIDE), np.float32), ("no ink found",))


@dataclass(frozen=True)
class _Digit:
    inverted: bool  # whether the ink is darker than the paper
    paper: np.ndarray  # (H, W)
    noise: float  # of bare paper, in units of ink
    ink: np.ndarray  # (H, W), 0 outside the digit

    @property
    def box(self) -> Box:
        """The smallest one around the digit."""
        rows, columns = np.flatnonzero(self.ink.any(axis=1)), np.flatnonzero(self.ink.any(axis=0))
        height, width = self.ink.shape
        return columns[0] / width, rows[0] / height, (columns[-1] + 1) / width, (rows[-1] + 1) / height


def _find_digit(image: Image.Image) -> _Digit | None:
    small = _reduce(image, _SEARCH_SIDE)
    inverted = _is_dark_on_light(small)
    v = _brightness(small, inverted)
    paper = _paper(v)
    ink = _ink(v, paper)
    noise = _NOISE_MARGIN * max(-float(np.percentile(ink, 5)), 0.0)  # only noise is below 0
    ink = np.where(_digit_mask(ink, max(noise, _LEAST_INK)), ink, 0)
    return _Digit(inverted, paper, noise, ink) if ink.any() else None


def _is_dark_on_light(image: Image.Image) -> bool:
    """Whether ink is darker than paper, taking for paper the median of each pixel's surroundings."""
    small = _reduce(image, _POLARITY_SIDE)
    surroundings = small.filter(ImageFilter.MedianFilter(2 * round(max(small.size) / 4) + 1))
    marks = _brightness(image) - _brightness(_resize(surroundings, image.size, WHOLE))
    return bool((marks**3).sum() < 0)  # cubed: faint shadows count for little


def _paper(v: np.ndarray) -> np.ndarray:
    """Paper under the ink (H, W), with shadows that reach the border and are wider than any stroke."""
    height, width = v.shape
    side = 2 * round(_PAPER_WINDOW * max(v.shape) / 2) + 1
    rows, columns = min(side, height - 1), min(side, width - 1)
    padded = np.pad(_box_mean(v), ((rows, rows), (columns, columns)), mode="reflect", reflect_type="odd")
    low = _running(np.minimum, padded, side)
    seam = 2 * round(max(v.shape) / 100)  # the mean has blurred the edges of shadows
    opened = _running(np.maximum, low, side + seam)[rows : rows + height, columns : columns + width]
    opened = _from_border(opened)
    bias = np.percentile(v - opened, 25)  # of a minimum over noise
    return (opened + bias).astype(np.float32)


def _from_border(v: np.ndarray) -> np.ndarray:
    """Highest level at which each pixel is connected with the border, (H, W), as a shadow is."""
    level = np.full_like(v, v.min())
    level[[0, -1]], level[:, [0, -1]] = v[[0, -1]], v[:, [0, -1]]
    while True:
        raised = np.minimum(_running(np.maximum, level, 3), v)
        if np.array_equal(raised, level):
            return level
        level = raised


def _digit_mask(ink: np.ndarray, least: float) -> np.ndarray:
    """Which pixels belong to the digit, boolean (H, W); none if there is no ink above `least`."""
    strongest = _box_mean(ink).max()
    parts = _parts(ink > max(least, _STRONG * strongest))
    parts = [part for part in parts if not _is_clutter(part)] or parts
    masses = [ink[part].sum() for part in parts]
    strokes = np.zeros(ink.shape, bool)
    for part, mass in zip(parts, masses, strict=True):
        strokes |= part & (mass >= _SPECK * max(masses))
    mask: np.ndarray = _running(np.logical_or, strokes, 5) & (ink > max(least, _FAINT * strongest))
    return mask


def _parts(mask: np.ndarray) -> list[np.ndarray]:
    """The largest connected parts of a mask (H, W), diagonal neighbours included, each a boolean (H, W)."""
    label = np.where(mask, np.arange(1, mask.size + 1).reshape(mask.shape), 0)
    while True:
        spread = _running(np.maximum, label, 3) * mask
        spread = np.append(0, spread)[spread]  # a label is a pixel's number: take over that pixel's own label
        if np.array_equal(spread, label):
            break
        label = spread
    numbers, areas = np.unique(label[mask], return_counts=True)
    largest = np.argsort(-areas, kind="stable")[:_MOST_PARTS]
    return [label == numbers[i] for i in largest if areas[i] >= _LEAST_AREA * mask.size]


def _is_clutter(part: np.ndarray) -> bool:
    """Whether a part spans the picture or runs along its border, as a table's edge or a ruled line does."""
    top, bottom, left, right = (edge.mean() for edge in (part[0], part[-1], part[:, 0], part[:, -1]))
    return bool(top + bottom + left + right > 0.5 or top * bottom > 0 or left * right > 0)


def _is_in_place(digit: _Digit) -> bool:
    """Whether a digit in a picture of 28×28 is where MNIST would put it, and best left alone."""
    left, top, right, bottom = _in_pixels(digit.box, (SIDE, SIDE))
    fits = max(right - left, bottom - top) <= DIGIT_SIDE
    return fits and all(abs(_centre(digit.ink.sum(axis)) - CENTRE) < 0.75 for axis in (0, 1))


def _fit_and_centre(image: Image.Image, digit: _Digit) -> tuple[np.ndarray, list[str]]:
    """Ink of the digit, scaled to fit 20×20 and centred by mass (28, 28), and the steps taken."""
    left, top, right, bottom = _in_pixels(digit.box, image.size)
    size = _fit(right - left, bottom - top, DIGIT_SIDE)
    steps = ["cropped to the ink", f"scaled to {size[0]}×{size[1]}"]
    ink = _cut_out(image, digit, size, digit.box)
    if right - left > 2 * size[0] and _is_thin(ink):
        ink = _widen(_cut_out(image, digit, _fit(*size, DIGIT_SIDE - 2), digit.box))
        steps.append("thin strokes widened")
    top, left = (round(CENTRE - _centre(ink.sum(axis=1 - axis))) for axis in (0, 1))
    height, width = ink.shape
    pixels = _place(ink, min(max(top, 0), SIDE - height), min(max(left, 0), SIDE - width))
    return pixels, [*steps, "centred by mass"]


def _cut_out(image: Image.Image, digit: _Digit, size: tuple[int, int], box: Box) -> np.ndarray:
    """Ink of the digit alone in the box, (height, width) for size = (width, height)."""
    near = np.asarray(_resize(Image.fromarray(_running(np.maximum, digit.ink, 3)), size, box))
    paper = np.asarray(_resize(Image.fromarray(digit.paper), size, box))
    ink = _ink(_brightness(_resize(image, size, box), digit.inverted), paper)
    return np.where((ink > digit.noise) & (near > 0), np.clip(ink, 0, 1), 0)


def _is_thin(ink: np.ndarray) -> bool:
    """Whether most strokes are one pixel wide; MNIST's pens were two or three wide."""
    stroke = ink > 0.5 * ink.max()
    blocks = stroke[:-1, :-1] & stroke[1:, :-1] & stroke[:-1, 1:] & stroke[1:, 1:]
    inside = np.pad(blocks, 1)
    wide = inside[:-1, :-1] | inside[1:, :-1] | inside[:-1, 1:] | inside[1:, 1:]
    return bool(wide.sum() < 0.15 * stroke.sum())


def _widen(ink: np.ndarray) -> np.ndarray:
    """Strokes one softer pixel wider to each side, (height + 2, width + 2)."""
    padded = np.pad(ink, 1)
    wide: np.ndarray = np.maximum(padded, 0.5 * _running(np.maximum, padded, 3))
    return wide


def _centre(mass: np.ndarray) -> float:
    return float(mass @ np.arange(len(mass)) / mass.sum()) if mass.any() else (len(mass) - 1) / 2


def _place(pixels: np.ndarray, top: int, left: int) -> np.ndarray:
    """Pixels in a black image, (28, 28) float32."""
    image = np.zeros((SIDE, SIDE), np.float32)
    image[top : top + pixels.shape[0], left : left + pixels.shape[1]] = pixels
    return image


def _brightness(image: Image.Image, inverted: bool = False) -> np.ndarray:
    """Pixels in [0, 1], (H, W) float32."""
    v = np.asarray(image, np.float32)
    return (WHITE - v if inverted else v) / WHITE  # exact: an inverted picture gives the same numbers


def _ink(v: np.ndarray, paper: np.ndarray) -> np.ndarray:
    ink: np.ndarray = (v - paper) / np.maximum(1 - paper, _LEAST_LIGHT)
    return ink


def _fit(width: float, height: float, side: int) -> tuple[int, int]:
    """Width and height scaled so that the longer is `side` pixels."""
    scale = side / max(width, height)
    return max(1, round(scale * width)), max(1, round(scale * height))


def _reduce(image: Image.Image, side: int) -> Image.Image:
    return image if max(image.size) <= side else _resize(image, _fit(*image.size, side), WHOLE)


def _in_pixels(box: Box, size: tuple[int, int]) -> Box:
    return box[0] * size[0], box[1] * size[1], box[2] * size[0], box[3] * size[1]


def _resize(image: Image.Image, size: tuple[int, int], box: Box) -> Image.Image:
    """The part of the image in the box, resampled to size = (width, height)."""
    edges = _in_pixels(box, image.size)
    shrinks = edges[2] - edges[0] >= size[0] and edges[3] - edges[1] >= size[1]
    return image.resize(size, Image.Resampling.BOX if shrinks else Image.Resampling.BICUBIC, box=edges)


def _running(extreme: np.ufunc, v: np.ndarray, side: int) -> np.ndarray:
    """Minimum or maximum over the square of `side` (odd) pixels around each pixel, (H, W) like v."""
    for _ in range(2):  # rows, then columns
        v = np.pad(v, ((side // 2, side // 2), (0, 0)), mode="edge")
        reach = 1
        while reach < side:  # the reach doubles
            step = min(reach, side - reach)
            v = extreme(v[:-step], v[step:])
            reach += step
        v = v.T
    return v


def _box_mean(v: np.ndarray) -> np.ndarray:
    """Mean of the 3×3 pixels around each pixel, (H, W)."""
    padded = np.pad(v, 1, mode="edge")
    rows = padded[:-2] + padded[1:-1] + padded[2:]
    mean: np.ndarray = (rows[:, :-2] + rows[:, 1:-1] + rows[:, 2:]) / 9
    return mean
