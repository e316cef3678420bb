"""The images that are restored together, fifteen of them, and the one of them that is followed."""

from dataclasses import dataclass

import numpy as np

from vae.explorer import Explorer
from vae.images.dataset import Dataset, ImageSet
from vae.images.spec import Floats
from vae.web.kit import html
from vae.web.selection import your_image
from vae.web.selection.sources import origin

COLUMNS = 15  # the source's


@dataclass(frozen=True)
class Batch:
    """Images beside each other.

    Arguments:
        images: (B, H, W, C) in [0, 1].
        names: What each is called.
        index: The number of each as a test image, None for one of the user's own.
        column: Which of them is followed.
    """

    images: Floats
    names: tuple[str, ...]
    index: tuple[int | None, ...]
    column: int

    @property
    def followed(self) -> Floats:
        """The followed image, (1, H, W, C)."""
        return self.images[self.column : self.column + 1]

    @property
    def name(self) -> str:
        """What the followed image is called."""
        return self.names[self.column]

    def words(self, dataset: Dataset) -> str:
        """Which images these are."""
        tests = [each for each in self.index if each is not None]
        said = f"test images {tests[0]} to {tests[-1]} of {html.plain_markdown(dataset.name)}"
        return f"Your image, and {said}" if len(tests) < len(self.index) else said[0].upper() + said[1:]

    def choose(self, column: int) -> None:
        """Follow another of them from now on."""
        chosen = self.index[column]
        if chosen is not None:
            origin.follow("example", str(chosen))


def of(explorer: Explorer, items: ImageSet, image: int) -> Batch:
    """The fifteen around a test image; before fourteen of them the user's own image, if there is one."""
    own = your_image.own(explorer)
    tests = strip_of(image, len(items))
    if own is None:
        names = tuple(items.about(each) for each in tests)
        return Batch(items.floats(tests), names, tuple(tests), tests.index(image))
    tests = tests[: COLUMNS - 1]
    names = ("your image", *(items.about(each) for each in tests))
    images = np.concatenate([own.pixels[None], items.floats(tests)])
    return Batch(images, names, (None, *tests), 0)


def strip_of(image: int, count: int) -> list[int]:
    """The test images among which this one is shown: 0 to 14, 15 to 29 and so on, at the end the last."""
    first = min(image - image % COLUMNS, max(count - COLUMNS, 0))
    return list(range(first, min(first + COLUMNS, count)))
