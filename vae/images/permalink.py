"""An image as text that an address can hold: its shape and its levels, deflated, in URL-safe base64.

    bytes   height, width, channels, one each | H × W × C levels, row by row

A drawing takes 300 to 500 characters, and no grey image of 28 × 28 pixels more than about 1,060.
"""

import zlib
from base64 import urlsafe_b64decode, urlsafe_b64encode

import numpy as np

from vae.images.spec import Floats, ImageSpec

LONGEST = 1500  # characters; browsers and chat programs cut addresses from about 2,000 on
MOST_BYTES = 3 + 128 * 128 * 3
RAW = -15  # zlib's window without its header and checksum


def to_text(pixels: Floats) -> str | None:
    """The text of an image (H, W, C) in [0, 1], kept to 256 levels; None if it is too long for an address."""
    levels = np.rint(255 * np.clip(pixels, 0, 1)).astype(np.uint8)
    packer = zlib.compressobj(9, wbits=RAW)
    packed = packer.compress(bytes(levels.shape) + levels.tobytes()) + packer.flush()
    text = urlsafe_b64encode(packed).decode().rstrip("=")
    return text if len(text) <= LONGEST else None


def from_text(text: str) -> Floats:
    """The image (H, W, C) in [0, 1] that the text says.

    Raises:
        ValueError: if it says none.
    """
    if len(text) > LONGEST:
        raise ValueError(f"the text of an image has at most {LONGEST} characters, got {len(text)}")
    try:
        packed = urlsafe_b64decode(text + "=" * (-len(text) % 4))
        content = zlib.decompressobj(wbits=RAW).decompress(packed, MOST_BYTES)
        if len(content) < 3:
            raise ValueError("it has no shape")
        spec = ImageSpec(*content[:3])
    except (ValueError, zlib.error) as error:
        raise ValueError(f"this is no image's text: {error}") from error
    if len(content) != 3 + spec.size:
        raise ValueError(f"an image of {spec.words} has {spec.size} levels, got {len(content) - 3}")
    return (np.frombuffer(content[3:], np.uint8) / 255).astype(np.float32).reshape(spec.shape)
