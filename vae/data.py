"""Data sets by name: MNIST, Fashion-MNIST and KMNIST in torchvision's folders, and scikit-learn's digits.

The three sets of 70,000 images are looked for in `root()` and checked by size, header and hash before use;
`python -m vae.data NAME` fetches one that is missing or damaged. `digits` needs no file at all.
"""

import argparse
import hashlib
import os
import shutil
import sys
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.client import HTTPException
from pathlib import Path
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

Bytes = NDArray[np.uint8]

NAMES = ("mnist", "fashion-mnist", "kmnist", "digits")
CLASS_NAMES: dict[str, tuple[str, ...]] = {
    "mnist": tuple("0123456789"),
    "fashion-mnist": (
        *("T-shirt/top", "Trouser", "Pullover", "Dress", "Coat"),
        *("Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"),
    ),
    "kmnist": ("o", "ki", "su", "tsu", "na", "ha", "ma", "ya", "re", "wo"),
    "digits": tuple("0123456789"),
}

SIDE = 28  # pixels
DIGIT_SIDE = 20  # pixels of the box that a digit of MNIST fills
CENTRE = 14  # pixel index, in both directions, of the centre of mass of MNIST's digits
TEST_EVERY = 5  # of scikit-learn's digits, one in five of each class is a test image
STEMS = {"train": "train", "test": "t10k"}  # how the file names begin
SUMS = "MD5SUMS"  # hashes of unpacked files, in the format of `md5sum`, written after a fetch
LOCK_SECONDS = 900.0  # that another process may take to fetch a set

# What fetching raises: no network or disk, torchvision's own, a broken stream, a set that fails the checks.
_FETCH_ERRORS = (OSError, RuntimeError, HTTPException, EOFError, zlib.error, ValueError)
_WAYS_OUT = "set VAE_DATA_ROOT to a folder that holds it, or use the data set digits, which needs no file"


class DataError(Exception):
    """A data set that cannot be had; the message is one sentence for the user, with the way out."""


@dataclass(frozen=True)
class Source:
    """What is known of a data set in torchvision's layout, `<root>/<folder>/raw/<file>`."""

    folder: str  # also the name of torchvision's class
    counts: Mapping[str, int] = field(default_factory=lambda: {"train": 60_000, "test": 10_000})
    md5: Mapping[str, str] = field(
        default_factory=dict
    )  # of unpacked files; torchvision knows only the packed


SOURCES = {
    "mnist": Source(
        "MNIST",
        md5=MappingProxyType(
            {
                "train-images-idx3-ubyte": "6bbc9ace898e44ae57da46a324031adb",
                "train-labels-idx1-ubyte": "a25bea736e30d166cdddb491f175f624",
                "t10k-images-idx3-ubyte": "2646ac647ad5339dbf082846283269ea",
                "t10k-labels-idx1-ubyte": "27ae3e4e09519cfbb04c329615203637",
            }
        ),
    ),
    "fashion-mnist": Source("FashionMNIST"),
    "kmnist": Source("KMNIST"),
}


@dataclass(frozen=True)
class LabelledImages:
    """N images of a data set and the index of each one's class."""

    pixels: Bytes  # (N, 28, 28), 0 is black
    labels: NDArray[np.int64]  # (N,)

    @property
    def images(self) -> NDArray[np.float32]:
        """Grey levels in [0, 1], (N, 28, 28)."""
        return self.pixels.astype(np.float32) / np.float32(255)


def root() -> Path:
    """Folder of the data sets: the environment's VAE_DATA_ROOT, else ~/.cache/vae-explorer."""
    return Path(os.environ.get("VAE_DATA_ROOT") or "~/.cache/vae-explorer").expanduser()


def available(name: str) -> bool:
    """Whether the files are here with the right sizes and none was found damaged; reads no image."""
    if name == "digits":
        return True
    return name in SOURCES and all(
        file.looks_sound() for split in STEMS for file in _files(name, split, root())
    )


def load(name: str, split: str = "test", download: bool = False) -> LabelledImages:
    """The training or test images of a data set; with `download` it is fetched if it is missing or damaged.

    Raises:
        DataError: for an unknown name, and for a missing or damaged set that is not or cannot be fetched.
        ValueError: for a split other than "train" and "test".
    """
    if split not in STEMS:
        raise ValueError(f"split must be train or test, got {split!r}")
    if name not in NAMES:
        raise DataError(f"There is no data set {name!r}; choose one of {', '.join(NAMES)}.")
    if name == "digits":
        return _digits(split)
    try:
        return _read(name, split, root())
    except (OSError, ValueError) as error:
        if not download:
            raise DataError(_sentence(name, error)) from error
    _fetch(name)
    return _read(name, split, root())


def _sentence(name: str, error: OSError | ValueError) -> str:
    place = _raw(name, root())
    if isinstance(error, FileNotFoundError):
        fault = f"The data set {name} is not in {place}"
    else:
        fault = f"The data set {name} in {place} cannot be used ({_reason(error)})"
    return f"{fault}; fetch it with `python -m vae.data {name}`, {_WAYS_OUT}."


def _reason(error: BaseException) -> str:
    return " ".join(str(error).split())[:300] or type(error).__name__


# Reading -------------------------------------------------------------------------------------------------


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
        return np.array([0x0800 + len(self.shape), *self.shape], ">u4").tobytes()

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
        """Content, of `shape`; raises OSError or ValueError if it is missing or damaged.

        Not by torchvision: its import takes seconds, and a truncated file ends in an assertion there.
        """
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


def _raw(name: str, base: Path) -> Path:
    return base / SOURCES[name].folder / "raw"


def _files(name: str, split: str, base: Path) -> tuple[_File, _File]:
    """Image and label file of a split of the set under `base`."""
    source, raw, stem = SOURCES[name], _raw(name, base), STEMS[split]
    known = {**_recorded(raw), **source.md5}
    count = source.counts[split]
    images, labels = f"{stem}-images-idx3-ubyte", f"{stem}-labels-idx1-ubyte"
    return (
        _File(raw / images, (count, SIDE, SIDE), known.get(images, "")),
        _File(raw / labels, (count,), known.get(labels, "")),
    )


def _recorded(raw: Path) -> dict[str, str]:
    """Hashes that the last fetch left, by file name; none where the files came by another way."""
    try:
        lines = (raw / SUMS).read_text(encoding="ascii").splitlines()
    except (OSError, UnicodeError):
        return {}
    return {name: md5 for md5, separator, name in (line.partition("  ") for line in lines) if separator}


def _read(name: str, split: str, base: Path) -> LabelledImages:
    images, labels = (file.read() for file in _files(name, split, base))
    if labels.max() >= len(CLASS_NAMES[name]):
        raise ValueError(f"the {split} labels go beyond {len(CLASS_NAMES[name]) - 1}")
    return LabelledImages(images, labels.astype(np.int64))


# Fetching ------------------------------------------------------------------------------------------------


def _fetch(name: str) -> None:
    """Fetch the set into its folder, one process at a time; raises DataError."""
    from filelock import FileLock

    try:
        folder = root() / SOURCES[name].folder
        folder.mkdir(parents=True, exist_ok=True)
        with FileLock(folder / ".lock", timeout=LOCK_SECONDS):
            if not _is_sound(name):  # else another process has fetched it while this one waited
                _renew(name, folder)
    except _FETCH_ERRORS as error:
        raise DataError(
            f"The data set {name} could not be fetched into {root()} ({_reason(error)}); "
            f"try again with a network and a folder that can be written to, {_WAYS_OUT}."
        ) from error


def _is_sound(name: str) -> bool:
    try:
        for split in STEMS:
            _read(name, split, root())
    except (OSError, ValueError):
        return False
    return True


def _renew(name: str, folder: Path) -> None:
    """Fetch into a folder beside, check, and move file by file.

    A kill at any moment leaves each file old or new, never half, and a folder that the next fetch removes.
    """
    beside = folder / ".fetch"
    shutil.rmtree(beside, ignore_errors=True)
    try:
        _download(name, beside)
        raw = _raw(name, root())
        raw.mkdir(parents=True, exist_ok=True)
        paths = [file.path for split in STEMS for file in _files(name, split, beside)]
        for split in STEMS:
            _read(name, split, beside)
        sums = _raw(name, beside) / SUMS
        sums.write_text(
            "".join(f"{_md5(np.fromfile(path, np.uint8))}  {path.name}\n" for path in paths), encoding="ascii"
        )
        for path in (sums, *paths):
            path.replace(raw / path.name)
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def _download(name: str, base: Path) -> None:
    """Let torchvision fetch and unpack the set into `base`; it checks the MD5 of what it fetches."""
    from torchvision import datasets  # seconds to import, and needed for this alone

    getattr(datasets, SOURCES[name].folder)(base, download=True)


# Digits --------------------------------------------------------------------------------------------------


def _digits(split: str) -> LabelledImages:
    """scikit-learn's 1,797 digits (UCI, 8 × 8) as MNIST's are: 20 × 20, centred by mass in 28 × 28.

    Scaled bicubically; every fifth image of each class, in the set's order, is a test image, so both splits
    hold digits of the same writers. Models trained on MNIST can encode them; their strokes are thicker.
    """
    from sklearn.datasets import load_digits

    found = load_digits()
    labels = found.target.astype(np.int64)
    is_test = np.zeros(len(labels), dtype=bool)
    for label in np.unique(labels):
        is_test[np.flatnonzero(labels == label)[TEST_EVERY - 1 :: TEST_EVERY]] = True
    chosen = is_test if split == "test" else ~is_test
    greys = np.round(found.images[chosen] * (255 / 16)).astype(np.uint8)
    return LabelledImages(np.stack([_like_mnist(grey) for grey in greys]), labels[chosen])


def _like_mnist(grey: Bytes) -> Bytes:
    """A square image scaled to 20 × 20 and placed in (28, 28) with its centre of mass in the middle."""
    from PIL import Image

    small = np.asarray(
        Image.fromarray(grey).resize((DIGIT_SIDE, DIGIT_SIDE), Image.Resampling.BICUBIC), dtype=np.uint8
    )
    place = np.arange(DIGIT_SIDE)
    mass = [small.sum(axis=axis) for axis in (1, 0)]  # of rows, of columns
    corner = [CENTRE - round(float(m @ place / m.sum())) for m in mass]
    top, left = np.clip(corner, 0, SIDE - DIGIT_SIDE)
    image = np.zeros((SIDE, SIDE), np.uint8)
    image[top : top + DIGIT_SIDE, left : left + DIGIT_SIDE] = small
    return image


def main(arguments: list[str] | None = None) -> None:
    """Command line: fetch a data set if it is not here, and say what it holds."""
    parser = argparse.ArgumentParser(prog="python -m vae.data", description="Fetch a data set and check it.")
    parser.add_argument("name", choices=NAMES)
    name = parser.parse_args(arguments).name
    try:
        train, test = (load(name, split, download=True) for split in STEMS)
    except DataError as error:
        sys.exit(str(error))
    place = "scikit-learn" if name == "digits" else _raw(name, root())
    print(f"{name}: {len(train.labels):,} training and {len(test.labels):,} test images in {place}")


if __name__ == "__main__":
    main()
