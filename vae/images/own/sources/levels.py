"""What black and white are in an array of numbers, or the question that its values put.

Symbols: low, high the least and the largest value; black, white the levels of a pixel that is so.
"""

import numpy as np
from numpy.typing import DTypeLike

from vae.images.own.manifest import OwnImagesError

Levels = tuple[float, float]  # black, white
DEPTHS = (1023, 4095, 16_383, 65_535)  # of cameras and microscopes, in whole numbers of 16 bits
TWICE = 1.001 / 255  # what is left of 1 after it was divided by 255 once more


class LevelsError(OwnImagesError):
    """Values that leave open what black and white are.

    Arguments:
        question: For the user, with the values that were found.
        likely: The answer that is most likely, None where nothing is.
    """

    def __init__(self, question: str, likely: Levels | None) -> None:
        super().__init__(question)
        self.likely = likely


def of(dtype: DTypeLike, low: float, high: float, asked: Levels | None) -> Levels:
    """Black and white of an array of that type whose values go from low to high.

    Raises:
        LevelsError: naming what is odd about the values, and what they may be.
    """
    found = f"Pixels from {low:.4g} to {high:.4g}"
    if asked is not None:
        if not asked[0] < asked[1]:
            raise OwnImagesError(f"Black must be below white, got {asked[0]:g} and {asked[1]:g}.")
        if low < asked[0] or high > asked[1]:
            raise LevelsError(f"{found}: they do not lie between {asked[0]:g} and {asked[1]:g}.", None)
        return asked
    kind = np.dtype(dtype)
    if kind.kind == "b":
        return 0.0, 1.0
    if low == high:
        raise LevelsError(f"All pixels are {low:.4g}: there is nothing to see.", None)
    return _real(found, low, high) if kind.kind == "f" else _whole(found, kind, low, high)


def _whole(found: str, kind: np.dtype, low: float, high: float) -> Levels:
    if low < 0:
        likely = (-128.0, 127.0) if low >= -128 and high <= 127 else None
        raise LevelsError(f"{found} in whole numbers: what are black and white?", likely)
    if high <= 1:
        raise LevelsError(f"{found} in an array of {kind.name}: is 1 white?", (0.0, 1.0))
    if high <= 255:
        return 0.0, 255.0
    if kind == np.uint16 and high > DEPTHS[-2]:
        return 0.0, float(DEPTHS[-1])
    depth = next((each for each in DEPTHS if high <= each), None)
    likely = None if depth is None else (0.0, float(depth))
    question = "what is white?" if depth is None else f"is {depth:,} white?"
    raise LevelsError(f"{found} in an array of {kind.name}: {question}", likely)


def _real(found: str, low: float, high: float) -> Levels:
    if low >= 0:
        if high <= TWICE:
            raise LevelsError(f"{found} in a float array: divided by 255 twice?", (0.0, 1 / 255))
        if high <= 1:
            return 0.0, 1.0
        if high <= 255:
            raise LevelsError(f"{found} in a float array: divide by 255?", (0.0, 255.0))
    elif low >= -1 and high <= 1:
        raise LevelsError(f"{found} in a float array: is −1 black?", (-1.0, 1.0))
    if -10 < low < 0 < high < 10:
        raise LevelsError(f"{found} in a float array: standardised? Undo that, or say what is black.", None)
    raise LevelsError(f"{found} in a float array: what are black and white?", None)
