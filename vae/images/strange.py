"""Pictures of no data set, drawn here: for seeing what a model makes of what it has never learnt."""

from collections.abc import Callable

import numpy as np
from PIL import Image, ImageDraw, ImageFont

SIDE = 28  # units of the drawings below: MNIST's pixels
SCALE = 10  # pixels of a unit
DARK, LIGHT, WHITE = 90, 200, 255

Corners = tuple[tuple[float, float], ...]  # x to the right and y downward, in units

SHIRT: Corners = (
    *((9, 4), (12, 6), (16, 6), (19, 4), (26, 9), (23, 13), (20, 11)),
    *((20, 25), (8, 25), (8, 11), (5, 13), (2, 9)),
)
TROUSERS: Corners = ((9, 3), (19, 3), (21, 25), (16, 25), (14, 10), (12, 25), (7, 25))
BOOT: Corners = ((8, 3), (15, 3), (15, 15), (24, 18), (25, 22), (8, 22))
SOLE: Corners = ((7, 22), (25, 22), (25, 25), (7, 25))
ROOF: Corners = ((3, 14), (14, 3), (25, 14))


def picture(name: str) -> Image.Image:
    """The picture of that name, in mode L.

    Raises:
        KeyError: if there is none.
    """
    drawn = Image.new("L", (SIDE * SCALE, SIDE * SCALE))
    DRAWINGS[name](ImageDraw.Draw(drawn))
    return drawn


def _polygon(draw: ImageDraw.ImageDraw, corners: Corners, level: int) -> None:
    draw.polygon([(SCALE * x, SCALE * y) for x, y in corners], fill=level)


def _shirt(draw: ImageDraw.ImageDraw) -> None:
    _polygon(draw, SHIRT, LIGHT)


def _trousers(draw: ImageDraw.ImageDraw) -> None:
    _polygon(draw, TROUSERS, LIGHT)


def _boot(draw: ImageDraw.ImageDraw) -> None:
    _polygon(draw, BOOT, LIGHT)
    _polygon(draw, SOLE, DARK)


def _bag(draw: ImageDraw.ImageDraw) -> None:
    draw.arc(_box(9, 4, 19, 18), 180, 360, fill=LIGHT, width=SCALE)
    draw.rounded_rectangle(_box(4, 11, 24, 25), 2 * SCALE, fill=LIGHT)
    draw.rectangle(_box(4, 15, 24, 16), fill=DARK)


def _face(draw: ImageDraw.ImageDraw) -> None:
    draw.ellipse(_box(3, 3, 25, 25), fill=LIGHT)
    for x in (9, 16):
        draw.ellipse(_box(x, 9, x + 3, 13), fill=0)
    draw.arc(_box(8, 9, 20, 21), 20, 160, fill=0, width=SCALE)


def _house(draw: ImageDraw.ImageDraw) -> None:
    _polygon(draw, ROOF, WHITE)
    draw.rectangle(_box(6, 14, 22, 25), fill=DARK)
    draw.rectangle(_box(12, 18, 16, 25), fill=LIGHT)


def _letter(draw: ImageDraw.ImageDraw) -> None:
    _words(draw, "R", 22, WHITE)


def _number(draw: ImageDraw.ImageDraw) -> None:
    _words(draw, "42", 18, WHITE)


def _negative(draw: ImageDraw.ImageDraw) -> None:
    draw.rectangle(_box(0, 0, SIDE, SIDE), fill=WHITE)
    _words(draw, "3", 22, 0)


def _chessboard(draw: ImageDraw.ImageDraw) -> None:
    for row in range(7):
        for column in range(row % 2, 7, 2):
            draw.rectangle(_box(4 * column, 4 * row, 4 * column + 4, 4 * row + 4), fill=WHITE)


def _noise(draw: ImageDraw.ImageDraw) -> None:
    levels = np.random.default_rng(0).integers(0, 256, (SIDE, SIDE))
    for (y, x), level in np.ndenumerate(levels):
        draw.rectangle(_box(x, y, x + 1, y + 1), fill=int(level))


def _nothing(draw: ImageDraw.ImageDraw) -> None:
    """Black."""


def _words(draw: ImageDraw.ImageDraw, words: str, height: int, level: int) -> None:
    middle = SIDE * SCALE / 2
    font = ImageFont.load_default(size=SCALE * height)
    draw.text((middle, middle), words, level, font, anchor="mm", stroke_width=SCALE // 2, stroke_fill=level)


def _box(left: float, top: float, right: float, bottom: float) -> tuple[float, float, float, float]:
    """A rectangle's edges in pixels, the last ones inside."""
    return SCALE * left, SCALE * top, SCALE * right - 1, SCALE * bottom - 1


DRAWINGS: dict[str, Callable[[ImageDraw.ImageDraw], None]] = {
    "T-shirt": _shirt,
    "trousers": _trousers,
    "ankle boot": _boot,
    "bag": _bag,
    "face": _face,
    "house": _house,
    "letter": _letter,
    "two digits": _number,
    "black on white": _negative,
    "chessboard": _chessboard,
    "noise": _noise,
    "nothing": _nothing,
}
NAMES = tuple(DRAWINGS)
