"""A folder of pictures: its subfolders are the classes."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from vae.images.names import plain
from vae.images.own.pictures import File, Files
from vae.images.uploads import MAX_BYTES, ImageError

IGNORED = ("__MACOSX", "Thumbs.db", "desktop.ini")  # of other programs, beside those with a dot in front


def opened(path: Path) -> Files:
    """The pictures below a folder; links are never followed."""
    found = sorted(_files(path, ""))
    top = _top([name for name, _ in found])
    files = [_file(name, top, fault) for name, fault in found]
    return Files(f"the folder {path.name}", files, lambda file: _read(path / file.key))


def _files(path: Path, before: str) -> Iterator[tuple[str, str]]:
    """Names below a folder, relative to it, and what is wrong with those that are no files."""
    with os.scandir(path) as entries:
        for entry in entries:
            name = f"{before}{entry.name}"
            if entry.name.startswith(".") or entry.name in IGNORED:
                continue
            if entry.is_symlink():
                yield name, "This is a link; links are not followed."
            elif entry.is_dir(follow_symlinks=False):
                yield from _files(path / entry.name, f"{name}/")
            elif entry.is_file(follow_symlinks=False):
                yield name, ""
            else:
                yield name, "This is no file."


def _top(names: list[str]) -> str:
    """The folder, with a slash, in which the classes' folders are: empty, or the only one that there is."""
    top = ""
    while True:
        heads = {name[len(top) :].partition("/")[0::2] for name in names}
        folders = {head for head, rest in heads if rest}
        if len(folders) != 1 or any(not rest for _, rest in heads):
            return top
        top += f"{folders.pop()}/"


def _file(name: str, top: str, fault: str) -> File:
    inner, slash, _ = name[len(top) :].partition("/")
    return File(plain(name), name, inner if slash else None, fault)


def _read(path: Path) -> bytes:
    """The bytes of a file, of a large one only so many that it is known as too large."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        with os.fdopen(handle, "rb") as file:
            if not stat.S_ISREG(os.fstat(handle).st_mode):
                raise ImageError("This is no file.")
            return file.read(MAX_BYTES + 1)
    except OSError as error:
        raise ImageError(f"This file cannot be read ({error.strerror}).") from error
