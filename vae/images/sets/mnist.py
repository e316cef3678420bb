"""MNIST and two sets in its format, Fashion-MNIST and KMNIST: read from IDX files, and fetched.

The files lie in torchvision's folders, `<root>/<folder>/raw/<file>`, and are checked by size, header and hash
before use.
"""

import gzip
import hashlib
import shutil
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http.client import HTTPException
from pathlib import Path
from types import MappingProxyType
from urllib.error import HTTPError
from urllib.request import urlopen

import numpy as np
from filelock import FileLock

from vae.images.dataset import MNIST_SPEC, Bytes, ImageSet

SPLITS = {"train": "train", "test": "t10k"}  # how the file names begin
CLASSES = 10
SUMS = "MD5SUMS"  # hashes of unpacked files, in the format of `md5sum`, written after a fetch
LOCK_SECONDS = 900.0  # that another process may take to fetch a set
ANSWER_SECONDS = 30.0  # that a mirror may be silent
MOST_BYTES = 64_000_000  # of a packed file

# What fetching raises: no network or disk, a broken stream, a set that fails the checks.
FETCH_ERRORS = (OSError, HTTPException, EOFError, zlib.error, ValueError)


@dataclass(frozen=True)
class Source:
    """What is known of a data set in torchvision's layout, `<root>/<folder>/raw/<file>`."""

    folder: str
    mirrors: tuple[str, ...] = ()  # addresses of the packed files' folder, the first that answers serves
    packed: Mapping[str, str] = field(default_factory=dict)  # MD5 of the packed files, torchvision's
    counts: Mapping[str, int] = field(default_factory=lambda: {"train": 60_000, "test": 10_000})
    md5: Mapping[str, str] = field(default_factory=dict)  # of the unpacked files, where somebody published it


def _by_file(train_images: str, train_labels: str, test_images: str, test_labels: str) -> Mapping[str, str]:
    """Hashes by the name of the unpacked file."""
    return MappingProxyType(
        {
            "train-images-idx3-ubyte": train_images,
            "train-labels-idx1-ubyte": train_labels,
            "t10k-images-idx3-ubyte": test_images,
            "t10k-labels-idx1-ubyte": test_labels,
        }
    )


SOURCES = {
    "mnist": Source(
        "MNIST",
        (
            "https://ossci-datasets.s3.amazonaws.com/mnist/",
            "http://yann.lecun.com/exdb/mnist/",
        ),
        packed=_by_file(
            "f68b3c2dcbeaaa9fbdd348bbdeb94873",
            "d53e105ee54ea40749a09fcbcd1e9432",
            "9fb629c4189551a2d022fa330f9573f3",
            "ec29112dd5afa0611ce80d1b7f02629c",
        ),
        md5=_by_file(
            "6bbc9ace898e44ae57da46a324031adb",
            "a25bea736e30d166cdddb491f175f624",
            "2646ac647ad5339dbf082846283269ea",
            "27ae3e4e09519cfbb04c329615203637",
        ),
    ),
    "fashion-mnist": Source(
        "FashionMNIST",
        ("http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",),
        packed=_by_file(
            "8d4fb7e6c68d591d4c3dfef9ec88bf0d",
            "25c81989df183df01b3e8a0aad5dffbe",
            "bef4ecab320f06d8554ea6380940ec79",
            "bb300cfdad3c16e7a12a480ee83cd310",
        ),
    ),
    "kmnist": Source(
        "KMNIST",
        ("http://codh.rois.ac.jp/kmnist/dataset/kmnist/",),
        packed=_by_file(
            "bdb82020997e1d708af4cf47b453dcf7",
            "e144d726b3acfaa3e44228e80efcd344",
            "5c965bf0a639b31b8f53240b1b52f4d7",
            "7320c461ea6c1c855c0b718fb2a4b134",
        ),
    ),
}


def is_there(name: str, split: str, root: Path) -> bool:
    """Whether a split can be read: its files have the right sizes and none was found damaged."""
    return all(file.looks_sound() for file in _files(name, split, root))


def read(name: str, split: str, root: Path) -> ImageSet:
    """A split of the set under `root`.

    Raises:
        OSError, ValueError: if one of its files is missing or damaged.
    """
    images, labels = (file.read() for file in _files(name, split, root))
    if labels.max() >= CLASSES:
        raise ValueError(f"the {split} labels go beyond {CLASSES - 1}")
    return ImageSet(images, labels.astype(np.int64))


def folder(name: str, root: Path) -> Path:
    """Where the raw files of a set lie."""
    return root / SOURCES[name].folder / "raw"


_checked: dict[tuple[str, int, int, str], bool] = {}
"""Whether a file (path, size, time of change in ns) has the expected MD5: 47 MB are hashed once a process."""


@dataclass(frozen=True)
class _File:
    """An IDX file of unsigned bytes and what it must be."""

    path: Path
    shape: tuple[int, ...]
    md5: str  # empty if unknown

    @property
    def header(self) -> bytes:
        axes = self.shape[:3]  # the file knows no channels
        return np.array([0x0800 + len(axes), *axes], ">u4").tobytes()

    @property
    def size(self) -> int:
        """In bytes."""
        return len(self.header) + int(np.prod(self.shape))

    def looks_sound(self) -> bool:
        """Whether it has the right size and no reading has found it damaged."""
        try:
            return self.path.stat().st_size == self.size and _checked.get(self._key(), True)
        except OSError:
            return False

    def read(self) -> Bytes:
        """Content, of `shape`; raises OSError or ValueError if it is missing or damaged."""
        key = self._key()
        content = np.fromfile(self.path, np.uint8)
        if len(content) != self.size:
            raise ValueError(f"{self.path.name} has {len(content):,} bytes instead of {self.size:,}")
        start = len(self.header)
        if key not in _checked:
            _checked[key] = content[:start].tobytes() == self.header and self.md5 in ("", _md5(content))
        if not _checked[key]:
            raise ValueError(f"{self.path.name} is damaged")
        return content[start:].reshape(self.shape)

    def _key(self) -> tuple[str, int, int, str]:
        status = self.path.stat()
        return str(self.path), status.st_size, status.st_mtime_ns, self.md5


def _md5(content: Bytes) -> str:
    return hashlib.md5(content.data, usedforsecurity=False).hexdigest()


def _files(name: str, split: str, root: Path) -> tuple[_File, _File]:
    """Image and label file of a split of the set under `root`."""
    source, raw, stem = SOURCES[name], folder(name, root), SPLITS[split]
    known = {**_recorded(raw), **source.md5}
    count = source.counts[split]
    images, labels = f"{stem}-images-idx3-ubyte", f"{stem}-labels-idx1-ubyte"
    return (
        _File(raw / images, (count, *MNIST_SPEC.shape), known.get(images, "")),
        _File(raw / labels, (count,), known.get(labels, "")),
    )


def _recorded(raw: Path) -> dict[str, str]:
    """Hashes that the last fetch left, by file name; none where the files came by another way."""
    try:
        lines = (raw / SUMS).read_text(encoding="ascii").splitlines()
    except (OSError, UnicodeError):
        return {}
    return {name: md5 for md5, separator, name in (line.partition("  ") for line in lines) if separator}


def fetch(name: str, root: Path) -> None:
    """Fetch the set into its folder under `root`, one process at a time.

    Raises:
        FETCH_ERRORS: if that fails; what was there before is left as it was.
    """
    own = root / SOURCES[name].folder
    own.mkdir(parents=True, exist_ok=True)
    with FileLock(own / ".lock", timeout=LOCK_SECONDS):
        if not _is_sound(name, root):  # else another process has fetched it while this one waited
            _renew(name, root)


def _is_sound(name: str, root: Path) -> bool:
    try:
        for split in SPLITS:
            read(name, split, root)
    except (OSError, ValueError):
        return False
    return True


def _renew(name: str, root: Path) -> None:
    """Fetch into a folder beside, check, and move file by file.

    A kill at any moment leaves each file old or new, never half, and a folder that the next fetch removes.
    """
    beside = root / SOURCES[name].folder / ".fetch"
    shutil.rmtree(beside, ignore_errors=True)
    try:
        _download(name, beside)
        raw = folder(name, root)
        raw.mkdir(parents=True, exist_ok=True)
        paths = [file.path for split in SPLITS for file in _files(name, split, beside)]
        for split in SPLITS:
            read(name, split, beside)
        sums = folder(name, beside) / SUMS
        sums.write_text(
            "".join(f"{_md5(np.fromfile(path, np.uint8))}  {path.name}\n" for path in paths), encoding="ascii"
        )
        for path in (sums, *paths):
            path.replace(raw / path.name)
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def _download(name: str, root: Path) -> None:
    """Fetch the packed files, check them, and unpack them into the set's folder under `root`."""
    source, raw = SOURCES[name], folder(name, root)
    raw.mkdir(parents=True)
    for file, md5 in source.packed.items():
        (raw / file).write_bytes(gzip.decompress(_packed(source.mirrors, f"{file}.gz", md5)))


def _packed(mirrors: Sequence[str], file: str, md5: str) -> bytes:
    """A file from the first mirror that has it whole; raises what the last one failed with."""
    for mirror in mirrors:
        try:
            with urlopen(mirror + file, timeout=ANSWER_SECONDS) as answer:
                content: bytes = answer.read(MOST_BYTES)
            if _md5(np.frombuffer(content, np.uint8)) != md5:
                raise ValueError(f"{mirror} serves another {file}")
            return content
        except (OSError, HTTPException, ValueError) as error:
            if isinstance(error, HTTPError):
                error.close()
            failure = error
    raise failure
