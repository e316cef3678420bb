"""Arrays of images: .npy, .npz and IDX files, read a chunk at a time, never a pickle.

Symbols: N images, H, W, C height, width and channels as they are in the file.
"""

import gzip
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from math import isqrt, prod
from pathlib import Path
from typing import BinaryIO, cast

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from vae.images.dataset import Bytes
from vae.images.own.manifest import OwnImagesError
from vae.images.own.plan import Batch, Line, Plan, nearest_side
from vae.images.own.sources import levels
from vae.images.own.sources.levels import Levels
from vae.images.own.sources.pictures import shaped

CHUNK_BYTES = 8 * 2**20  # of an array, read at a time
LONGEST_SIDE = 4_096  # pixels
NOT_FINITE = "It holds values that are not finite."
READING = (OSError, EOFError, ValueError, zlib.error, zipfile.BadZipFile, SyntaxError)
IDX_TYPES = {8: "u1", 9: "i1", 11: ">i2", 12: ">i4", 13: ">f4", 14: ">f8"}


@dataclass(frozen=True)
class Stored:
    """An array in a file.

    Arguments:
        name: What its rows are called by.
        dtype, shape: As the file says.
        opened: The file, at the first number.
    """

    name: str
    dtype: np.dtype
    shape: tuple[int, ...]
    opened: Callable[[], BinaryIO]

    def chunks(self, start: int = 0) -> Iterator[NDArray]:
        """Rows from `start` on, (n, ...) at a time."""
        row = prod(self.shape[1:]) * self.dtype.itemsize
        step = max(1, CHUNK_BYTES // max(row, 1))
        with self.opened() as file:
            _skip(file, start * row)
            for first in range(start, self.shape[0], step):
                count = min(step, self.shape[0] - first)
                content = file.read(count * row)
                if len(content) != count * row:
                    raise OwnImagesError(f"{self.name} is damaged: it ends in row {first:,}.")
                yield np.frombuffer(content, self.dtype).reshape(count, *self.shape[1:])


@dataclass(frozen=True)
class Part:
    """Images of a file, and their labels where it has some.

    Arguments:
        stored: The array.
        layout: How a row is an image: `HW`, `HWC` or `CHW`.
        height, width, channels: Of an image; 1, 3, or 4 with transparency.
        labels: (N,) names of the classes.
    """

    stored: Stored
    layout: str
    height: int
    width: int
    channels: int
    labels: Sequence[str] | None

    def images(self, rows: NDArray) -> NDArray:
        """Rows of the array as images (n, H, W, C)."""
        if self.layout == "CHW":
            return np.moveaxis(rows, 1, 3)
        return rows.reshape(len(rows), self.height, self.width, self.channels)


class Arrays:
    """Images in one or several arrays of the same shape.

    Arguments:
        path: Of the file.
        parts: One after the other.
    """

    notes = ()

    def __init__(self, path: Path, parts: Sequence[Part]) -> None:
        self.words = f"the file {path.name}"
        status = path.stat()
        self.fingerprint = f"{path.name} {status.st_size} {status.st_mtime_ns}"
        self.labelled = all(part.labels is not None for part in parts)
        self.parts = parts

    def __len__(self) -> int:
        return sum(part.stored.shape[0] for part in self.parts)

    def look(self) -> tuple[int, int, int]:
        """Their own height and width where a set may have these, else the nearest; their channels."""
        part = self.parts[0]
        side = nearest_side(max(part.height, part.width))
        return side, side, 1 if part.channels == 1 else 3

    def levels(self, asked: Levels | None) -> Levels:
        """Black and white, by a look at all values; raises LevelsError where they leave that open."""
        low, high = np.inf, -np.inf
        for part in self.parts:
            for rows in part.stored.chunks():
                if rows.dtype.kind == "f":
                    rows = rows[np.isfinite(rows)]
                if rows.size:
                    low, high = min(low, rows.min()), max(high, rows.max())
        if low > high:
            raise OwnImagesError(f"There is no number in {self.words}.")
        return levels.of(self.parts[0].stored.dtype, float(low), float(high), asked)

    def batches(self, plan: Plan, start: int = 0) -> Iterator[Batch]:
        """All images from the row `start` on, the rows of all parts counted through."""
        black_white, before = self.levels(plan.levels), 0
        for part in self.parts:
            first, count = max(0, start - before), part.stored.shape[0]
            if first < count:
                for rows in part.stored.chunks(first):
                    yield self._batch(part, rows, first, before, plan, black_white)
                    first += len(rows)
            before += count

    def _batch(
        self, part: Part, rows: NDArray, first: int, before: int, plan: Plan, black_white: Levels
    ) -> Batch:
        names = [f"{part.stored.name}[{row}]" for row in range(first, first + len(rows))]
        finite = np.isfinite(rows).reshape(len(rows), -1).all(axis=1)
        pixels = _bytes(part.images(rows), black_white)
        used = np.flatnonzero(finite).tolist()
        labels = (
            [part.labels[first + row] for row in used] if self.labelled and part.labels is not None else None
        )
        lines = [Line(names[row], False, NOT_FINITE) for row in np.flatnonzero(~finite)]
        lines += [Line(f"{names[0]} to {names[-1]}", True)] if used else []
        made = _made(pixels[finite], plan)
        return Batch(before + first + len(rows), made, [names[row] for row in used], labels, lines)


def _bytes(values: NDArray, black_white: Levels) -> Bytes:
    """Levels of a byte, of values between black and white."""
    if values.dtype == np.uint8 and black_white == (0.0, 255.0):
        return values
    black, white = black_white
    with np.errstate(invalid="ignore"):
        scaled = (values.astype(np.float32) - np.float32(black)) * np.float32(255 / (white - black))
        return np.round(scaled).astype(np.uint8)


def _made(pixels: Bytes, plan: Plan) -> Bytes:
    """Images (n, H, W, C) as those of the set; those that are so already as they are."""
    if pixels.shape[1:] == plan.spec.shape:
        return pixels
    made = np.empty((len(pixels), *plan.spec.shape), np.uint8)
    for row, image in enumerate(pixels):
        made[row] = shaped(_picture(np.ascontiguousarray(image)), plan)
    return made


def _picture(image: Bytes) -> Image.Image:
    """An image (H, W, C) as Pillow's; transparent parts are white."""
    if image.shape[2] == 1:
        return Image.fromarray(image[..., 0])
    if image.shape[2] == 3:
        return Image.fromarray(image)
    layer = Image.fromarray(image, "RGBA")
    return Image.alpha_composite(Image.new("RGBA", layer.size, "white"), layer)


def npy(path: Path) -> Arrays:
    """The images of a .npy file; labels from the file labels.npy, or <name>-labels.npy, beside it."""
    stored = _npy(path.stem, lambda: path.open("rb"))
    beside = [path.with_name("labels.npy"), path.with_name(f"{path.stem}-labels.npy")]
    labels = next(
        (_labels(np.load(each, allow_pickle=False)) for each in beside if _is_beside(each, path)), None
    )
    return Arrays(path, [_part(stored, labels)])


def npz(path: Path, archive: zipfile.ZipFile) -> Arrays:
    """The images of a .npz file: of the arrays that can be images those of the shape that most have."""
    found = {}
    for name in archive.namelist():
        if name.endswith(".npy"):
            key = name.removesuffix(".npy")
            found[key] = _npy(key, lambda name=name: cast(BinaryIO, archive.open(name)))  # type: ignore[misc]
    able = {
        key: stored for key, stored in found.items() if _layout(stored.shape) and stored.dtype.kind in "buif"
    }
    if not able:
        raise OwnImagesError(
            f"There are no images in {path.name}: no array of shape (N, H, W) or (N, H, W, C)."
        )
    shapes = [stored.shape[1:] for stored in able.values()]
    most = max(
        shapes, key=lambda shape: sum(prod(each.shape) for each in able.values() if each.shape[1:] == shape)
    )
    chosen = {key: stored for key, stored in able.items() if stored.shape[1:] == most}
    others = {key: stored for key, stored in found.items() if key not in able}
    parts = [_part(stored, _labels_of(key, stored, others, len(chosen))) for key, stored in chosen.items()]
    return Arrays(path, parts)


def idx(path: Path) -> Arrays:
    """The images of an IDX file, packed or not; labels from the file that is named alike beside it."""
    stored = _idx(path)
    beside = path.with_name(path.name.replace("images", "labels").replace("idx3", "idx1"))
    labels = _labels(next(_idx(beside).chunks())) if _is_beside(beside, path) else None
    return Arrays(path, [_part(stored, labels)])


def joined(path: Path, found: Sequence[Arrays]) -> Arrays:
    """The images of several files of a folder, of those that have the shape of the first."""
    parts = [part for each in found for part in each.parts]
    shape = parts[0].stored.shape[1:]
    return Arrays(path, [part for part in parts if part.stored.shape[1:] == shape])


def _is_beside(other: Path, path: Path) -> bool:
    return other != path and other.is_file() and not other.is_symlink()


def _npy(name: str, opened: Callable[[], BinaryIO]) -> Stored:
    """An array in the format of NumPy; raises OwnImagesError if it is no such array, or a pickle."""

    def at_data() -> BinaryIO:
        file = opened()
        _header(file)
        return file

    try:
        with opened() as file:
            shape, fortran, dtype = _header(file)
    except READING as error:
        raise OwnImagesError(f"{name} is no array of NumPy's, or a damaged one.") from error
    if dtype.hasobject:
        raise OwnImagesError(f"{name} holds Python objects, which are never read: save it as numbers.")
    if fortran and len(shape) > 1:
        raise OwnImagesError(f"{name} is in Fortran's order: save it by np.ascontiguousarray.")
    return Stored(name, dtype, shape, at_data)


def _header(file: BinaryIO) -> tuple[tuple[int, ...], bool, np.dtype]:
    version = np.lib.format.read_magic(file)
    read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
    return read(file)


def _idx(path: Path) -> Stored:
    def opened() -> BinaryIO:
        return cast(BinaryIO, gzip.open(path)) if path.suffix == ".gz" else path.open("rb")

    def at_data() -> BinaryIO:
        file = opened()
        file.read(4 + 4 * len(shape))
        return file

    try:
        with opened() as file:
            zero, kind, axes = file.read(2), file.read(1)[0], file.read(1)[0]
            shape = tuple(int(each) for each in np.frombuffer(file.read(4 * axes), ">u4"))
            if zero != b"\0\0" or len(shape) != axes:
                raise ValueError("the header of another format")
            dtype = np.dtype(IDX_TYPES[kind])
    except (*READING, LookupError) as error:
        raise OwnImagesError(f"{path.name} is no IDX file, or a damaged one.") from error
    return Stored(path.name.partition(".")[0], dtype, shape, at_data)


def _layout(shape: tuple[int, ...]) -> tuple[str, int, int, int] | None:
    """How the rows of an array are images: layout, height, width, channels; None if they are none."""
    if len(shape) == 2 and isqrt(shape[1]) ** 2 == shape[1]:
        found = "HW", isqrt(shape[1]), isqrt(shape[1]), 1
    elif len(shape) == 3:
        found = "HW", *shape[1:], 1
    elif len(shape) == 4 and shape[3] in (1, 3, 4):
        found = "HWC", *shape[1:]
    elif len(shape) == 4 and shape[1] in (1, 3, 4):
        found = "CHW", shape[2], shape[3], shape[1]
    else:
        return None
    return found if min(found[1:3]) >= 8 and max(found[1:3]) <= LONGEST_SIDE else None


def _part(stored: Stored, labels: Sequence[str] | None) -> Part:
    found = _layout(stored.shape)
    if found is None or stored.dtype.kind not in "buif":
        raise OwnImagesError(
            f"{stored.name} is an array {stored.shape} of {stored.dtype}: images are numbers of shape "
            f"(N, H, W), (N, H, W, C) or (N, C, H, W), with 1, 3 or 4 channels and 8 to {LONGEST_SIDE:,} "
            "pixels high and wide."
        )
    if labels is not None and len(labels) != stored.shape[0]:
        raise OwnImagesError(
            f"There are {stored.shape[0]:,} images in {stored.name}, but {len(labels):,} labels."
        )
    return Part(stored, *found, labels)


def _labels_of(key: str, images: Stored, others: dict[str, Stored], parts: int) -> Sequence[str] | None:
    """The labels that belong to the array of that name, by their name or, of a single array, their number.

    Those that are named as labels are meant, also where they are too few or too many.
    """
    able = {
        name: each
        for name, each in others.items()
        if each.dtype.kind in "buifUS" and each.shape[1:] in ((), (1,)) and each.shape
    }
    twins = [
        key.replace(*pair) for pair in (("images", "labels"), ("image", "label"), ("x", "y"), ("X", "y"))
    ]
    twins += [key.replace("X", "Y"), "labels", "label", "y", "target"]
    named = next((able[twin] for twin in twins if twin in able and twin != key), None)
    fitting = [each for each in able.values() if each.shape[0] == images.shape[0]]
    only = fitting[0] if len(fitting) == 1 and parts == 1 else None
    chosen = named or only
    return None if chosen is None else _labels(np.concatenate(list(chosen.chunks())))


def _labels(values: NDArray) -> list[str]:
    """Names of classes, of numbers or words."""
    flat = values.reshape(-1)
    if flat.dtype.kind == "f":
        if not (flat == np.round(flat)).all():
            raise OwnImagesError("The labels are no whole numbers.")
        flat = flat.astype(np.int64)
    if flat.dtype.kind == "S":
        return [each.decode(errors="replace") for each in flat.tolist()]
    return [str(each) for each in flat.tolist()]


def _skip(file: BinaryIO, count: int) -> None:
    """Pass so many bytes by, in a stream as well."""
    while count > 0:
        passed = len(file.read(min(count, CHUNK_BYTES)))
        if not passed:
            return
        count -= passed
