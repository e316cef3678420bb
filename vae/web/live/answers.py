"""What comes back from the browser, checked: it may send anything; what is no answer becomes None."""

import math
from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from vae.images.spec import Floats, ImageSpec

FARTHEST = 1e3  # prior standard deviations; no hand reaches codes beyond


Window = tuple[float, float, float]
"""A part of a plane: its middle (x, y), and how far the grid reaches from there."""


@dataclass(frozen=True)
class Pick:
    """What was picked on a chart: a place (x, y), None in 3-D, and the nearest test image of those shown.

    `hit` says whether the hand may have meant that image: it is within 6 pixels of a mouse, 14 of a finger.
    """

    place: tuple[float, float] | None = None
    index: int | None = None
    hit: bool = False


@dataclass(frozen=True)
class PathChoice:
    """A path from a to b and the position t in [0, 1] on it that were chosen in the browser."""

    a: Floats  # (D,)
    b: Floats  # (D,)
    t: float


def pick(value: object) -> Pick | None:
    """The pick in {place, index, hit}."""
    if not isinstance(value, Mapping):
        return None
    place, image = value.get("place"), index(value.get("index"))
    x, y = map(number, place) if isinstance(place, list) and len(place) == 2 else (None, None)
    flat = None if x is None or y is None else (x, y)
    if flat is None and image is None:
        return None
    return Pick(flat, image, hit=value.get("hit") is True and image is not None)


def pair(value: object, count: int) -> tuple[int, int] | None:
    """The row and the column in {row, column}, of `count` each."""
    if not isinstance(value, Mapping):
        return None
    row, column = index(value.get("row")), index(value.get("column"))
    if row is None or column is None or max(row, column) >= count:
        return None
    return row, column


def path(value: object, latent_dim: int) -> PathChoice | None:
    """The path in {a, b, t}."""
    if not isinstance(value, Mapping):
        return None
    a, b, t = code(value.get("a"), latent_dim), code(value.get("b"), latent_dim), number(value.get("t"))
    if a is None or b is None or t is None or not 0.0 <= t <= 1.0:
        return None
    return PathChoice(a, b, t)


def window(value: object) -> Window | None:
    """The part of a plane in [x, y, reach]."""
    if not isinstance(value, list) or len(value) != 3:
        return None
    x, y, reach = map(number, value)
    return None if x is None or y is None or reach is None or reach <= 0 else (x, y, reach)


def ends(value: object, latent_dim: int) -> tuple[Floats, Floats] | None:
    """The ends of a path in [a, b]."""
    if not isinstance(value, list) or len(value) != 2:
        return None
    a, b = (code(each, latent_dim) for each in value)
    return None if a is None or b is None else (a, b)


def drawing(value: object, spec: ImageSpec) -> Floats | None:
    """The image (H, W, C) in [0, 1] in the base64 text of its levels."""
    if not isinstance(value, str) or len(value) > 2 * spec.size:
        return None
    try:
        content = b64decode(value, validate=True)
    except ValueError:  # binascii.Error is one, and so is text that is not ASCII
        return None
    if len(content) != spec.size:
        return None
    return (np.frombuffer(content, np.uint8) / 255).astype(np.float32).reshape(spec.shape)


def levels(pixels: Floats | None) -> str:
    """The text of an image as `drawing` reads it; empty for none."""
    return "" if pixels is None else b64encode(np.rint(255 * pixels).astype(np.uint8).tobytes()).decode()


def code(value: object, latent_dim: int) -> Floats | None:
    """The code (D,) in a list of D numbers within reach."""
    if not isinstance(value, list) or len(value) != latent_dim:
        return None
    numbers = [number(each) for each in value]
    return None if None in numbers else np.array(numbers, np.float32)


def index(value: object) -> int | None:
    """A whole number from 0 on, which counts test images."""
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def number(value: object) -> float | None:
    """A finite number within reach."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if math.isfinite(value) and abs(value) <= FARTHEST else None
