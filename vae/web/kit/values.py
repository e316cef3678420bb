"""The values of the address that several pages share, each declared once; see `vae.web.kit.address`."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from vae.web.kit import address
from vae.web.kit.address import Shared

LAST_SEED = 9999
MOVED = 1e-3  # prior standard deviations, at least, of an end of a path that was dragged


def image(count: int, default: int = 0) -> Shared[int]:
    """Which of `count` test images is followed."""
    return address.integer("image", default, 0, count - 1)


def source(kinds: Sequence[str]) -> Shared[str]:
    """Where the followed image comes from: one of these kinds, such as a test image or a drawing."""
    return address.choice("source", kinds, kinds[0])


def repeats(fewest: int) -> Shared[int]:
    """How many times an image is encoded again."""
    return address.integer("repeats", 100, fewest, 1000)


def noise() -> Shared[int]:
    """The seed of the repeated encodings."""
    return address.integer("noise", 0, 0, LAST_SEED)


def end_class(name: str, default: int, classes: int) -> Shared[int]:
    """The class of an end, `start` or `end`, of a path."""
    return address.integer(name, min(default, classes - 1), 0, classes - 1)


def dragged_end(name: str) -> Shared[tuple[float, ...]]:
    """Where the end, `start` or `end`, of a path on a latent plane was dragged to, () for nowhere."""
    return address.vector(f"{name}_z", 2, ())


def drag_end(name: str, before: NDArray[np.floating], after: NDArray[np.floating]) -> None:
    """Go on with an end (2,) that may have been dragged elsewhere."""
    if abs(after - before).max() > MOVED:
        dragged_end(name).set(after.tolist())


def t() -> Shared[float]:
    """How far along a path, from 0 to 1."""
    return address.number("t", 0.0, 0.0, 1.0)
