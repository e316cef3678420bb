"""Self-describing checkpoints: safetensors with validated metadata, written atomically. No pickle."""

import hashlib
import json
import os
import secrets
import struct
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load as parse
from safetensors.numpy import save as serialise

from vae.images.sets import NAMES as DATASETS
from vae.model.config import MNIST_LIKE, ModelConfig, tensor_shapes

Weights = Mapping[str, NDArray[Any]]

FORMAT, VERSION = "vae-explorer", "1"
MAX_BYTES = 200_000_000  # the largest model of `ModelConfig`'s bounds takes 182 million in float32
MAX_HEADER_BYTES = 1_000_000
STALE_SECONDS = 3600.0  # after which a temporary belongs to a writer that was killed: a write takes seconds
TYPES = ("F16", "F32")  # safetensors' names of float16 and float32
NO_HEADER = "is not a safetensors file: its header cannot be read"
WAY_OUT = "Restore the file, or train a model with `python -m vae.train`."


class CheckpointError(Exception):
    """A checkpoint that cannot be used; the message names the file, the reason and the way out."""


@dataclass(frozen=True)
class Description:
    """What a checkpoint says about itself."""

    config: ModelConfig
    dataset: str
    command: str
    seed: int
    metrics: dict[str, Any] = field(default_factory=dict)  # test metrics, see `vae.training.evaluation`
    value_range: tuple[float, float] = (0.0, 1.0)


@dataclass(frozen=True)
class Checkpoint:
    """A model's weights read from a file, as they are stored, its description and their fingerprint."""

    weights: Weights
    description: Description
    fingerprint: str


def save(path: Path, weights: Weights, description: Description, dtype: type = np.float32) -> None:
    """Write the weights as dtype, with the description, atomically (see `write_atomically`)."""
    write_atomically(path, packed(weights, description, dtype))


def packed(weights: Weights, description: Description, dtype: type = np.float32) -> bytes:
    """The content of a checkpoint: the weights as dtype, with the description."""
    stored: dict[str, NDArray[Any]] = {
        name: np.array(weight, dtype, order="C") for name, weight in weights.items()
    }
    said = asdict(description)
    metadata = {name: json.dumps(value) for name, value in said.items()}
    metadata |= {"format": FORMAT, "version": VERSION, "sha256": tensor_hash(stored)}
    return serialise(stored, metadata)


def load(path: Path) -> Checkpoint:
    """Read and validate a checkpoint.

    Raises:
        CheckpointError: naming the file and what is wrong with it.
    """
    data = read_bounded(path)
    header = _header(path, data)
    metadata = _metadata(path, header)
    description = _description(path, metadata)
    _check_tensors(path, header, tensor_shapes(description.config))
    weights = _weights(path, data)
    if tensor_hash(weights) != metadata.get("sha256"):
        raise CheckpointError(f"{path.name} is damaged: its tensors do not match its sha256. {WAY_OUT}")
    return Checkpoint(weights, description, fingerprint(weights, description))


def describe(path: Path) -> Description:
    """What a checkpoint says about itself; its tensors are not looked at, which takes 100 times as long.

    Raises:
        CheckpointError: naming the file and what is wrong with it.
    """
    return _description(path, _metadata(path, _header(path, read_bounded(path))))


def read_bounded(path: Path) -> bytes:
    """The bytes of a file whose size and header length are checked before it is read whole."""
    most = f"at most {MAX_BYTES:,} with a header of at most {MAX_HEADER_BYTES:,} are read"
    try:
        size = path.stat().st_size
        if size > MAX_BYTES:
            raise CheckpointError(f"{path.name} is too large: {size:,} bytes, {most}. {WAY_OUT}")
        data = path.read_bytes()
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        raise unreadable(path, error) from error
    header = struct.unpack("<Q", data[:8])[0] if len(data) >= 8 else 0
    if header > MAX_HEADER_BYTES:
        raise CheckpointError(f"{path.name} has a header of {header:,} bytes, {most}. {WAY_OUT}")
    if not 2 <= header <= len(data) - 8:
        raise CheckpointError(f"{path.name} is not a safetensors file, or was cut short. {WAY_OUT}")
    return data


def fingerprint(weights: Weights, description: Description) -> str:
    """sha256 over all that decides what a model does: configuration, data set and stored weights.

    It keys whatever is kept of a model, and binds codes and measurements to it.
    """
    config = asdict(description.config)
    if description.config.image_spec == MNIST_LIKE:  # which version 1, whose fingerprints stay, did not name
        del config["image_spec"]
    decides = config, description.dataset, tensor_hash(weights)
    return hashlib.sha256(json.dumps(decides, sort_keys=True).encode()).hexdigest()


def tensor_hash(weights: Weights) -> str:
    """sha256 over names, types, shapes and bytes of the weights, in the order of their names."""
    digest = hashlib.sha256()
    for name in sorted(weights):
        weight = np.asarray(weights[name])
        digest.update(f"{name} {weight.dtype} {weight.shape}\n".encode())
        digest.update(weight.tobytes())
    return digest.hexdigest()


def write_atomically(path: Path, data: bytes) -> None:
    """Write beside the target, flush to disk, rename: at any moment the old file or the new one stands there.

    Each writer has a temporary of its own, so that several at once do not meet; the last to finish stays. A
    temporary ends in `.tmp` and is never read. One that could not be finished, on a full disk for instance,
    is removed; one that a killed process left is removed by a write an hour later.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    _remove_stale(path)
    temporary = path.with_name(f"{path.name}.{secrets.token_hex(4)}.tmp")
    try:
        with temporary.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def _remove_stale(path: Path) -> None:
    """Remove what killed writers of the path left behind, as far as that is possible."""
    oldest = time.time() - STALE_SECONDS
    with suppress(OSError):  # another writer removed it first, or the folder cannot be listed
        for left in path.parent.iterdir():
            is_own = left.name.startswith(f"{path.name}.") and left.suffix == ".tmp"
            if is_own and left.stat().st_mtime < oldest:
                left.unlink()


def unreadable(path: Path, error: OSError | ValueError) -> CheckpointError:
    """What to raise where a file is not there, or may not be read."""
    reason = error.strerror if isinstance(error, OSError) else error
    return CheckpointError(f"No readable checkpoint at {path}: {reason}. {WAY_OUT}")


def _header(path: Path, data: bytes) -> dict[str, Any]:
    length = struct.unpack("<Q", data[:8])[0]
    try:
        header = json.loads(data[8 : 8 + length])
    except (ValueError, RecursionError) as error:
        raise CheckpointError(f"{path.name} {NO_HEADER}. {WAY_OUT}") from error
    if not isinstance(header, dict):
        raise CheckpointError(f"{path.name} {NO_HEADER}. {WAY_OUT}")
    return header


def _metadata(path: Path, header: Mapping[str, Any]) -> dict[str, str]:
    metadata = header.get("__metadata__")
    if not isinstance(metadata, dict) or metadata.get("format") != FORMAT:
        raise CheckpointError(f"{path.name} is not a checkpoint of this project (unknown format). {WAY_OUT}")
    if metadata.get("version") != VERSION:
        said = str(metadata.get("version"))[:20]
        reason = f"{path.name} has version {said!r}, this program reads version {VERSION}"
        raise CheckpointError(f"{reason}. {WAY_OUT}")
    return metadata


def _description(path: Path, metadata: Mapping[str, str]) -> Description:
    try:
        said = {f.name: json.loads(metadata[f.name]) for f in fields(Description)}
        config = said.pop("config")
        config["hidden"] = tuple(config["hidden"])
        said["value_range"] = tuple(said["value_range"])
        description = Description(config=ModelConfig(**config), **said)
        _check_description(description)
    except (KeyError, TypeError, ValueError, RecursionError) as error:
        missing = "missing " if isinstance(error, KeyError) else ""
        reason = f"{path.name} describes no model that can be built: {missing}{str(error)[:200]}"
        raise CheckpointError(f"{reason}. {WAY_OUT}") from error
    if description.dataset not in DATASETS:
        name, known = description.dataset[:60], ", ".join(DATASETS)
        reason = f"{path.name} was trained on the data set {name!r}, which is unknown here; known: {known}"
        raise CheckpointError(f"{reason}. {WAY_OUT}")
    return description


def _check_description(said: Description) -> None:
    kinds = {"dataset": str, "command": str, "seed": int, "metrics": dict}
    for name, kind in kinds.items():
        if not isinstance(getattr(said, name), kind):
            raise TypeError(f"{name} is not of type {kind.__name__}")
    if said.value_range != (0.0, 1.0):
        raise ValueError(f"value_range must be [0, 1], got {said.value_range}")


def _check_tensors(path: Path, header: Mapping[str, Any], expected: Mapping[str, tuple[int, ...]]) -> None:
    """Names, shapes and types, as the header gives them, before any tensor is read."""
    entries = {name: entry for name, entry in header.items() if name != "__metadata__"}
    if entries.keys() != expected.keys():
        odd = ", ".join(sorted(entries.keys() ^ expected.keys())[:4])[:200]
        raise CheckpointError(f"{path.name}: missing or unknown tensors ({odd}). {WAY_OUT}")
    for name, shape in expected.items():
        entry = entries[name] if isinstance(entries[name], dict) else {}
        said, kind = entry.get("shape"), str(entry.get("dtype"))[:20]
        if said != list(shape):
            got = tuple(said) if isinstance(said, list) else said
            raise CheckpointError(f"{path.name}: {name} has shape {str(got)[:60]}, not {shape}. {WAY_OUT}")
        if kind not in TYPES:
            reason = f"{path.name}: {name} has type {kind}, {' and '.join(TYPES)} are read"
            raise CheckpointError(f"{reason}. {WAY_OUT}")


def _weights(path: Path, data: bytes) -> Weights:
    try:
        weights = parse(data)
    except SafetensorError as error:
        reason = f"{path.name} is not a safetensors file, or was cut short ({error})"
        raise CheckpointError(f"{reason}. {WAY_OUT}") from error
    for name, weight in weights.items():
        if not np.isfinite(weight).all():
            raise CheckpointError(f"{path.name}: {name} holds values that are not finite. {WAY_OUT}")
    return weights
