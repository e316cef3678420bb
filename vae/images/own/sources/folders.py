"""A folder of pictures: its subfolders are the classes."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from vae.images.own.sources import layout
from vae.images.own.sources.pictures import Files
from vae.images.uploads import MAX_BYTES, ImageError

MOST_DEEP = 32  # folders in folders


def opened(path: Path) -> Files:
    """The pictures below a folder, in the order of their names; links are never followed."""
    files = layout.in_classes([(name, name, fault) for name, fault in sorted(_files(path, ""))])
    return Files(f"the folder {path.name}", files, lambda file: read(path / file.key))


def _files(path: Path, before: str) -> Iterator[tuple[str, str]]:
    """Names below a folder, relative to it, and what is wrong with those that are not read."""
    try:
        entries = os.scandir(path)
    except OSError as error:
        yield before.rstrip("/") or path.name, f"This folder cannot be read ({error.strerror})."
        return
    with entries:
        for entry in entries:
            name = f"{before}{entry.name}"
            if layout.is_ignored(entry.name):
                continue
            if entry.is_symlink():
                yield name, layout.LINK
            elif entry.is_dir(follow_symlinks=False) and name.count("/") < MOST_DEEP:
                yield from _files(path / entry.name, f"{name}/")
            else:
                yield name, "" if entry.is_file(follow_symlinks=False) else "This is no file."


def read(path: Path) -> bytes:
    """The bytes of a file, of a large one only so many that it is known as too large.

    Raises:
        ImageError: for what is no file or cannot be read, such as one that went meanwhile.
    """
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        with os.fdopen(handle, "rb") as file:
            if not stat.S_ISREG(os.fstat(handle).st_mode):
                raise ImageError("This is no file.")
            return file.read(MAX_BYTES + 1)
    except OSError as error:
        raise ImageError(f"This file cannot be read ({error.strerror}).") from error
