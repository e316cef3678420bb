"""Which pixels of an image are hidden: masks (28, 28), True where a pixel is hidden. NumPy only, pure.

Pixels are counted from 0, row by row, as in the flattened image.
"""

import numpy as np
from numpy.typing import NDArray

from vae.model.config import IMAGE_SIDE, PIXELS

Mask = NDArray[np.bool_]

BLOCK = (300, 399)  # first and last pixel that the source article hides
DIGITS = PIXELS // 4  # of the hexadecimal text of a mask


def block(first: int = BLOCK[0], last: int = BLOCK[1]) -> Mask:
    """Pixels `first` to `last` hidden, both included.

    Raises:
        ValueError: for pixels that an image does not have, or a last before the first.
    """
    if not 0 <= first <= last < PIXELS:
        raise ValueError(f"pixels must lie between 0 and {PIXELS - 1} in order, got {first} to {last}")
    number = np.arange(PIXELS).reshape(IMAGE_SIDE, IMAGE_SIDE)
    return (first <= number) & (number <= last)


def rows(first: int, last: int) -> Mask:
    """Rows `first` to `last` hidden, both included, counted from the top.

    Raises:
        ValueError: for rows that an image does not have, or a last before the first.
    """
    return block(first * IMAGE_SIDE, (last + 1) * IMAGE_SIDE - 1)


def scattered(share: float, seed: int) -> Mask:
    """That share of the pixels hidden, drawn at random without replacement; the same for the same seed.

    Raises:
        ValueError: for a share outside [0, 1].
    """
    if not 0 <= share <= 1:
        raise ValueError(f"share must lie in [0, 1], got {share}")
    order = np.random.default_rng(seed).permutation(PIXELS)
    return (order < round(share * PIXELS)).reshape(IMAGE_SIDE, IMAGE_SIDE)


def to_text(hidden: Mask) -> str:
    """The mask as hexadecimal digits, four pixels each."""
    return np.packbits(hidden).tobytes().hex()


def from_text(text: str) -> Mask:
    """The mask that `to_text` wrote.

    Raises:
        ValueError: for anything else.
    """
    if len(text) != DIGITS or not set(text) <= set("0123456789abcdef"):
        raise ValueError(f"a mask is written as {DIGITS} hexadecimal digits")
    bits = np.unpackbits(np.frombuffer(bytes.fromhex(text), np.uint8))
    return bits.astype(bool).reshape(IMAGE_SIDE, IMAGE_SIDE)


def coloured(images: NDArray[np.float32], hidden: Mask, colour: tuple[int, int, int]) -> NDArray[np.float64]:
    """Images (B, 28, 28) in [0, 1] with the hidden pixels in a colour of 8 bits, (B, 28, 28, 3)."""
    return np.where(hidden[..., None], np.array(colour) / 255, images[..., None])
