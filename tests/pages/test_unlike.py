"""What is said of pictures that are unlike a model's images, and not said of photographs of digits."""

import numpy as np
import pytest
from PIL import Image, ImageDraw

from tests.images.test_mnist_style import on_paper, sklearn_digits
from vae import explorer
from vae.analysis.reconstruction import typicality
from vae.images import sets
from vae.images.dataset import Dataset
from vae.images.preparation import prepare
from vae.images.spec import ImageSpec
from vae.web.selection import unlike

FLAT, DEEP = "mnist-vae-2d", "mnist-vae-20d"
MNIST = sets.dataset("mnist")


def share_called_unlike(name: str, pictures: list[Image.Image]) -> float:
    """Of these pictures, prepared as MNIST."""
    model = explorer.load(name)
    terms = model.evaluate(np.array([prepare(picture, MNIST).pixels for picture in pictures]))
    ranks = [typicality(model.codes("test").loss, float(loss)) for loss in terms.nll + terms.kl]
    return float(np.mean([unlike.words(MNIST, name, rank) is not None for rank in ranks]))


@pytest.mark.parametrize(("name", "most"), [(FLAT, 0.01), (DEEP, 0.03)])
def test_photographs_of_digits_are_hardly_ever_called_unlike(name: str, most: float) -> None:
    photos = [on_paper(digit, seed) for seed, digit in enumerate(sklearn_digits(100))]
    assert share_called_unlike(name, photos) <= most


@pytest.mark.parametrize("name", [FLAT, DEEP])
def test_boards_of_squares_are_called_unlike(name: str) -> None:
    assert share_called_unlike(name, [board(squares) for squares in (3, 4, 5)]) == 1


def board(squares: int) -> Image.Image:
    """A chess board of so many squares a side, dark on light."""
    side = 300 // squares
    picture = Image.new("L", (400, 400), 235)
    for k in range(squares * squares):
        row, column = divmod(k, squares)
        if (row + column) % 2 == 0:
            left, top = 50 + column * side, 50 + row * side
            ImageDraw.Draw(picture).rectangle((left, top, left + side, top + side), fill=25)
    return picture


@pytest.mark.parametrize(
    ("typicality", "share"),
    [(0.0049, "99.5\u00a0%"), (0.004, "99.6\u00a0%"), (0.0001, "99.9\u00a0%"), (0.0, "100\u00a0%")],
)
def test_the_share_is_said_and_never_rounded_up(typicality: float, share: str) -> None:
    expected = f"This does not look like a digit to m: {share} of the test images fit better."
    assert unlike.words(MNIST, "m", typicality) == expected


def test_five_in_a_thousand_are_not_unlike() -> None:
    assert unlike.words(MNIST, "m", 0.005) is None


@pytest.mark.parametrize(
    ("dataset", "kind"),
    [
        (sets.dataset("fashion-mnist"), "a piece of clothing"),
        (sets.dataset("emoji"), "an emoji"),
        (Dataset("blobs", ImageSpec(64, 64, 3)), "an image of blobs"),
    ],
)
def test_the_kind_is_that_of_the_models_data(dataset: Dataset, kind: str) -> None:
    assert f"does not look like {kind} to m" in str(unlike.words(dataset, "m", 0.0))
