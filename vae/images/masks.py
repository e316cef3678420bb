"""Masks: which pixels of an image are hidden, in all of its channels, (H, W) boolean, True where hidden.

As text, for an address, a mask is the lengths of its runs in row order, in turn visible and hidden: the first
is of visible pixels and may be 0, and all together are H W pixels. Each length is a LEB128 number (seven bits
a byte, the low ones first, the high bit says that more follow), the bytes in base64url without padding.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from vae.images.spec import ImageSpec

Mask = NDArray[np.bool_]

BLOCK = (300, 399)  # first and last pixel that the source article hides, of MNIST's 28 × 28
BLOCK_SHAPE = (28, 28)
HEXADECIMAL = 196  # digits of a 28 × 28 mask as addresses held it before, four pixels each


def has_block(spec: ImageSpec) -> bool:
    """Whether the source article's block is one of such images."""
    return spec.shape[:2] == BLOCK_SHAPE


def block() -> Mask:
    """The source article's pixels 300 to 399 hidden, (28, 28)."""
    number = np.arange(np.prod(BLOCK_SHAPE)).reshape(BLOCK_SHAPE)
    return (BLOCK[0] <= number) & (number <= BLOCK[1])


def default(spec: ImageSpec) -> Mask:
    """What is hidden at first: the source's block, elsewhere the middle, half as high and half as wide."""
    if has_block(spec):
        return block()
    hidden = np.zeros((spec.height, spec.width), bool)
    top, left = spec.height // 4, spec.width // 4
    hidden[top : top + spec.height // 2, left : left + spec.width // 2] = True
    return hidden


def rows(spec: ImageSpec, first: int, last: int) -> Mask:
    """Rows `first` to `last` hidden, both included, counted from the top.

    Raises:
        ValueError: for rows that an image does not have, or a last before the first.
    """
    if not 0 <= first <= last < spec.height:
        raise ValueError(f"rows must lie between 0 and {spec.height - 1} in order, got {first} to {last}")
    hidden = np.zeros((spec.height, spec.width), bool)
    hidden[first : last + 1] = True
    return hidden


def scattered(spec: ImageSpec, share: float, seed: int) -> Mask:
    """That share of the pixels hidden, drawn at random without replacement; the same for the same seed.

    Raises:
        ValueError: for a share outside [0, 1].
    """
    if not 0 <= share <= 1:
        raise ValueError(f"share must lie in [0, 1], got {share}")
    count = spec.height * spec.width
    order = np.random.default_rng(seed).permutation(count)
    return (order < round(share * count)).reshape(spec.height, spec.width)


def to_text(hidden: Mask) -> str:
    """The mask as text, about two letters for each edge that a row crosses."""
    flat = hidden.ravel()
    edges = np.flatnonzero(flat[1:] != flat[:-1]) + 1
    starts = [0, *([0] if flat[0] else []), *edges.tolist(), len(flat)]
    runs = [end - start for start, end in pairwise(starts)]
    return urlsafe_b64encode(b"".join(map(_varint, runs))).rstrip(b"=").decode()


def from_text(text: str, spec: ImageSpec) -> Mask:
    """The mask (H, W) that `to_text` wrote; of 28 × 28 also one in hexadecimal digits, as addresses held it.

    Raises:
        ValueError: for anything else.
    """
    if has_block(spec) and len(text) == HEXADECIMAL and set(text) <= set("0123456789abcdef"):
        return np.unpackbits(np.frombuffer(bytes.fromhex(text), np.uint8)).astype(bool).reshape(BLOCK_SHAPE)
    count = spec.height * spec.width
    runs = _runs(text) if len(text) <= 2 * count else []  # no mask is longer
    if sum(runs) == count:
        hidden = np.repeat(np.arange(len(runs)) % 2 == 1, runs).reshape(spec.height, spec.width)
        if to_text(hidden) == text:
            return hidden
    raise ValueError(f"not the run lengths of a mask of {spec.height} × {spec.width} pixels")


def _varint(number: int) -> bytes:
    """A LEB128 number."""
    low, rest = number & 127, number >> 7
    return bytes([low | 128]) + _varint(rest) if rest else bytes([low])


def _runs(text: str) -> list[int]:
    """The numbers in the text, none if it is no base64url or ends within a number."""
    try:
        content = urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4))
    except ValueError:  # UnicodeError and binascii.Error are such
        return []
    runs, number, shift = [], 0, 0
    for byte in content:
        number |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            runs.append(number)
            number, shift = 0, 0
    return runs if shift == 0 else []


def coloured(images: NDArray[np.float32], hidden: Mask, colour: tuple[int, int, int]) -> NDArray[np.float64]:
    """Images (B, H, W, C) in [0, 1] with the hidden pixels in a colour of 8 bits, (B, H, W, 3)."""
    return np.where(hidden[..., None], np.array(colour) / 255, images)
