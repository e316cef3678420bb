"""Preparation of what is written as MNIST's digits were: real digits, rendered as photos."""

import io

import numpy as np
import pytest
from PIL import Image, ImageDraw
from scipy import ndimage
from sklearn.datasets import load_digits

from tests.images import drawings
from vae.images import mnist_style, sets
from vae.images.uploads import read_upload

RNG = np.random.default_rng(0)


def prepare(picture: Image.Image) -> np.ndarray:
    """(28, 28) in [0, 1]."""
    return mnist_style.prepare(picture).pixels[..., 0]


def steps(picture: Image.Image) -> tuple[str, ...]:
    return mnist_style.prepare(picture).steps


def mnist(count: int) -> np.ndarray:
    """The first test images of MNIST, (count, 28, 28) uint8."""
    return sets.load("mnist").pixels[:count, ..., 0]


def textbook(digit: np.ndarray) -> np.ndarray:
    """A clean white digit (H, W) brought into MNIST's frame as MNIST describes it, (28, 28) in [0, 1]."""
    rows, columns = np.flatnonzero((digit > 50).any(1)), np.flatnonzero((digit > 50).any(0))
    tight = Image.fromarray(digit[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1])
    scale = 20 / max(tight.size)
    frame = np.zeros((56, 56))
    tight = tight.resize((round(scale * tight.width), round(scale * tight.height)), Image.Resampling.BOX)
    frame[18 : 18 + tight.height, 18 : 18 + tight.width] = np.asarray(tight) / 255
    return ndimage.shift(frame, 28 - np.round(ndimage.center_of_mass(frame)), order=0)[14:42, 14:42]


def sklearn_digits(count: int) -> np.ndarray:
    """White digits of scikit-learn's data, smoothly enlarged from 8x8, (count, 80, 80) uint8."""
    small = (np.pad(load_digits().images[:count], ((0, 0), (1, 1), (1, 1))) * (255 / 16)).astype(np.uint8)
    return np.array([Image.fromarray(digit).resize((80, 80), Image.Resampling.BICUBIC) for digit in small])


def on_paper(digit: np.ndarray, seed: int, shade: float = 0.3, noise: float = 0.02) -> Image.Image:
    """A photo of the digit, a JPEG: enlarged, dark on light, off centre, on uneven and grainy paper."""
    rng = np.random.default_rng(seed)
    side = 28 * int(rng.integers(6, 12))
    ink = np.asarray(Image.fromarray(digit).resize((side, side), Image.Resampling.BICUBIC)) / 255
    height, width = (int(side * rng.uniform(1.3, 2.2)) for _ in range(2))
    top, left = int(rng.integers(0, height - side)), int(rng.integers(0, width - side))
    full = np.pad(ink, ((top, height - side - top), (left, width - side - left)))
    down, right = np.mgrid[0 : 1 : height * 1j, 0 : 1 : width * 1j]
    angle = rng.uniform(0, 2 * np.pi)
    light = 0.85 + shade * ((down - 0.5) * np.sin(angle) + (right - 0.5) * np.cos(angle))
    photo = light * (1 - 0.75 * full) + rng.normal(0, noise, full.shape)
    out = io.BytesIO()
    Image.fromarray(np.uint8(255 * np.clip(photo, 0, 1))).save(out, "JPEG", quality=80)
    return read_upload(out.getvalue()).image


def likeness(a: np.ndarray, b: np.ndarray) -> float:
    """Correlation at the best shift of at most a pixel: MNIST rounds the centre of mass to pixels."""
    shifts = [(down, right) for down in (-1, 0, 1) for right in (-1, 0, 1)]
    return max(float(np.corrcoef(np.roll(a, shift, (0, 1)).ravel(), b.ravel())[0, 1]) for shift in shifts)


def test_mnist_comes_through_nearly_unchanged() -> None:
    for digit in mnist(300):
        assert np.abs(prepare(Image.fromarray(digit)) - digit / 255).mean() < 0.01
        assert np.abs(prepare(Image.fromarray(255 - digit)) - digit / 255).mean() < 0.01


def test_photos_of_mnist_give_mnist_back() -> None:
    scores = [likeness(prepare(on_paper(digit, seed)), digit / 255) for seed, digit in enumerate(mnist(60))]
    assert np.median(scores) > 0.95
    assert np.mean(np.array(scores) > 0.85) > 0.95


def test_photos_of_scikit_learns_digits_agree_with_the_textbook() -> None:
    digits = sklearn_digits(60)
    scores = [likeness(prepare(on_paper(digit, seed)), textbook(digit)) for seed, digit in enumerate(digits)]
    assert np.median(scores) > 0.95
    assert np.mean(np.array(scores) > 0.85) > 0.95


def test_a_digit_in_mnists_frame_is_left_alone() -> None:
    for digit in sklearn_digits(60):
        framed = (255 * textbook(digit) / textbook(digit).max()).astype(np.uint8)
        white, black = (mnist_style.prepare(Image.fromarray(each)) for each in (framed, 255 - framed))
        assert not {"cropped to the ink", "centred by mass"} & {*white.steps, *black.steps}
        assert likeness(white.pixels[..., 0], framed / 255) > 0.98
        np.testing.assert_allclose(white.pixels, black.pixels, atol=1e-5)


def test_centre_of_mass_and_size_are_mnists() -> None:
    for seed, digit in enumerate(sklearn_digits(40)):
        pixels = prepare(on_paper(digit, seed))
        assert pixels.dtype == np.float32
        assert pixels.min() == 0
        assert 0.9 < pixels.max() <= 1
        np.testing.assert_allclose(ndimage.center_of_mass(pixels), 14, atol=0.55)
        assert 18 <= max(np.ptp(np.argwhere(pixels), axis=0) + 1) <= 20


@pytest.mark.parametrize("turns", [1, 2, 3])
def test_orientation_is_kept(turns: int) -> None:
    photo = on_paper(sklearn_digits(8)[7], seed=3)  # a seven
    upright, turned = prepare(photo), prepare(Image.fromarray(np.rot90(np.asarray(photo), turns)))
    assert likeness(turned, np.rot90(upright, turns)) > 0.95
    assert likeness(turned, upright) < 0.7


def test_polarity_of_tight_and_loose_pictures() -> None:
    for digit in sklearn_digits(40):
        rows, columns = np.flatnonzero((digit > 50).any(1)), np.flatnonzero((digit > 50).any(0))
        tight = digit[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
        for crop in (digit, np.pad(digit, 150), tight):
            assert "inverted" not in steps(Image.fromarray(crop))
            assert "inverted" in steps(Image.fromarray(255 - crop))


def test_steps_say_what_was_done() -> None:
    photo = on_paper(sklearn_digits(1)[0], seed=0)
    taken = steps(photo)
    assert taken[:3] == ("inverted", "paper removed", "cropped to the ink")
    assert taken[3].startswith("scaled to ")
    assert taken[-1] == "contrast stretched"
    assert "centred by mass" in taken


def test_table_edge_and_shadow_are_not_ink() -> None:
    digit = sklearn_digits(3)[2]
    photo = np.array(on_paper(digit, seed=1, shade=0.0).convert("L"), float)
    shadow = np.where(np.arange(photo.shape[1]) > 0.5 * photo.shape[1], 0.75, 1.0)
    table = np.where(np.arange(photo.shape[0]) < 0.05 * photo.shape[0], 0.3, 1.0)[:, None]
    for light in (shadow, table):
        assert likeness(prepare(Image.fromarray(np.uint8(photo * light))), textbook(digit)) > 0.85


def test_thin_strokes_become_as_wide_as_mnists() -> None:
    photo = Image.new("L", (800, 600), 220)
    ImageDraw.Draw(photo).line([(300, 150), (500, 150), (380, 450)], fill=40, width=7)
    result = mnist_style.prepare(photo)
    assert "thin strokes widened" in result.steps
    widths = (result.pixels[14:20, :, 0] > 0.4).sum(axis=1)
    assert widths.min() >= 2
    assert widths.max() <= 4


def test_blank_paper_has_no_ink() -> None:
    blank = on_paper(np.zeros((28, 28), np.uint8), seed=2)
    assert steps(blank) == ("no ink found",)
    assert not mnist_style.prepare(blank).has_ink
    assert not prepare(blank).any()


@pytest.mark.parametrize("level", [0, 1, 127, 254, 255])
@pytest.mark.parametrize("size", [(1, 1), (28, 28), (300, 200)])
def test_one_colour_has_no_ink(level: int, size: tuple[int, int]) -> None:
    constant = Image.new("RGB", size, (level, level, 0))
    assert steps(constant) == ("no ink found",)
    assert not prepare(constant).any()


@pytest.mark.parametrize("shape", [(1, 1), (1, 20), (20, 1), (2, 2), (3, 40), (192, 192), (193, 250)])
def test_any_pixels_give_a_valid_image(shape: tuple[int, int]) -> None:
    for values in (RNG.integers(0, 256, shape), np.indices(shape).sum(axis=0) % 2 * 255):
        pixels = mnist_style.prepare(Image.fromarray(values.astype(np.uint8))).pixels
        assert pixels.shape == (28, 28, 1)
        assert pixels.dtype == np.float32
        assert np.isfinite(pixels).all()
        assert pixels.min() >= 0
        assert pixels.max() <= 1


def test_coloured_ink_is_ink() -> None:
    digit = on_paper(sklearn_digits(3)[2], seed=1)
    dark = np.asarray(digit.convert("L")) < 110
    blue = np.where(dark[..., None], np.array([20, 40, 200], np.uint8), np.array([250, 240, 200], np.uint8))
    assert likeness(prepare(Image.fromarray(blue)), prepare(digit)) > 0.85


@pytest.mark.parametrize("name", drawings.DRAWINGS)
def test_a_drawing_is_prepared_as_the_pad_in_the_browser_prepares_it(name: str) -> None:
    """A picture of it, three pixels a 28th, by a pen that has MNIST's width when the box is scaled to 20."""
    strokes = drawings.DRAWINGS[name]
    size = np.ptp(np.vstack([np.array(stroke) for stroke in strokes]), axis=0).max()
    pen = drawings.PEN * size / (drawings.BOX - drawings.PEN)
    field = drawings.inked([3 * drawings.curve(stroke) for stroke in strokes], 84, 3 * pen)
    pixels = prepare(Image.fromarray(np.uint8(255 - 255 * field)))
    expected = drawings.prepared(strokes)
    away = drawings.centre_of_mass(expected) - drawings.centre_of_mass(pixels)  # less than a pixel
    np.testing.assert_allclose(away, 0, atol=0.5)
    assert likeness(ndimage.shift(pixels, away[::-1], order=1), expected) > 0.9
    np.testing.assert_allclose(drawings.centre_of_mass(expected), drawings.CENTRE, atol=0.05)
