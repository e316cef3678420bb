"""Safetensors files: read with bounds and checks, written atomically. No pickle, no PyTorch."""

import hashlib
import json
import math
import os
import secrets
import struct
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load as parse
from safetensors.numpy import save as serialise

from vae.errors import Unusable

Tensors = Mapping[str, NDArray[Any]]

MAX_HEADER_BYTES = 1_000_000
MOST_AXES = 8
BYTES = {"U8": 1, "U16": 2, "F16": 2, "F32": 4}  # of a number, by the names of types in the header
NO_TENSORS = "is not a safetensors file, or was cut short"
STALE_SECONDS = 3600.0  # after which a temporary belongs to a writer that was killed: a write takes seconds


class CheckpointError(Unusable):
    """A file of a model that cannot be used; the message names the file, the reason and the way out."""


@dataclass(frozen=True)
class Entry:
    """What the header says of a tensor."""

    dtype: str  # safetensors' name of the type
    shape: tuple[int, ...]

    @property
    def size(self) -> int:
        """In bytes; of types that are not read 0."""
        return BYTES.get(self.dtype, 0) * math.prod(self.shape)


@dataclass(frozen=True)
class TensorFile:
    """A file whose header has been read, and nothing else yet.

    Arguments:
        path: Where it is.
        entries: What it holds, by name.
        metadata: What it says about itself.
        way_out: A sentence that tells what to do about a file that cannot be used.
    """

    path: Path
    entries: Mapping[str, Entry]
    metadata: Mapping[str, Any]
    way_out: str
    _header: bytes
    _file: BinaryIO

    def refusal(self, reason: str) -> CheckpointError:
        """What to raise where the file cannot be used; the reason goes on after the file's name."""
        return _refusal(self.path, reason, self.way_out)

    def tensors(self) -> Tensors:
        """All tensors; check the entries before, they decide how much is read.

        Raises:
            CheckpointError: for other types than `BYTES` has, and for a damaged file.
        """
        for name, entry in self.entries.items():
            if entry.dtype not in BYTES:
                raise self.refusal(f"has a tensor {name} of type {entry.dtype}; {', '.join(BYTES)} are read")
        self._check_size()
        try:
            return parse(self._header + self._file.read())
        except SafetensorError as error:
            raise self.refusal(f"{NO_TENSORS} ({error})") from error

    def _check_size(self) -> None:
        """The file must have the bytes that its header describes, and no more."""
        said = len(self._header) + sum(entry.size for entry in self.entries.values())
        size = os.fstat(self._file.fileno()).st_size
        if size < said:
            raise self.refusal(NO_TENSORS)
        if size > said:
            raise self.refusal(f"is too large: {size:,} bytes, its header describes {said:,}")


@contextmanager
def opened(path: Path, way_out: str) -> Iterator[TensorFile]:
    """The file at the path, its header read and checked.

    Raises:
        CheckpointError: naming the file and what is wrong with it.
    """
    try:
        file = path.open("rb")
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        raise unreadable(path, error, way_out) from error
    with file:
        header = _header_bytes(path, file, way_out)
        yield TensorFile(path, *_parsed(path, header[8:], way_out), way_out, header, file)


def unreadable(path: Path, error: OSError | ValueError, way_out: str) -> CheckpointError:
    """What to raise where a file is not there, or may not be read."""
    reason = error.strerror if isinstance(error, OSError) else error
    return CheckpointError(f"No readable file at {path}: {reason}. {way_out}")


def packed(tensors: Tensors, metadata: Mapping[str, str]) -> bytes:
    """The content of a file."""
    contiguous = {name: np.array(tensor, order="C") for name, tensor in tensors.items()}
    return serialise(contiguous, dict(metadata))


def tensor_hash(tensors: Tensors) -> str:
    """sha256 over names, types, shapes and bytes of the tensors, in the order of their names."""
    digest = hashlib.sha256()
    for name in sorted(tensors):
        tensor = np.asarray(tensors[name])
        digest.update(f"{name} {tensor.dtype} {tensor.shape}\n".encode())
        digest.update(tensor.tobytes())
    return digest.hexdigest()


def write_atomically(path: Path, data: bytes) -> None:
    """Write beside the target, flush to disk, rename: at any moment the old file or the new one stands there.

    Each writer has a temporary of its own, so that several at once do not meet; the last to finish stays. A
    temporary ends in `.tmp` and is never read. One that could not be finished, on a full disk for instance,
    is removed; one that a killed process left is removed by a write an hour later.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    remove_stale(path)
    temporary = path.with_name(f"{path.name}.{secrets.token_hex(4)}.tmp")
    try:
        with temporary.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def remove_stale(path: Path) -> None:
    """Remove what killed writers of the path left behind, as far as that is possible."""
    oldest = time.time() - STALE_SECONDS
    with suppress(OSError):  # another writer removed it first, or the folder cannot be listed
        for left in path.parent.iterdir():
            is_own = left.name.startswith(f"{path.name}.") and left.suffix == ".tmp"
            if is_own and left.stat().st_mtime < oldest:
                left.unlink()


def _header_bytes(path: Path, file: BinaryIO, way_out: str) -> bytes:
    """The header with the eight bytes that give its length."""
    start = file.read(8)
    length = struct.unpack("<Q", start)[0] if len(start) == 8 else 0
    if length > MAX_HEADER_BYTES:
        reason = f"has a header of {length:,} bytes, at most {MAX_HEADER_BYTES:,} are read"
        raise _refusal(path, reason, way_out)
    header = file.read(length)
    if length < 2 or len(header) < length:
        raise _refusal(path, NO_TENSORS, way_out)
    return start + header


def _parsed(path: Path, header: bytes, way_out: str) -> tuple[dict[str, Entry], Mapping[str, Any]]:
    """The tensors and the metadata of which a header tells."""
    try:
        said = json.loads(header)
        metadata = said.pop("__metadata__", None)
        entries = {name: _entry(value) for name, value in said.items()}
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        reason = "is not a safetensors file: its header cannot be read"
        raise _refusal(path, reason, way_out) from error
    return entries, metadata if isinstance(metadata, dict) else {}


def _refusal(path: Path, reason: str, way_out: str) -> CheckpointError:
    return CheckpointError(f"{path.name} {reason}. {way_out}")


def _entry(said: Mapping[str, Any]) -> Entry:
    shape, dtype = said["shape"], said["dtype"]
    sizes = isinstance(shape, list) and len(shape) <= MOST_AXES and all(_is_size(axis) for axis in shape)
    if not (sizes and isinstance(dtype, str)):
        raise ValueError("a tensor without type and shape")
    return Entry(dtype[:20], tuple(shape))


def _is_size(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**40
