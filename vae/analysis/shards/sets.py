"""The images of a data set by name, shared out among shards."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate

from vae.analysis.shards.batch import AT_ONCE, Batch, Shard
from vae.images import sets
from vae.images.dataset import ImageSet


@dataclass(frozen=True)
class SetImages:
    """Some splits of a data set, one after the other.

    Arguments:
        name: Of the set.
        splits: `train`, `test` or both.
        items: Their images.
        class_names: Of the set.
    """

    name: str
    splits: tuple[str, ...]
    items: tuple[ImageSet, ...]
    class_names: tuple[str, ...] | None

    @classmethod
    def of(cls, name: str, splits: tuple[str, ...]) -> "SetImages":
        """Those of a set by name.

        Raises:
            DataError: if it is not here.
        """
        items = tuple(sets.load(name, split) for split in splits)
        return cls(name, splits, items, sets.dataset(name).class_names)

    @property
    def fingerprint(self) -> str:
        """As `Images` says."""
        counts = ", ".join(
            f"{split} {len(items)}" for split, items in zip(self.splits, self.items, strict=True)
        )
        return f"{self.name}: {counts}"

    def batches(self, shard: Shard) -> Iterator[Batch]:
        """As `Images` says; a batch is of one split."""
        ends = list(accumulate(len(items) for items in self.items))
        rows = shard.rows(ends[-1])
        for split, items, end in zip(self.splits, self.items, ends, strict=True):
            first = end - len(items)
            start, stop = max(rows.start, first) - first, min(rows.stop, end) - first
            for at in range(start, stop, AT_ONCE):
                yield self._batch(split, items, range(at, min(at + AT_ONCE, stop)))

    def _batch(self, split: str, items: ImageSet, index: range) -> Batch:
        some = slice(index.start, index.stop)
        known, unknown = self.class_names, [None] * len(index)
        labels: list[int | None] = [*unknown] if items.labels is None else items.labels[some].tolist()
        classes = [None if label is None or known is None else known[label] for label in labels]
        names: list[str | None] = [*unknown] if items.names is None else [*items.names[some]]
        return Batch(items.pixels[some], index, names, split, labels, classes, [""] * len(index))
