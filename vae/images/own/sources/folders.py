"""A folder of pictures: a table in it has their classes, or its subfolders are the classes."""

import os
from collections.abc import Iterator
from pathlib import Path

from vae.images.own.sources import labelled, layout, tables
from vae.images.own.sources.pictures import Files, content

MOST_DEEP = 32  # folders in folders


def opened(path: Path) -> Files:
    """The pictures below a folder, in the order of their names; links are never followed."""
    found = [(name, name, fault) for name, fault in sorted(_files(path, ""))]
    said = labelled.in_classes(found, lambda key: content(path / key, tables.MOST_BYTES))
    words = f"the folder {path.name}{said.tables}"
    return Files(words, said.files, lambda file: content(path / file.key), said.notes)


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
