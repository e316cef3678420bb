"""A picture of something written, made what MNIST holds: white ink on black, (28, 28, 1) in [0, 1].

H, W    height and width of the picture, reduced to at most 192 pixels a side while the ink is looked for
v       brightness in [0, 1], turned so that ink is brighter than paper (H, W)
paper   v of the bare paper under each pixel, shadows included (H, W)
ink     (v - paper) / (1 - paper), the fraction of light taken by the ink, whatever the lighting (H, W)
"""

from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageFilter
from scipy import ndimage

from vae.images.resize import WHOLE, Box, Preparation, fitting, in_pixels, resample

WHITE = 255
SIDE = 28  # pixels of an image
DIGIT_SIDE = 20  # pixels of the longer side of what is written in it
CENTRE = 14  # row and column of its centre of mass, pixel index

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


def prepare(picture: Image.Image) -> Preparation:
    """What is written anywhere in a picture (any mode), dark or light, as MNIST's digits were prepared.

    Freed from the paper and its shading, scaled to fit 20×20, its centre of mass within half a pixel of
    (14, 14). What lies so already is left there.
    """
    grey = picture.convert("L")
    digit = _find_digit(grey)
    if digit is None:
        return _blank()
    steps = ["inverted"] if digit.inverted else []
    if digit.paper.max() > 0.02:
        steps.append("paper removed")
    if grey.size == (SIDE, SIDE) and _is_in_place(digit):
        ink = _cut_out(grey, digit, grey.size, WHOLE)
    else:
        ink, more_steps = _fit_and_centre(grey, digit)
        steps += more_steps
    if not ink.any():
        return _blank()
    full = float(np.percentile(ink[ink >= _STRONG * ink.max()], 90))
    if full < 0.95:
        steps.append("contrast stretched")
    return Preparation(np.minimum(ink / full, 1).astype(np.float32)[..., None], tuple(steps))


def centred(ink: np.ndarray) -> np.ndarray:
    """Ink (h, w) in (28, 28) of its type, its centre of mass as near to (14, 14) as whole pixels allow."""
    height, width = ink.shape
    top, left = (round(CENTRE - _centre(ink.sum(axis=1 - axis))) for axis in (0, 1))
    top, left = min(max(top, 0), SIDE - height), min(max(left, 0), SIDE - width)
    image = np.zeros((SIDE, SIDE), ink.dtype)
    image[top : top + height, left : left + width] = ink
    return image


def _blank() -> Preparation:
    return Preparation(np.zeros((SIDE, SIDE, 1), np.float32), ("no ink found",), has_ink=False)


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
    marks = _brightness(image) - _brightness(resample(surroundings, image.size))
    return bool((marks**3).sum() < 0)  # cubed: faint shadows count for little


def _paper(v: np.ndarray) -> np.ndarray:
    """Paper under the ink (H, W), with shadows that reach the border and are wider than any stroke."""
    height, width = v.shape
    side = 2 * round(_PAPER_WINDOW * max(v.shape) / 2) + 1
    rows, columns = min(side, height - 1), min(side, width - 1)
    padded = np.pad(_local_mean(v), ((rows, rows), (columns, columns)), mode="reflect", reflect_type="odd")
    low = ndimage.minimum_filter(padded, side, mode="nearest")
    seam = 2 * round(max(v.shape) / 100)  # the mean has blurred the edges of shadows
    opened = ndimage.maximum_filter(low, side + seam, mode="nearest")
    opened = _from_border(opened[rows : rows + height, columns : columns + width])
    bias = np.percentile(v - opened, 25)  # of a minimum over noise
    return (opened + bias).astype(np.float32)


def _from_border(v: np.ndarray) -> np.ndarray:
    """Highest level at which each pixel is connected with the border, (H, W), as a shadow is."""
    level = np.full_like(v, v.min())
    level[[0, -1]], level[:, [0, -1]] = v[[0, -1]], v[:, [0, -1]]
    while True:
        raised = np.minimum(ndimage.maximum_filter(level, 3), v)
        if np.array_equal(raised, level):
            return level
        level = raised


def _digit_mask(ink: np.ndarray, least: float) -> np.ndarray:
    """Which pixels belong to the digit, boolean (H, W); none if there is no ink above `least`."""
    strongest = _local_mean(ink).max()
    parts = _parts(ink > max(least, _STRONG * strongest))
    parts = [part for part in parts if not _is_clutter(part)] or parts
    masses = [ink[part].sum() for part in parts]
    strokes = np.zeros(ink.shape, bool)
    for part, mass in zip(parts, masses, strict=True):
        strokes |= part & (mass >= _SPECK * max(masses))
    near = ndimage.binary_dilation(strokes, np.ones((5, 5)))
    return np.logical_and(near, ink > max(least, _FAINT * strongest))


def _parts(mask: np.ndarray) -> list[np.ndarray]:
    """The largest connected parts of a mask (H, W), diagonal neighbours included, each a boolean (H, W)."""
    label, _ = ndimage.label(mask, np.ones((3, 3)))
    areas = np.bincount(label.ravel())[1:]
    largest = np.argsort(-areas, kind="stable")[:_MOST_PARTS]
    return [label == i + 1 for i in largest if areas[i] >= _LEAST_AREA * mask.size]


def _is_clutter(part: np.ndarray) -> bool:
    """Whether a part spans the picture or runs along its border, as a table's edge or a ruled line does."""
    top, bottom, left, right = (edge.mean() for edge in (part[0], part[-1], part[:, 0], part[:, -1]))
    return bool(top + bottom + left + right > 0.5 or top * bottom > 0 or left * right > 0)


def _is_in_place(digit: _Digit) -> bool:
    """Whether a digit in a picture of 28×28 is where MNIST would put it, and best left alone."""
    left, top, right, bottom = in_pixels(digit.box, (SIDE, SIDE))
    fits = max(right - left, bottom - top) <= DIGIT_SIDE
    return fits and all(abs(_centre(digit.ink.sum(axis)) - CENTRE) < 0.75 for axis in (0, 1))


def _fit_and_centre(image: Image.Image, digit: _Digit) -> tuple[np.ndarray, list[str]]:
    """Ink of the digit, scaled to fit 20×20 and centred by mass (28, 28), and the steps taken."""
    left, top, right, bottom = in_pixels(digit.box, image.size)
    size = fitting(right - left, bottom - top, DIGIT_SIDE, DIGIT_SIDE)
    steps = ["cropped to the ink", f"scaled to {size[0]}×{size[1]}"]
    ink = _cut_out(image, digit, size, digit.box)
    if right - left > 2 * size[0] and _is_thin(ink):
        ink = _widen(_cut_out(image, digit, fitting(*size, DIGIT_SIDE - 2, DIGIT_SIDE - 2), digit.box))
        steps.append("thin strokes widened")
    return centred(ink), [*steps, "centred by mass"]


def _cut_out(image: Image.Image, digit: _Digit, size: tuple[int, int], box: Box) -> np.ndarray:
    """Ink of the digit alone in the box, (height, width) for size = (width, height)."""
    near = np.asarray(resample(Image.fromarray(ndimage.maximum_filter(digit.ink, 3)), size, box))
    paper = np.asarray(resample(Image.fromarray(digit.paper), size, box))
    ink = _ink(_brightness(resample(image, size, box), digit.inverted), paper)
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
    return np.maximum(padded, 0.5 * ndimage.maximum_filter(padded, 3))


def _centre(mass: np.ndarray) -> float:
    return float(mass @ np.arange(len(mass)) / mass.sum()) if mass.any() else (len(mass) - 1) / 2


def _brightness(image: Image.Image, inverted: bool = False) -> np.ndarray:
    """Pixels in [0, 1], (H, W) float32."""
    v = np.asarray(image, np.float32)
    return (WHITE - v if inverted else v) / WHITE  # exact: an inverted picture gives the same numbers


def _ink(v: np.ndarray, paper: np.ndarray) -> np.ndarray:
    ink: np.ndarray = (v - paper) / np.maximum(1 - paper, _LEAST_LIGHT)
    return ink


def _reduce(image: Image.Image, side: int) -> Image.Image:
    return image if max(image.size) <= side else resample(image, fitting(*image.size, side, side))


def _local_mean(v: np.ndarray) -> np.ndarray:
    """Mean of the 3×3 pixels around each pixel, (H, W)."""
    return ndimage.uniform_filter(v, 3, mode="nearest")
