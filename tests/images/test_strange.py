"""Pictures of no data set: they differ, fit any shape, and no digit is read in them for sure."""

import numpy as np
import pytest

from vae import explorer
from vae.analysis import reconstruction
from vae.images import resize, strange
from vae.images.dataset import MNIST_SPEC
from vae.images.spec import ImageSpec


def small(name: str, spec: ImageSpec = MNIST_SPEC) -> np.ndarray:
    return resize.fit(strange.picture(name), spec).pixels


def test_they_are_white_on_black_and_all_different() -> None:
    images = {name: small(name) for name in strange.NAMES}
    assert len({image.tobytes() for image in images.values()}) == len(strange.NAMES) == 12
    assert images["nothing"].max() == 0
    for name in ("T-shirt", "face", "letter"):
        assert images[name][[0, -1]].max() == images[name][:, [0, -1]].max() == 0
        assert 0.1 < images[name].mean() < 0.5
    assert images["black on white"][[0, -1]].min() == 1


def test_the_chessboard_is_one() -> None:
    assert np.array_equal(small("chessboard")[2::4, 2::4, 0], np.indices((7, 7)).sum(axis=0) % 2 == 0)


@pytest.mark.parametrize("name", strange.NAMES)
def test_nearly_all_digits_fit_a_model_better_but_than_nothing_and_writing(name: str) -> None:
    model = explorer.load("seed-vae-2d")
    share = reconstruction.reconstruct(model, small(name), 1, 0).typicality
    assert share is not None
    if name not in ("nothing", "letter", "two digits"):
        assert share < 0.05


def test_they_fit_images_in_colour() -> None:
    image = small("face", ImageSpec(64, 64, 3))
    assert image.shape == (64, 64, 3)
    assert np.ptp(image, axis=2).max() == 0
