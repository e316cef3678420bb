"""Files of pictures made images of a set: one file after the other, with what is to be said of each."""

import hashlib
import os
import stat
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from vae.images import resize, uploads
from vae.images.dataset import Bytes
from vae.images.names import plain
from vae.images.own.plan import SIDES, Batch, Line, Plan, nearest_side
from vae.images.uploads import MAX_BYTES, ImageError

AT_ONCE = 32  # files of a batch
LOOKED_AT = 48  # files that say of which shape images are


@dataclass(frozen=True)
class File:
    """A file that may be a picture.

    Arguments:
        name: How it is called in the set and in the report.
        key: What finds it again, for who reads it.
        label: The name of its class, None without.
        fault: Why it is left out without being read; empty for those that are read.
    """

    name: str
    key: str
    label: str | None = None
    fault: str = ""


class Files:
    """Pictures in files of a folder, of an archive or of a table's list.

    Arguments:
        words: What it is, for people.
        files: All of them, in the order they are read.
        read: The bytes of a file; raises ImageError with what is wrong with it.
        notes: Sentences about what the user may not expect.
    """

    def __init__(
        self,
        words: str,
        files: Sequence[File],
        read: Callable[[File], bytes],
        notes: tuple[str, ...] = (),
    ) -> None:
        self.words, self.notes = words, notes
        self.labelled = any(file.label is not None for file in files)
        self._files = files
        self._read = read

    def __len__(self) -> int:
        return len(self._files)

    @property
    def fingerprint(self) -> str:
        """Hash over the names and classes of the files."""
        digest = hashlib.sha256(self.words.encode(errors="surrogateescape"))
        for file in self._files:
            digest.update(f"{file.key}\0{file.label}\0".encode(errors="surrogateescape"))
        return digest.hexdigest()

    def look(self) -> tuple[int, int, int]:
        """By a few of them, from first to last."""
        able = [file for file in self._files if not file.fault]
        return look(self._content(file) for file in able[:: -(-len(able) // LOOKED_AT) or 1])

    def batches(self, plan: Plan, start: int = 0) -> Iterator[Batch]:
        """All pictures from the file `start` on."""
        for first in range(start, len(self._files), AT_ONCE):
            some = self._files[first : first + AT_ONCE]
            pairs = ((file, self._content(file)) for file in some)
            yield batch(pairs, plan, first + len(some), self.labelled)

    def _content(self, file: File) -> bytes | ImageError:
        """The bytes of a file, or what is wrong with it."""
        if file.fault:
            return b""
        try:
            return self._read(file)
        except ImageError as error:
            return error


def content(path: Path, most: int = MAX_BYTES) -> bytes:
    """The bytes of a file, of one with more than `most` only so many that this is known.

    Raises:
        ImageError: for what is no file or cannot be read, such as one that went meanwhile.
    """
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        with os.fdopen(handle, "rb") as file:
            if not stat.S_ISREG(os.fstat(handle).st_mode):
                raise ImageError("This is no file.")
            return file.read(most + 1)
    except OSError as error:
        raise ImageError(f"This file cannot be read ({error.strerror}).") from error


def look(contents: Iterable[bytes | ImageError]) -> tuple[int, int, int]:
    """Height, width and channels for pictures: the side nearest to theirs, grey if all of them are grey."""
    sides, channels = [], 1
    for content in contents:
        try:
            picture = uploads.read_upload(_given(content)).image
        except ImageError:
            continue
        sides.append(max(picture.size))
        red, green, blue = (np.asarray(band) for band in picture.split())
        if not (np.array_equal(red, green) and np.array_equal(red, blue)):
            channels = 3
    side = nearest_side(float(np.median(sides)) if sides else SIDES[-1])
    return side, side, channels


def batch(files: Iterable[tuple[File, bytes | ImageError]], plan: Plan, done: int, labelled: bool) -> Batch:
    """What becomes of files, each with its bytes or with what is wrong with it."""
    pixels: list[Bytes] = []
    used: list[File] = []
    lines = []
    for file, content in files:
        try:
            if file.fault:
                raise ImageError(file.fault)
            upload = uploads.read_upload(_given(content))
        except ImageError as error:
            lines.append(Line(file.name, False, _short(error)))
            continue
        pixels.append(shaped(upload.image, plan))
        used.append(file)
        lines.append(Line(file.name, True, " ".join(upload.notices)))
    labels = [plain(file.label or "") for file in used] if labelled else None
    stacked = np.stack(pixels) if pixels else np.empty((0, *plan.spec.shape), np.uint8)
    return Batch(done, stacked, [file.name for file in used], labels, lines)


def _given(content: bytes | ImageError) -> bytes:
    if isinstance(content, ImageError):
        raise content
    return content


def _short(error: ImageError) -> str:
    """What is wrong, without the advice that is the same for all files."""
    said, _, advice = str(error).partition("; please use ")
    return f"{said}." if advice else said


def shaped(picture: Image.Image, plan: Plan) -> Bytes:
    """The picture as an image (H, W, C) of the set."""
    if plan.fit == "crop":
        picture = _middle(picture, plan)
    fitted = resize.fit(picture, plan.spec).pixels
    return np.round(fitted * 255).astype(np.uint8)


def _middle(picture: Image.Image, plan: Plan) -> Image.Image:
    """The largest part from the middle of the picture that has the form of the images."""
    wide, high = resize.fitting(plan.spec.width, plan.spec.height, picture.width, picture.height)
    left, top = (picture.width - wide) // 2, (picture.height - high) // 2
    return picture.crop((left, top, left + wide, top + high))
