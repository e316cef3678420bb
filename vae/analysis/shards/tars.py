"""Images in WebDataset's archives: tars in which the files of a sample follow each other under one key.

`0001.png 0001.cls 0002.png 0002.cls ...`, see https://github.com/webdataset/webdataset. An archive belongs to
one shard as a whole and is read once, from front to back, without being unpacked. Where a `.cls` is a number,
nothing says what the class is called: the model's own classes may be other ones.
"""

import re
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby, islice
from pathlib import Path, PurePosixPath

import numpy as np

from vae.analysis.shards.batch import AT_ONCE, Batch, Shard, ShardError
from vae.images import uploads
from vae.images.dataset import Bytes, Dataset
from vae.images.names import plain
from vae.images.preparation import prepare
from vae.images.uploads import MAX_BYTES, ImageError

SUFFIXES = ("png", "jpg", "jpeg", "webp", "gif", "bmp")
LABEL, LONGEST = "cls", 1000  # suffix of a sample's class; bytes of it that are read
MOST_FILES = 100  # of a sample


@dataclass(frozen=True)
class Member:
    """A file in an archive; `content` is None where it is too large to be read."""

    name: str
    content: bytes | None

    @property
    def key(self) -> str:
        """What the files of a sample share: the path up to the first dot of the file's name."""
        path = PurePosixPath(self.name)
        return str(path.with_name(path.name.split(".")[0] or path.name))

    @property
    def suffix(self) -> str:
        """What follows the key, in small letters."""
        return self.name[len(self.key) + 1 :].lower()


@dataclass(frozen=True)
class TarImages:
    """The images of some archives, made images of a data set.

    Arguments:
        paths: The archives.
        dataset: Whose images they are made.
    """

    paths: tuple[Path, ...]
    dataset: Dataset

    @cached_property
    def fingerprint(self) -> str:
        """As `Images` says: the archives' names and sizes."""
        return ", ".join(f"{path.name} {path.stat().st_size}" for path in self.paths)

    def batches(self, shard: Shard) -> Iterator[Batch]:
        """As `Images` says: those of every n-th archive.

        Raises:
            ShardError: for an archive that cannot be read, and for more shards than archives.
        """
        if shard.count > len(self.paths):
            raise ShardError(
                f"There are {len(self.paths)} archives for {shard.count} shards; each shard needs one."
            )
        for path in self.paths[shard.number :: shard.count]:
            yield from self._of(path)

    def _of(self, path: Path) -> Iterator[Batch]:
        found, start = _images(path), 0
        while some := list(islice(found, AT_ONCE)):
            yield self._batch(path.name, start, some)
            start += len(some)

    def _batch(self, archive: str, start: int, some: list[tuple[Member, str | None]]) -> Batch:
        pixels = np.zeros((len(some), *self.dataset.image_spec.shape), np.uint8)
        faults = []
        for row, (member, _) in zip(pixels, some, strict=True):
            faults.append(self._fill(row, member))
        labels = [int(said) if said and re.fullmatch(r"-?\d{1,15}", said) else None for _, said in some]
        classes = [said if label is None else None for label, (_, said) in zip(labels, some, strict=True)]
        names: list[str | None] = [plain(member.name) for member, _ in some]
        return Batch(pixels, range(start, start + len(some)), names, archive, labels, classes, faults)

    def _fill(self, row: Bytes, member: Member) -> str:
        """Put an image into its row (H, W, C); returns why that cannot be done, or nothing."""
        if member.content is None:
            return f"This file is larger than {MAX_BYTES // 2**20} MB."
        try:
            picture = uploads.read_upload(member.content).image
        except ImageError as error:
            return str(error)
        row[:] = np.round(prepare(picture, self.dataset, as_given=True).pixels * 255)
        return ""


def archives(place: str) -> tuple[Path, ...]:
    """The archives of a path: one, all `.tar` and `.tar.gz` of a folder, or `part-{000..099}.tar`.

    Raises:
        ShardError: if there are none, or one that is named is not there.
    """
    path, span = Path(place), re.search(r"\{(\d+)\.\.(\d+)\}", place)
    if span:
        numbers = range(int(span[1]), int(span[2]) + 1)
        found = [
            Path(f"{place[: span.start()]}{each:0{len(span[1])}d}{place[span.end() :]}") for each in numbers
        ]
    else:
        found = sorted((*path.glob("*.tar"), *path.glob("*.tar.gz"))) if path.is_dir() else [path]
    missing = [str(each) for each in found if not each.is_file()]
    if missing or not found:
        raise ShardError(f"There is no archive {missing[0] if missing else f'in {place}'}.")
    return tuple(found)


def _images(path: Path) -> Iterator[tuple[Member, str | None]]:
    """The pictures of an archive in its order, each with the class that its sample names."""
    for _, sample in groupby(_members(path), key=lambda member: member.key):
        files = list(islice(sample, MOST_FILES + 1))
        if len(files) > MOST_FILES:
            raise ShardError(f"The archive {path} has more than {MOST_FILES} files of one sample.")
        said = next((each.content for each in files if each.suffix == LABEL), None)
        label = plain(said[:LONGEST].decode(errors="replace").strip()) if said else None
        yield from ((each, label) for each in files if each.suffix in SUFFIXES)


def _members(path: Path) -> Iterator[Member]:
    """The plain files of an archive; links and devices are passed over."""
    try:
        with tarfile.open(path, "r|*") as archive:
            for info in archive:
                if info.isfile():
                    file = archive.extractfile(info)
                    assert file is not None  # of plain files there is one
                    yield Member(info.name, file.read() if info.size <= MAX_BYTES else None)
    except (tarfile.TarError, OSError, EOFError) as error:
        raise ShardError(f"The archive {path} cannot be read to its end: {error}.") from error
