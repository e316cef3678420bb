"""A colour for each class, however many there are.

Colours are compared in OKLab (Ottosson, A perceptual color space for image processing, 2020), where distances
are about as large as they look: a lightness of 0 is black, 1 white.
"""

from functools import cache

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

CLASS_COLOURS = (
    "#058eaf",
    "#fa9fb3",
    "#556506",
    "#c87b13",
    "#ff0d89",
    "#2bd1fe",
    "#be76ff",
    "#b0cd39",
    "#902cab",
    "#353ff3",
)
"""Of up to ten classes, which nobody takes for one another.

They are what a search found among colours with a chroma of 0.08 to 0.27 and a contrast of at least 1.7 to the
light page and 2.6 to the dark one, none near the red of what is followed. It exchanged one colour at a time
until the smallest distance of any two was the largest, as seen with protanopia, deuteranopia and tritanopia
(Machado, Oliveira and Fernandes 2009, doi:10.1109/TVCG.2009.113, severity 1), and with other eyes, where it
counted 1/1.75. They are in the order that puts the digits farthest apart that lie beside one another on the
map: 4, 7 and 9, and 3, 5 and 8.
"""

LIGHTNESS = (0.48, 0.58, 0.68, 0.78)  # seen on white and on near-black
CHROMA = (0.04, 0.09, 0.14, 0.19, 0.24)
HUES = np.radians(np.arange(0, 360, 15))

TO_CONES = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
)  # from linear sRGB
TO_OKLAB = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
)  # from the cube roots of the cones' answers


@cache
def class_colours(count: int) -> tuple[str, ...]:
    """Colours of `count` classes as `#rrggbb`, those of fewer classes first.

    Beyond ten, each is the one that lies farthest from all before it, with the class just before it, which
    often lies beside it, counting twice.
    """
    found = [oklab(colour) for colour in CLASS_COLOURS]
    candidates = _candidates()
    away = np.linalg.norm(candidates[:, None] - np.array(found), axis=2).min(axis=1)
    while len(found) < count:
        from_last = np.linalg.norm(candidates - found[-1], axis=1)
        found.append(candidates[np.minimum(away, from_last / 2).argmax()])
        away = np.minimum(away, np.linalg.norm(candidates - found[-1], axis=1))
    return (*CLASS_COLOURS, *map(_hex, found[len(CLASS_COLOURS) :]))[:count]


def oklab(colour: str) -> Floats:
    """A colour `#rrggbb` in OKLab: lightness, green to red, blue to yellow, (3,)."""
    levels = np.array([int(colour[k : k + 2], 16) for k in (1, 3, 5)]) / 255
    linear = np.where(levels <= 0.04045, levels / 12.92, ((levels + 0.055) / 1.055) ** 2.4)
    return np.asarray(TO_OKLAB @ np.cbrt(TO_CONES @ linear))


def _candidates() -> Floats:
    """Colours (M, 3) in OKLab that a screen can show, from a grid of lightness, chroma and hue."""
    L, C, h = (axis.ravel() for axis in np.meshgrid(LIGHTNESS, CHROMA, HUES, indexing="ij"))
    colours = np.stack([L, C * np.cos(h), C * np.sin(h)], axis=1)
    linear = _linear(colours)
    return np.asarray(colours[((linear >= 0) & (linear <= 1)).all(axis=1)])


def _linear(colours: Floats) -> Floats:
    """Colours (..., 3) in OKLab as linear sRGB."""
    return np.asarray((colours @ np.linalg.inv(TO_OKLAB).T) ** 3 @ np.linalg.inv(TO_CONES).T)


def _hex(colour: Floats) -> str:
    linear = _linear(colour)
    levels = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    return "#" + "".join(f"{round(255 * level):02x}" for level in levels.tolist())
