"""Data sets by name: MNIST, Fashion-MNIST and KMNIST in torchvision's folders, and scikit-learn's digits.

The test images of MNIST ship with the repository, as a sprite. All other images of the three sets of 70,000
are looked for in `root()` and checked by size, header and hash before use; `python -m vae.data NAME` fetches
a set that is missing or damaged, and with `--sprite` makes the sprite. `digits` needs no file at all.
"""

import gzip
import hashlib
import os
import shutil
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http.client import HTTPException
from pathlib import Path
from types import MappingProxyType
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

import numpy as np
from filelock import FileLock
from numpy.typing import NDArray
from PIL import Image

from vae.assets import ASSETS
from vae.images import sprites
from vae.images.dataset import Dataset, ImageSet
from vae.images.spec import ImageSpec

Bytes = NDArray[np.uint8]

MNIST_LIKE = ImageSpec(28, 28, 1)
DIGITS = tuple("0123456789")
DATASETS = {
    each.name: each
    for each in (
        Dataset(
            *("mnist", MNIST_LIKE, DIGITS, "MNIST, Yann LeCun and Corinna Cortes, CC BY-SA 3.0"),
            preparation="mnist",
            noun="digit",
        ),
        Dataset(
            "fashion-mnist",
            MNIST_LIKE,
            (
                *("T-shirt/top", "Trouser", "Pullover", "Dress", "Coat"),
                *("Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"),
            ),
            "Fashion-MNIST, Zalando SE, MIT",
            preparation="mnist",
            noun="piece of clothing",
        ),
        Dataset(
            "kmnist",
            MNIST_LIKE,
            ("o", "ki", "su", "tsu", "na", "ha", "ma", "ya", "re", "wo"),
            "KMNIST, CODH (doi:10.20676/00000341), CC BY-SA 4.0",
            preparation="mnist",
            noun="character",
        ),
        Dataset(
            "digits",
            MNIST_LIKE,
            DIGITS,
            "Optical Recognition of Handwritten Digits, E. Alpaydin and C. Kaynak, UCI, CC BY 4.0",
            preparation="mnist",
            noun="digit",
        ),
    )
}
NAMES = tuple(DATASETS)

SIDE = 28  # pixels
DIGIT_SIDE = 20  # pixels of the box that a digit of MNIST fills
CENTRE = 14  # pixel index, in both directions, of the centre of mass of MNIST's digits
TEST_EVERY = 5  # of scikit-learn's digits, one in five of each class is a test image
SHIPPED = ASSETS / "images"
STEMS = {"train": "train", "test": "t10k"}  # how the file names begin
SUMS = "MD5SUMS"  # hashes of unpacked files, in the format of `md5sum`, written after a fetch
LOCK_SECONDS = 900.0  # that another process may take to fetch a set
ANSWER_SECONDS = 30.0  # that a mirror may be silent
MOST_BYTES = 64_000_000  # of a packed file

# What fetching raises: no network or disk, a broken stream, a set that fails the checks.
_FETCH_ERRORS = (OSError, HTTPException, EOFError, zlib.error, ValueError)
_WAYS_OUT = "set VAE_DATA_ROOT to a folder that holds it, or use the data set digits, which needs no file"


class DataError(Exception):
    """A data set that cannot be had; the message is one sentence for the user, with the way out."""


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


def dataset(name: str) -> Dataset:
    """What is known of the set of that name.

    Raises:
        DataError: if there is none.
    """
    try:
        return DATASETS[name]
    except KeyError as error:
        raise DataError(f"There is no data set {name!r}; choose one of {', '.join(NAMES)}.") from error


def root() -> Path:
    """Folder of the data sets: the environment's VAE_DATA_ROOT, else ~/.cache/vae-explorer."""
    return Path(os.environ.get("VAE_DATA_ROOT") or "~/.cache/vae-explorer").expanduser()


def available(name: str, split: str = "test") -> bool:
    """Whether that split can be read: its files have the right sizes and none was found damaged."""
    if name == "digits" or shipped(name, split):
        return True
    return name in SOURCES and all(file.looks_sound() for file in _files(name, split, root()))


def shipped(name: str, split: str) -> Path | None:
    """The sprite of a split that ships with the repository, None if none does."""
    path = SHIPPED / f"{name}-{split}.png"
    return path if path.is_file() else None


def load(name: str, split: str = "test", download: bool = False) -> ImageSet:
    """The training or test images of a data set; with `download` it is fetched if it is missing or damaged.

    Those that ship are read from the repository, wherever else they may be.

    Raises:
        DataError: for an unknown name, and for a missing or damaged set that is not or cannot be fetched.
        ValueError: for a split other than "train" and "test".
    """
    if split not in STEMS:
        raise ValueError(f"split must be train or test, got {split!r}")
    dataset(name)
    if name == "digits":
        return _digits(split)
    if path := shipped(name, split):
        return _read_shipped(path)
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


def folder(name: str) -> Path:
    """Where the raw files of a set lie."""
    return _raw(name, root())


def _raw(name: str, base: Path) -> Path:
    return base / SOURCES[name].folder / "raw"


def _files(name: str, split: str, base: Path) -> tuple[_File, _File]:
    """Image and label file of a split of the set under `base`."""
    source, raw, stem = SOURCES[name], _raw(name, base), STEMS[split]
    known = {**_recorded(raw), **source.md5}
    count = source.counts[split]
    images, labels = f"{stem}-images-idx3-ubyte", f"{stem}-labels-idx1-ubyte"
    return (
        _File(raw / images, (count, SIDE, SIDE, 1), known.get(images, "")),
        _File(raw / labels, (count,), known.get(labels, "")),
    )


def _recorded(raw: Path) -> dict[str, str]:
    """Hashes that the last fetch left, by file name; none where the files came by another way."""
    try:
        lines = (raw / SUMS).read_text(encoding="ascii").splitlines()
    except (OSError, UnicodeError):
        return {}
    return {name: md5 for md5, separator, name in (line.partition("  ") for line in lines) if separator}


def _read_shipped(path: Path) -> ImageSet:
    try:
        return ImageSet(*sprites.read(path))
    except (OSError, ValueError) as error:
        raise DataError(
            f"The images in {path} cannot be read ({_reason(error)}); restore that file and "
            f"{path.with_suffix('.json').name} beside it from the repository."
        ) from error


def _read(name: str, split: str, base: Path) -> ImageSet:
    images, labels = (file.read() for file in _files(name, split, base))
    if labels.max() >= len(DATASETS[name].class_names or ()):
        raise ValueError(f"the {split} labels go beyond {len(DATASETS[name].class_names or ()) - 1}")
    return ImageSet(images, labels.astype(np.int64))


# Fetching ------------------------------------------------------------------------------------------------


def _fetch(name: str) -> None:
    """Fetch the set into its folder, one process at a time; raises DataError."""
    try:
        folder = root() / SOURCES[name].folder
        folder.mkdir(parents=True, exist_ok=True)
        with FileLock(folder / ".lock", timeout=LOCK_SECONDS):
            if not _is_sound(name):  # else another process has fetched it while this one waited
                _renew(name, folder)
    except _FETCH_ERRORS as error:
        raise DataError(f"The data set {name} could not be fetched{_why(error)}, {_WAYS_OUT}.") from error


def _why(error: BaseException) -> str:
    """The end of the sentence that says why a set was not fetched, with what to do about it."""
    if isinstance(error, URLError | ConnectionError | HTTPException) or type(error) is TimeoutError:
        return ": this machine is offline, or the site that has it does not answer; try again later"
    if isinstance(error, OSError):
        return f" into {root()} ({_reason(error)}); try again with a folder that can be written to"
    return f": what the site sent is damaged ({_reason(error)}); try again later"


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
    """Fetch the packed files, check them, and unpack them into the set's folder under `base`."""
    source, raw = SOURCES[name], _raw(name, base)
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


# Digits --------------------------------------------------------------------------------------------------


def _digits(split: str) -> ImageSet:
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
    return ImageSet(np.stack([_like_mnist(grey) for grey in greys])[..., None], labels[chosen])


def _like_mnist(grey: Bytes) -> Bytes:
    """A square image scaled to 20 × 20 and placed in (28, 28) with its centre of mass in the middle."""
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


def make_sprite(name: str) -> list[Path]:
    """Write the sprite of a set's test images, made from its raw files; returns what was written."""
    try:
        items = _read(name, "test", root())
    except (OSError, ValueError) as error:
        raise DataError(_sentence(name, error)) from error
    SHIPPED.mkdir(parents=True, exist_ok=True)
    paths = [SHIPPED / f"{name}-test{suffix}" for suffix in (".png", ".json")]
    for path, content in zip(paths, sprites.pack(items.pixels, items.labels), strict=True):
        path.write_bytes(content)
    return paths
