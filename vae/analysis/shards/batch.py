"""Images on their way to a shard, and which of them belong to it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from vae.errors import Unusable
from vae.images.dataset import Bytes

AT_ONCE = 1000  # images of a batch


class ShardError(Unusable):
    """A shard that cannot be written; the message is one sentence for the user."""


@dataclass(frozen=True)
class Batch:
    """Images, and what is known of each.

    Arguments:
        pixels: (B, H, W, C); of an image that cannot be used any.
        index: The place of each in its split or archive, (B,).
        names: The file of each, None where it was none, (B,).
        split: The split, or the archive, that they come from.
        labels: The class of each, None where nobody knows it, (B,).
        classes: Its name, likewise.
        faults: Why an image cannot be used; empty for one that can, (B,).
    """

    pixels: Bytes
    index: range
    names: list[str | None]
    split: str
    labels: list[int | None]
    classes: list[str | None]
    faults: list[str]


class Images(Protocol):
    """Where images come from."""

    @property
    def fingerprint(self) -> str:
        """What they are, in words that change where they do."""

    def batches(self, shard: "Shard") -> Iterator[Batch]:
        """Those of a shard."""


@dataclass(frozen=True)
class Shard:
    """Part `number` of `count`, counted from 0.

    Raises:
        ValueError: if there is no such part.
    """

    number: int
    count: int

    def __post_init__(self) -> None:
        if not 0 <= self.number < self.count <= 1_000_000:
            raise ValueError(f"shards are 0/n to (n − 1)/n, got {self.number}/{self.count}")

    @classmethod
    def of(cls, text: str) -> "Shard":
        """The shard that `i/n` names."""
        found = re.fullmatch(r"(\d{1,9})/(\d{1,9})", text)
        if not found:
            raise ValueError(f"a shard is written i/n, such as 0/16, got {text[:40]!r}")
        return cls(int(found[1]), int(found[2]))

    def rows(self, total: int) -> range:
        """Its part of `total` things in a row; the parts differ in length by one at most."""
        return range(*(total * edge // self.count for edge in (self.number, self.number + 1)))

    def file_name(self, model: str) -> str:
        """`mine-00000-of-00016.parquet`."""
        return f"{model}-{self.number:05d}-of-{self.count:05d}.parquet"
