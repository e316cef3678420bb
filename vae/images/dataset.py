"""What a data set is: shape of its images, names of its classes, how a picture becomes one of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from vae.images.spec import Floats, ImageSpec

Bytes = NDArray[np.uint8]
Ints = NDArray[np.int64]
Index = int | slice | Sequence[int] | NDArray[np.int64]
Preparation = Literal["mnist", "resize"]
MNIST_SPEC = ImageSpec(28, 28, 1)  # of all that is prepared as MNIST
VOWEL_SOUNDS = ("8", "11", "18", "a", "e", "i", "o", "u")  # how a name begins that takes "an"


@dataclass(frozen=True)
class Dataset:
    """What is known of a data set without its images; written into the checkpoints of its models.

    Arguments:
        name: Its name in addresses, files and commands.
        image_spec: The shape of its images.
        class_names: The names of its classes by label; None where images have no labels.
        licence: Who made it and what one may do with it.
        preparation: How a picture of the user's becomes an image: as MNIST's digits were, or resized.
        noun: What an image shows, in words: `digit`, `emoji`, `image`.

    Raises:
        ValueError: if images of another shape than MNIST's are to be prepared as MNIST's.
    """

    name: str
    image_spec: ImageSpec
    class_names: tuple[str, ...] | None = None
    licence: str = ""
    preparation: Preparation = "resize"
    noun: str = "image"

    def __post_init__(self) -> None:
        if self.preparation == "mnist" and self.image_spec != MNIST_SPEC:
            raise ValueError(
                f"images prepared as MNIST's are {MNIST_SPEC.words}, got {self.image_spec.words}"
            )

    @property
    def drawable(self) -> bool:
        """Whether a drawing in ink can be an image of the set."""
        return self.preparation == "mnist"

    def phrase(self, label: int) -> str:
        """A class in a sentence: `a 4`, `an 8`, `a trouser`; without classes `an image`."""
        return class_phrase(self.class_names[label]) if self.class_names else with_article(self.noun)


@dataclass(frozen=True)
class ImageSet:
    """N images of a data set and, where they have labels, the index of each one's class.

    Arguments:
        pixels: (N, H, W, C), 0 is black; may be a memory-mapped file.
        labels: (N,), None where the images have none.
        names: Which file each image was, (N,), None where they were no files.
    """

    pixels: Bytes
    labels: Ints | None
    names: Sequence[str] | None = None

    def __len__(self) -> int:
        return len(self.pixels)

    def about(self, index: int) -> str:
        """Which image of them that is, in words: `test image 17`, and its file where it is one."""
        return f"test image {index}" if self.names is None else f"test image {index}, {self.names[index]}"

    def floats(self, index: Index = slice(None)) -> Floats:
        """Levels in [0, 1], made anew: (H, W, C) of a single image, (B, H, W, C) of some or of all."""
        return self.pixels[index].astype(np.float32) / np.float32(255)


def class_phrase(name: str) -> str:
    """A class in a sentence: `an 8`, `an ankle boot`; a plural as it is: `Food & Drink`, `Flags`."""
    is_plural = " & " in name or (name.endswith("s") and not name.endswith(("ss", "us")))
    return name if is_plural else with_article(name)


def with_article(name: str) -> str:
    """A name in a sentence: `a 4`, `an 8`, `an ankle boot`."""
    return f"{'an' if name.lower().startswith(VOWEL_SOUNDS) else 'a'} {name}"
