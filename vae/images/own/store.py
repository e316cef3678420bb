"""Images on their way into a set: read so far, kept so that reading can go on, and at last made the set.

They lie in the folder `<name>.part`, which no set can be called:

    pixels, labels, names, report.csv   what was read, one image after the other
    state.json                          how much of that counts: what a killed reader wrote after it is cut
    set/                                the set while it is written, renamed when all of it is there

Symbols: N images read, H, W, C height, width and channels.
"""

import csv
import io
import json
import os
import shutil
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import BinaryIO, Self

import numpy as np
from numpy.typing import NDArray

from vae.images.dataset import Ints, Preparation
from vae.images.names import Names, pack
from vae.images.own import manifest
from vae.images.own.manifest import REPORT, Manifest, OwnImagesError
from vae.images.own.plan import Batch, Line, Source
from vae.images.spec import ImageSpec

FILES = ("pixels", "labels", "names", REPORT)
STATE = "state.json"
MOST_CLASSES, LONGEST_CLASS = 256, 80  # that the file of a model holds
TEST_SHARE, MOST_TEST = 0.1, 10_000
SEED = 0
CHUNK_BYTES = 32 * 2**20  # of images copied at a time


@dataclass
class State:
    """How far the reading is.

    Arguments:
        fingerprint: Of what is read, and how.
        done: Files or rows looked at.
        used: Images among them.
        classes: Their names, as they came.
        sizes: Of the files, in bytes.
    """

    fingerprint: str
    done: int = 0
    used: int = 0
    classes: dict[str, int] = field(default_factory=dict)
    sizes: dict[str, int] = field(default_factory=lambda: dict.fromkeys(FILES, 0))


class Store:
    """The images read so far of a set that is not there yet.

    Arguments:
        name: Of the set.
        fingerprint: Of what is read, and how; where that is another one than before, reading begins anew.
    """

    def __init__(self, name: str, fingerprint: str) -> None:
        self.name = name
        self.folder = part(name)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.state = _found(self.folder, fingerprint) or State(fingerprint)
        self._files: dict[str, BinaryIO] = {
            each: _cut(self.folder / each, self.state.sizes[each]) for each in FILES
        }

    def add(self, batch: Batch) -> None:
        """Take what was read; it counts from the next `keep` on."""
        self._files["pixels"].write(np.ascontiguousarray(batch.pixels).data)
        self._files["names"].write(pack(batch.names).data)
        if batch.labels is not None:
            known = self.state.classes
            codes = [known.setdefault(label[:LONGEST_CLASS], len(known)) for label in batch.labels]
            self._files["labels"].write(np.array(codes, np.int64).tobytes())
        self._files[REPORT].write(_rows(batch.lines))
        self.state.done = batch.done
        self.state.used += len(batch.pixels)

    def keep(self) -> None:
        """Make what was added count: reading goes on behind it, whatever happens."""
        for each, file in self._files.items():
            file.flush()
            self.state.sizes[each] = file.tell()
        replace(self.folder / STATE, json.dumps(asdict(self.state)))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for file in self._files.values():
            file.close()

    def finish(
        self, source: Source, spec: ImageSpec, preparation: Preparation, on_mixed: Callable[[int], object]
    ) -> Manifest:
        """Make the set of what was read: in random order, about a tenth of it as test images.

        `on_mixed` is told how many images are in their place, again and again; it may raise to stop.

        Raises:
            OwnImagesError: if fewer than two images were read, or another set of that name is there by now.
        """
        self.keep()
        if self.state.used < 2:
            said = f"A set needs two images; of {len(source):,} files or rows {self.state.used} could be used"
            raise OwnImagesError(f"{said}. Most are left out for this: {_commonest(self.folder / REPORT)}")
        beside = self.folder / "set"
        shutil.rmtree(beside, ignore_errors=True)
        beside.mkdir()
        splits = _split(self.state.used)
        classes, codes, notes = self._labels()
        names = Names(np.fromfile(self.folder / "names", np.uint8))
        mixed = 0
        for split, chosen in splits.items():
            for count in _copied(self.folder / "pixels", beside / f"{split}.npy", chosen, spec):
                mixed += count
                on_mixed(mixed)
            (beside / f"{split}.names").write_bytes(pack(names[int(at)] for at in chosen).data)
            if classes is not None and codes is not None:
                np.save(beside / f"{split}.labels.npy", codes[chosen])
        shutil.copy(self.folder / REPORT, beside / REPORT)
        found = Manifest(
            self.name,
            spec.shape,
            classes,
            preparation,
            *(len(splits["train"]), len(splits["test"])),
            source.words,
            self.state.done - self.state.used,
            (*source.notes, *notes),
        )
        manifest.write(found, beside)
        self._show(beside)
        return found

    def _labels(self) -> tuple[tuple[str, ...] | None, Ints | None, tuple[str, ...]]:
        """Names of the classes in order, the index (N,) of each image's, and what there is to say of them.

        None where there are none: one class says nothing, and of more than a model's file holds none is kept.
        """
        count = len(self.state.classes)
        if not 1 < count <= MOST_CLASSES:
            said = f"There are {count:,} classes; more than {MOST_CLASSES} are left out."
            if count == 1:
                said = f"All images are of one class, {next(iter(self.state.classes))}: it is left out."
            return None, None, (said,) if count else ()
        ordered = sorted(self.state.classes, key=_natural)
        places = np.array([ordered.index(each) for each in self.state.classes], np.int64)
        return tuple(ordered), places[np.fromfile(self.folder / "labels", np.int64)], ()

    def _show(self, beside: Path) -> None:
        """The one step by which the set is there."""
        try:
            beside.rename(manifest.folder(self.name))
        except OSError as error:
            raise OwnImagesError(f"There is a set {self.name} by now; take another name.") from error
        shutil.rmtree(self.folder, ignore_errors=True)


def part(name: str) -> Path:
    """Where the images of a set lie while they are read."""
    return manifest.folder(f"{name}.part")


def replace(path: Path, text: str) -> None:
    """Write a small file so that at any moment the old one or the new one is there."""
    beside = path.with_suffix(".tmp")
    with beside.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)


def _found(folder: Path, fingerprint: str) -> State | None:
    """How far an earlier reading of the same came."""
    try:
        state = State(**json.loads((folder / STATE).read_text(encoding="utf-8")))
        sizes = {each: (folder / each).stat().st_size for each in FILES}
    except (OSError, ValueError, TypeError):
        return None
    is_whole = all(sizes[each] >= state.sizes[each] for each in FILES)
    return state if state.fingerprint == fingerprint and is_whole else None


def _cut(path: Path, size: int) -> BinaryIO:
    """The file, to be written on behind that many bytes."""
    file = path.open("ab")
    file.truncate(size)
    file.seek(size)
    return file


def _rows(lines: Sequence[Line]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text)
    for line in lines:
        writer.writerow((line.file, "used" if line.used else "skipped", line.reason))
    return text.getvalue().encode(errors="backslashreplace")


def _commonest(report: Path) -> str:
    """The reason for which most files were left out."""
    with report.open(encoding="utf-8", newline="") as file:
        reasons = Counter(reason for _, became, reason in csv.reader(file) if became == "skipped")
    return reasons.most_common(1)[0][0] if reasons else "there are no more."


def _split(count: int) -> dict[str, NDArray[np.int64]]:
    """Which images are training and which test images, both in random order, the same at every call."""
    order = np.random.default_rng(SEED).permutation(count)
    tests = min(MOST_TEST, max(1, round(TEST_SHARE * count)))
    return {"train": order[tests:], "test": order[:tests]}


def _copied(read: Path, written: Path, chosen: NDArray[np.int64], spec: ImageSpec) -> Iterator[int]:
    """Write the chosen images of a file of images as a .npy file, and say after each part how many it held.

    They are read by place, so that little memory is held.
    """
    shape = (len(chosen), *spec.shape)
    rows = max(1, CHUNK_BYTES // spec.size)
    with read.open("rb", buffering=0) as file, written.open("wb") as out:
        header = {"descr": "|u1", "fortran_order": False, "shape": shape}
        np.lib.format.write_array_header_1_0(out, header)
        for start in range(0, len(chosen), rows):
            some = chosen[start : start + rows]
            chunk = np.empty((len(some), spec.size), np.uint8)
            for row, at in zip(chunk, some.tolist(), strict=True):
                os.preadv(file.fileno(), [row.data], at * spec.size)
            out.write(chunk.data)
            yield len(some)


def _natural(name: str) -> tuple[int, str]:
    """Numbers by their value, before words."""
    return (int(name), "") if name.isdecimal() and len(name) < 19 else (2**63, name)
