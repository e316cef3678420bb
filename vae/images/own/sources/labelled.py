"""Which class each file of a folder or an archive is of: as the tables among them say, else by its folder."""

import posixpath
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from unicodedata import normalize

from vae.images.names import plain
from vae.images.own.manifest import OwnImagesError
from vae.images.own.sources import layout, tables
from vae.images.own.sources.pictures import File
from vae.images.own.sources.tables import NO_LABEL, Row, Table
from vae.images.uploads import ImageError

Found = tuple[str, str, str]  # a file's name, its key for who reads it, why it is left out
MISSING = "The table names it, but there is no such file."
UNNAMED = "It is not in the table."


@dataclass(frozen=True)
class Labelled:
    """Files with their classes.

    Arguments:
        files: All of them, and those that a table names in vain.
        tables: Those that say the classes, in words; "" where the folders do.
        notes: Sentences about what the user may not expect of the tables.
    """

    files: list[File]
    tables: str = ""
    notes: tuple[str, ...] = ()


def in_classes(found: Sequence[Found], content: Callable[[str], bytes]) -> Labelled:
    """Files with their classes, as the tables among them say, else by their folders.

    Arguments:
        found: All files, in their order.
        content: The bytes of the file of a key; raises ImageError.
    """
    labels: dict[str, str] = {}
    missing: list[File] = []
    used = []
    notes: list[str] = []
    for name, key, fault in found:
        if fault or not tables.is_table(name):
            continue
        table = _table(name, key, content)
        places = _places(name, table.rows, found)
        notes += table.notes if places else ()
        if any(label and file in places for file, label in table.rows):
            used.append(name)
            labels |= {places[file]: label for file, label in table.rows if file in places}
            missing += [
                File(plain(file), file, None, MISSING) for file, _ in table.rows if file not in places
            ]
    if not used:
        return Labelled(layout.in_classes(found), notes=tuple(notes))
    files = [_named(each, labels) for each in found if each[0] not in used]
    return Labelled([*files, *missing], f" with the table {plain(', '.join(used))}", tuple(notes))


def _table(name: str, key: str, content: Callable[[str], bytes]) -> Table:
    """What a table says; nothing where it cannot be read, or says nothing of files."""
    try:
        return tables.table(name, content(key))
    except (ImageError, OwnImagesError):
        return Table(())


def _places(table: str, rows: Sequence[Row], found: Sequence[Found]) -> Mapping[str, str]:
    """The file of each name in a table: relative to the table, or the only one below it that is called so."""
    folder = posixpath.dirname(table)
    below = [name for name, _, _ in found if name.startswith(f"{folder}/" if folder else "")]
    known = {_same(name): name for name, _, _ in found}
    often = Counter(posixpath.basename(name) for name in below)
    bare = {_same(base): name for name in below if often[base := posixpath.basename(name)] == 1}
    places = {}
    for name, _ in rows:
        path = _same(name.replace("\\", "/"))
        place = known.get(posixpath.normpath(posixpath.join(_same(folder), path))) or bare.get(path)
        if place is not None:
            places[name] = place
    return places


def _same(name: str) -> str:
    """A name in the one of its spellings by which it is found: macOS writes ü as two characters."""
    return normalize("NFC", name)


def _named(found: Found, labels: Mapping[str, str]) -> File:
    name, key, fault = found
    label = labels.get(name)
    said = fault or (UNNAMED if label is None else "" if label else NO_LABEL)
    return File(plain(name), key, label or None, said)
