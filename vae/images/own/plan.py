"""What is to be made of the user's files, and what became of some of them.

Symbols: n images of a batch, H, W, C height, width and channels.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from vae.images.dataset import Bytes
from vae.images.spec import ImageSpec

Fit = Literal["whole", "crop"]
FITS: dict[Fit, str] = {
    "whole": "the whole picture, bars beside it",
    "crop": "the middle, as large as it fits",
}
SIDES = (28, 32, 64, 128)  # that images may be made to have


def nearest_side(pixels: float) -> int:
    """The side that images may have which is nearest to theirs, of two the larger."""
    return min(SIDES, key=lambda side: (abs(side - pixels), -side))


@dataclass(frozen=True)
class Plan:
    """How pictures become images.

    Arguments:
        spec: Height, width and channels of the images.
        fit: What of a picture that is no square.
        levels: What black and white are in arrays of numbers; None: what their type and values say.
    """

    spec: ImageSpec
    fit: Fit = "whole"
    levels: tuple[float, float] | None = None


@dataclass(frozen=True)
class Line:
    """A line of the report: a file or a row, whether it was used, and what there is to say of it."""

    file: str
    used: bool
    reason: str = ""


@dataclass(frozen=True)
class Batch:
    """What was read in one go.

    Arguments:
        done: Files or rows looked at so far, those before it among them.
        pixels: (n, H, W, C) of what could be used.
        names: (n,) of the files, or of the rows.
        labels: (n,) names of the classes, None where there are none.
        lines: Of the report.
    """

    done: int
    pixels: Bytes
    names: Sequence[str]
    labels: Sequence[str] | None
    lines: Sequence[Line]


class Source(Protocol):
    """Where images are read from; the same files give the same images in the same order."""

    @property
    def words(self) -> str:
        """What it is, for people."""

    @property
    def fingerprint(self) -> str:
        """Another one where its files are others."""

    @property
    def labelled(self) -> bool:
        """Whether its images have classes."""

    @property
    def notes(self) -> tuple[str, ...]:
        """Sentences about what the user may not expect."""

    def __len__(self) -> int:
        """Files or rows to look at."""

    def look(self) -> tuple[int, int, int]:
        """Height, width and channels of a typical image, as far as a few of them say."""

    def batches(self, plan: Plan, start: int = 0) -> Iterator[Batch]:
        """All images from the file or row `start` on."""
