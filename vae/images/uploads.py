"""The one loader for pictures from users: `read_upload` turns untrusted bytes into a picture.

A file that cannot be used raises `ImageError` with one sentence for the user.
"""

import io
import re
import struct
import threading
import warnings
from dataclasses import dataclass

import numpy as np
from PIL import Image

from vae.errors import Unusable

FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP")
MAX_BYTES = 25 * 2**20  # Streamlit's maxUploadSize counts its MB like this
MAX_PIXELS = 16_000_000
MAX_PHOTO_PIXELS = 64_000_000  # of a JPEG in one scan, which is decoded row by row and reduced on the way
MAX_ASPECT = 20
MAX_SCANS = 100  # of a JPEG: a small file can hold thousands, each as slow as the whole picture
WHITE = 255
PNG_BITS = 24  # where a PNG has the number of bits of a level
PHOTO_REDUCTION = 4  # of both sides of a JPEG above MAX_PIXELS

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


class ImageError(Unusable):
    """An image that cannot be used; its message is one sentence for the user."""


@dataclass(frozen=True)
class Upload:
    """What the bytes of a user's file hold."""

    image: Image.Image  # mode RGB, upright, without metadata
    notices: tuple[str, ...]  # sentences about what the user may not expect; often none


def read_upload(data: bytes, background: int = WHITE) -> Upload:
    """The picture in the bytes of an image file. Opens no file.

    Transparent parts show `background`, a grey level, 0 black to 255 white.

    Raises:
        ImageError: with one sentence for the user.
    """
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
            picture.draft(None, (picture.width // PHOTO_REDUCTION, picture.height // PHOTO_REDUCTION))
        if picture.format == "PNG" and data[PNG_BITS] == 16:
            notices.append("Its levels of 16 bits became levels of 8 bits.")
        picture.load()
        turn = _turn_upright(picture)
        upright, shows_background = _to_rgb(picture, background)
    if shows_background:
        notices.append("Transparent parts are filled with the background colour.")
    if turn is not None:
        upright = upright.transpose(turn)
        notices.append("The photo was turned upright, as the camera recorded it.")
    if all(band.getextrema()[0] == band.getextrema()[1] for band in upright.split()):
        notices.append("The whole image is one colour.")
    upright.info = {}
    return Upload(upright, tuple(notices))


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


def _to_rgb(picture: Image.Image, background: int) -> tuple[Image.Image, bool]:
    """Picture in mode RGB, and whether the background shows through."""
    if picture.mode.startswith("I;16"):  # convert would clip it to white
        values = np.asarray(picture).astype(np.uint32)
        see_through = values == picture.info.get("transparency", -1)
        grey = np.where(see_through, background, (values + 128) // 257).astype(np.uint8)
        return Image.fromarray(grey).convert("RGB"), bool(see_through.any())
    if not picture.has_transparency_data:
        return picture.convert("RGB"), False
    layer = picture.convert("RGBA")
    paper = Image.new("RGBA", layer.size, (background, background, background, 255))
    shows_background = layer.getchannel("A").getextrema() != (255, 255)
    return Image.alpha_composite(paper, layer).convert("RGB"), shows_background
