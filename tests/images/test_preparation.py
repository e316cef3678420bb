"""A picture made an image of a data set: resized for most, as MNIST's digits for those that are like them."""

import numpy as np
import pytest
from PIL import Image
from scipy import ndimage

from vae.images import mnist_style, sets
from vae.images.dataset import Dataset
from vae.images.preparation import prepare
from vae.images.spec import ImageSpec

MNIST = sets.dataset("mnist")
RNG = np.random.default_rng(0)


def of(*shape: int) -> Dataset:
    return Dataset("any", ImageSpec(*shape))


@pytest.mark.parametrize("size", [(28, 28), (56, 28), (14, 28), (280, 560), (1, 20), (20, 1), (2, 2)])
def test_as_given_a_picture_is_scaled_between_black_bars(size: tuple[int, int]) -> None:
    pixels = prepare(Image.new("L", size, 200), MNIST, as_given=True).pixels
    assert pixels.shape == (28, 28, 1)
    rows, columns = np.ptp(np.argwhere(pixels[..., 0]), axis=0) + 1
    assert (columns, rows) == tuple(max(1, round(28 * length / max(size))) for length in size)
    np.testing.assert_allclose(pixels[pixels > 0], 200 / 255, atol=1e-6)
    np.testing.assert_allclose(ndimage.center_of_mass(pixels[..., 0]), 13.5, atol=0.5)


def test_as_mnist_where_that_belongs_to_the_set() -> None:
    picture = Image.fromarray(255 - sets.load("digits").pixels[3, ..., 0])
    made = prepare(picture, MNIST)
    assert "inverted" in made.steps
    np.testing.assert_array_equal(made.pixels, mnist_style.prepare(picture).pixels)
    assert prepare(picture, MNIST, as_given=True).steps == ()
    resized = prepare(picture, of(28, 28, 1))
    np.testing.assert_allclose(resized.pixels[..., 0], np.asarray(picture) / 255, atol=1e-6)


@pytest.mark.parametrize("shape", [(28, 28, 1), (64, 64, 3), (20, 12, 1), (128, 100, 3)])
def test_a_picture_of_that_shape_is_the_image_itself(shape: tuple[int, int, int]) -> None:
    values = RNG.integers(0, 256, shape, dtype=np.uint8)
    picture = Image.fromarray(values if shape[2] == 3 else values[..., 0])
    made = prepare(picture, of(*shape))
    np.testing.assert_allclose(made.pixels, values / 255, atol=1e-6)
    assert made.steps == ()


@pytest.mark.parametrize(
    ("shape", "size"),
    [((64, 64, 3), (64, 28)), ((20, 12, 1), (12, 5)), ((8, 128, 3), (18, 8)), ((128, 8, 1), (8, 4))],
)
def test_the_whole_picture_is_in_the_middle_as_large_as_it_fits(
    shape: tuple[int, int, int], size: tuple[int, int]
) -> None:
    """Against a picture of one colour on a ground of another, so that the edges can be seen."""
    framed = Image.new("RGB", (900, 400), (10, 20, 30))
    framed.paste((200, 100, 50), (20, 20, 880, 380))
    made = prepare(framed, of(*shape))
    assert made.steps == (f"scaled to {size[0]}×{size[1]}",)
    assert made.pixels.shape == shape
    whole = np.asarray(framed.convert("RGB" if shape[2] == 3 else "L")) / 255
    ground = whole[0, 0].reshape(shape[2])
    seen = np.argwhere(np.abs(made.pixels - ground).max(axis=2) > 0.1)
    middle = (seen.min(axis=0) + seen.max(axis=0)) / 2
    np.testing.assert_allclose(middle, (np.array(shape[:2]) - 1) / 2, atol=0.5)
    top = (shape[0] - size[1]) // 2
    np.testing.assert_allclose(made.pixels[:top], np.broadcast_to(ground, made.pixels[:top].shape), atol=1e-6)


def test_the_bars_have_the_colour_of_the_border() -> None:
    photo = Image.new("RGB", (300, 100), (250, 240, 230))
    photo.paste((0, 0, 255), (100, 20, 200, 80))
    photo.paste((0, 0, 0), (0, 0, 40, 3))  # less than half of the border
    pixels = prepare(photo, of(64, 64, 3)).pixels
    np.testing.assert_allclose(
        pixels[[0, 0, -1, -1], [0, -1, 0, -1]], np.tile(np.array([250, 240, 230]) / 255, (4, 1))
    )
    assert prepare(photo, of(64, 64, 3), as_given=True).pixels.tolist() == pixels.tolist()


def test_grey_sets_get_grey_and_colours_are_kept_for_others() -> None:
    picture = Image.new("RGB", (50, 50), (255, 0, 0))
    np.testing.assert_allclose(prepare(picture, of(16, 16, 1)).pixels, 76 / 255)  # BT.601: 0.299 red
    np.testing.assert_allclose(prepare(picture, of(16, 16, 3)).pixels[5, 5], [1, 0, 0])
    np.testing.assert_allclose(prepare(Image.new("L", (50, 50), 51), of(16, 16, 3)).pixels, 0.2, atol=1e-6)


@pytest.mark.parametrize("shape", [(1, 1), (1, 20), (20, 1), (2, 2), (3, 40), (193, 250)])
@pytest.mark.parametrize("spec", [(28, 28, 1), (64, 64, 3), (8, 128, 3)])
def test_any_pixels_give_a_valid_image(shape: tuple[int, int], spec: tuple[int, int, int]) -> None:
    pixels = prepare(Image.fromarray(RNG.integers(0, 256, shape, dtype=np.uint8)), of(*spec)).pixels
    assert pixels.shape == spec
    assert pixels.dtype == np.float32
    assert np.isfinite(pixels).all()
    assert 0 <= pixels.min() <= pixels.max() <= 1


def test_only_images_of_mnist_s_shape_are_prepared_as_mnist_s() -> None:
    with pytest.raises(ValueError, match="28 × 28 grey, got 64 × 64 RGB"):
        Dataset("any", ImageSpec(64, 64, 3), preparation="mnist")
