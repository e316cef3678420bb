"""Tables: CSV or Parquet with a column of file names and one of labels; Parquet may hold the pictures too.

Files lie where the table does, or in folders there. Needs PyArrow for Parquet, which comes with Streamlit.
"""

import csv
import io
import json
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path, PurePosixPath
from typing import Any

from vae.images.names import plain
from vae.images.own.manifest import OwnImagesError
from vae.images.own.plan import Batch, Plan
from vae.images.own.sources import pictures
from vae.images.own.sources.pictures import AT_ONCE, LOOKED_AT, File, Files

FILES = ("file", "file_name", "filename", "filepath", "path", "image", "image_path", "img")
LABELS = ("label", "labels", "class", "class_name", "category", "target", "y")
SUFFIXES = (".png", ".jpg", ".jpeg", ".webp", ".gif", ".bmp")
LONGEST_FIELD = 1_000_000  # characters of a field
MOST_BYTES = 256 * 2**20  # of a table among pictures
NO_LABEL = "It has no label in the table."

Row = tuple[str, str]  # name of a file and its label, "" without


@dataclass(frozen=True)
class Table:
    """What a table says of files.

    Arguments:
        rows: Their names and labels.
        notes: Sentences about what the user may not expect.
    """

    rows: Sequence[Row]
    notes: tuple[str, ...] = ()


def is_table(name: str) -> bool:
    """Whether a file of that name may be a table."""
    return name.lower().endswith((".csv", ".tsv", ".parquet"))


def table(name: str, content: bytes) -> Table:
    """The names of files in a table, with their labels; raises OwnImagesError where it has none."""
    if not name.lower().endswith(".parquet"):
        return _of_csv(name, content)
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        return _of_parquet(name, pq.ParquetFile(io.BytesIO(content)))
    except (pa.ArrowException, OSError) as error:
        raise _no_parquet(name) from error


def read_csv(path: Path) -> Files:
    """The pictures that a CSV file names, in its order."""
    return _listed(path, _of_csv(path.name, path.read_bytes()))


def _of_csv(name: str, content: bytes) -> Table:
    text = content.decode("utf-8-sig", "surrogateescape")
    try:
        found = list(csv.reader(io.StringIO(text, newline=""), _dialect(text[:65_536])))
    except csv.Error as error:
        raise OwnImagesError(f"{name} cannot be read as a table ({error}).") from error
    if len(found) < 2:
        raise OwnImagesError(f"{name} has no rows below the names of its columns.")
    first = [row for row in found[1:] if row][:1] or [[]]
    at, label_at = _columns(name, found[0], first[0])
    last = len(found[0]) if label_at is None else label_at
    rows = [(row[at], row[last] if len(row) > last else "") for row in found[1:] if len(row) > at]
    return Table(rows, _notes(name, found[0], at, label_at))


def _of_parquet(name: str, file: Any) -> Table:
    import pyarrow as pa

    found = file.read(columns=[each.name for each in file.schema_arrow if not pa.types.is_nested(each.type)])
    columns = [column.to_pylist() for column in found.columns]
    at, label_at = _columns(name, found.column_names, [column[0] for column in columns if column])
    labels = columns[label_at] if label_at is not None else [None] * len(found)
    rows = [
        (str(each or ""), "" if label is None else str(label))
        for each, label in zip(columns[at], labels, strict=True)
    ]
    return Table(rows, _notes(name, found.column_names, at, label_at))


def _no_parquet(name: str) -> OwnImagesError:
    return OwnImagesError(f"{name} is no Parquet file, or a damaged one.")


def parquet(path: Path) -> "Files | Pictures":
    """The pictures of a Parquet file, or those that it names."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        file = pq.ParquetFile(path)
        inner = next((each.name for each in file.schema_arrow if _holds_pictures(each.type)), None)
        names = file.schema_arrow.names
        if inner is not None:
            label = _named(names, LABELS)
            return Pictures(path, file, inner, label, _class_names(file.schema_arrow.metadata, label))
        return _listed(path, _of_parquet(path.name, file))
    except (pa.ArrowException, OSError) as error:
        raise _no_parquet(path.name) from error


class Pictures:
    """The pictures that lie within a Parquet file, a group of rows at a time."""

    def __init__(
        self, path: Path, file: Any, column: str, label: str | None, class_names: Sequence[str]
    ) -> None:
        self.words = f"the table {path.name}"
        status = path.stat()
        self.fingerprint = f"{path.name} {status.st_size} {status.st_mtime_ns}"
        self.labelled = label is not None
        names = file.schema_arrow.names
        at = names.index(column)
        self.notes = _notes(path.name, names, at, None if label is None else names.index(label))
        self._file, self._column, self._label, self._class_names = file, column, label, class_names

    def __len__(self) -> int:
        return int(self._file.metadata.num_rows)

    def look(self) -> tuple[int, int, int]:
        """As that of files, by the first of them."""
        return pictures.look(content for _, content in islice(self._rows(), LOOKED_AT))

    def batches(self, plan: Plan, start: int = 0) -> Iterator[Batch]:
        """All pictures from the row `start` on."""
        rows, done = islice(self._rows(), start, None), start
        while some := list(islice(rows, AT_ONCE)):
            done += len(some)
            yield pictures.batch(some, plan, done, self.labelled)

    def _rows(self) -> Iterator[tuple[File, bytes]]:
        columns = [self._column, *([self._label] if self._label else [])]
        batches = self._file.iter_batches(batch_size=AT_ONCE, columns=columns)
        rows = chain.from_iterable(each.to_pylist() for each in batches)
        for number, row in enumerate(rows):
            value = row[self._column]
            inside = value if isinstance(value, dict) else {"bytes": value}
            name = plain(str(inside.get("path") or f"row {number}"))
            label = row[self._label] if self._label else None
            fault = NO_LABEL if self._label and label is None else ""
            yield File(name, name, self._called(label), fault), inside.get("bytes") or b""

    def _called(self, label: Any) -> str | None:
        """A label by the name of its class, where the file has names for the numbers."""
        is_number = isinstance(label, int) and 0 <= label < len(self._class_names)
        return self._class_names[label] if is_number else None if label is None else str(label)


def _class_names(metadata: dict[bytes, bytes] | None, label: str | None) -> list[str]:
    """The names of the classes by label, as Hugging Face's `datasets` writes them beside the columns."""
    try:
        said = json.loads((metadata or {})[b"huggingface"])
        return [str(name) for name in said["info"]["features"][label]["names"]]
    except (KeyError, TypeError, ValueError):
        return []


def _holds_pictures(kind: Any) -> bool:
    import pyarrow as pa

    if pa.types.is_struct(kind):
        return any(kind.field(at).name == "bytes" for at in range(kind.num_fields))
    return bool(pa.types.is_binary(kind) or pa.types.is_large_binary(kind))


def _listed(path: Path, found: Table) -> Files:
    """Files of the folder of the table, with their labels."""
    if not any(_is_there(path.parent / name) for name, _ in found.rows):
        said = f"None of the {len(found.rows):,} files that {plain(path.name)} names is there"
        raise OwnImagesError(f"{said}: give the pictures with the table, in its folder or all in one ZIP.")
    has_labels = any(label for _, label in found.rows)
    files = []
    for name, label in found.rows:
        fault = _fault(path.parent, name) or (NO_LABEL if has_labels and not label else "")
        files.append(File(plain(name), name, label if has_labels else None, fault))
    return Files(
        f"the table {path.name}", files, lambda file: pictures.content(path.parent / file.key), found.notes
    )


def _is_there(path: Path) -> bool:
    with suppress(OSError, ValueError):  # a name that can be no file's
        return path.is_file()
    return False


def _fault(folder: Path, name: str) -> str:
    """Why the file of that name is not read; empty for one that is."""
    parts = PurePosixPath(name.replace("\\", "/"))
    if not name or parts.is_absolute() or ".." in parts.parts or "\0" in name:
        return "Its name leads out of the folder of the table."
    places = [folder.joinpath(*parts.parts[:depth]) for depth in range(1, len(parts.parts) + 1)]
    return "It is a link; links are not followed." if any(each.is_symlink() for each in places) else ""


def _columns(table: str, header: Sequence[str], first: Sequence[Any]) -> tuple[int, int | None]:
    """Which column has the names of files, and which the labels, if any."""
    names = list(header)
    is_file = [str(value).lower().endswith(SUFFIXES) for value in first]
    known = _named(names, FILES)
    at = (
        names.index(known)
        if known is not None
        else next((k for k, is_it in enumerate(is_file) if is_it), None)
    )
    if at is None:
        raise OwnImagesError(
            f"{table} has no column of file names: call it file; its columns are {', '.join(names)[:200]}."
        )
    label = _named(names, LABELS)
    if label is None and len(names) == 2:
        return at, 1 - at
    return at, None if label is None else names.index(label)


def _notes(table: str, names: Sequence[str], at: int, label_at: int | None) -> tuple[str, ...]:
    """That there are no classes, where one of the other columns may have been meant to say them."""
    others = [plain(name) for place, name in enumerate(names) if place != at]
    if label_at is not None or not others:
        return ()
    said = f"The table {plain(table)} has no column called {LABELS[0]}, so it says no classes"
    return (f"{said}: if {' or '.join(others)[:200]} does, call it {LABELS[0]} and read again.",)


def _named(names: Sequence[str], wanted: Sequence[str]) -> str | None:
    """The first of the columns that has one of these names, in the order of those."""
    lower = {name.strip().lower(): name for name in reversed(names)}
    return next((lower[each] for each in wanted if each in lower), None)


def _dialect(start: str) -> type[csv.Dialect]:
    csv.field_size_limit(LONGEST_FIELD)
    try:
        return csv.Sniffer().sniff(start, ",;\t")
    except csv.Error:
        return csv.excel
