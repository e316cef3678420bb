"""Self-describing checkpoints: safetensors with validated metadata, written atomically. No pickle."""

import hashlib
import json
import os
import struct
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load as parse
from safetensors.torch import save as serialise
from torch import Tensor

from vae.models import VAE, ModelConfig

FORMAT, VERSION = "vae-explorer", "1"
MAX_BYTES = 200_000_000  # the largest model of `ModelConfig`'s bounds takes 182 million in float32
MAX_HEADER_BYTES = 1_000_000
MODELS = Path(__file__).parent.parent / "assets" / "models"
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
    metrics: dict[str, Any] = field(default_factory=dict)  # test metrics, see `vae.evaluate`
    value_range: tuple[float, float] = (0.0, 1.0)


@dataclass(frozen=True)
class Checkpoint:
    """A model read from a file, its description and the sha256 of its tensors."""

    model: VAE
    description: Description
    fingerprint: str


def model_names(folder: Path = MODELS) -> tuple[str, ...]:
    """Names of the models in the folder, sorted."""
    files = folder.glob("*.safetensors")
    return tuple(sorted(file.stem for file in files if not file.stem.endswith(".codes")))


def model_path(name_or_path: str | Path) -> Path:
    """The file of a shipped model's name, or the path itself when it ends in `.safetensors`."""
    path = Path(name_or_path)
    if path.suffix == ".safetensors":
        return path
    if str(name_or_path) not in model_names():
        known = ", ".join(model_names()) or "none yet"
        said = str(name_or_path)[:60]
        raise CheckpointError(f"There is no model called {said!r}; shipped models: {known}.")
    return MODELS / f"{name_or_path}.safetensors"


def save(path: Path, model: VAE, description: Description, dtype: torch.dtype = torch.float32) -> None:
    """Write the model's tensors as dtype, with the description, atomically (see `write_atomically`)."""
    tensors = {name: t.detach().cpu().to(dtype).contiguous() for name, t in model.state_dict().items()}
    said = asdict(description)
    metadata = {name: json.dumps(value) for name, value in said.items()}
    metadata |= {"format": FORMAT, "version": VERSION, "sha256": fingerprint(tensors)}
    write_atomically(path, serialise(tensors, metadata))


def load(path: Path) -> Checkpoint:
    """Read and validate a checkpoint; the model is float32, on the CPU, in evaluation mode.

    Raises:
        CheckpointError: naming the file and what is wrong with it.
    """
    data = read_bounded(path)
    metadata = _metadata(path, data)
    description = _description(path, metadata)
    tensors = parse_tensors(path, data)
    model = _empty_model(description.config)
    _check_tensors(path, tensors, model.state_dict())
    digest = fingerprint(tensors)
    if digest != metadata.get("sha256"):
        raise CheckpointError(f"{path.name} is damaged: its tensors do not match its sha256. {WAY_OUT}")
    model.load_state_dict({name: tensor.float() for name, tensor in tensors.items()}, assign=True)
    return Checkpoint(model.eval(), description, digest)


def read_bounded(path: Path) -> bytes:
    """The bytes of a file whose size and header length are checked before it is read whole."""
    most = f"at most {MAX_BYTES:,} with a header of at most {MAX_HEADER_BYTES:,} are read"
    try:
        size = path.stat().st_size
        if size > MAX_BYTES:
            raise CheckpointError(f"{path.name} is too large: {size:,} bytes, {most}. {WAY_OUT}")
        data = path.read_bytes()
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        reason = error.strerror if isinstance(error, OSError) else error
        raise CheckpointError(f"No readable checkpoint at {path}: {reason}. {WAY_OUT}") from error
    header = struct.unpack("<Q", data[:8])[0] if len(data) >= 8 else 0
    if header > MAX_HEADER_BYTES:
        raise CheckpointError(f"{path.name} has a header of {header:,} bytes, {most}. {WAY_OUT}")
    if not 2 <= header <= len(data) - 8:
        raise CheckpointError(f"{path.name} is not a safetensors file, or was cut short. {WAY_OUT}")
    return data


def parse_tensors(path: Path, data: bytes) -> dict[str, Tensor]:
    """The tensors of a safetensors file."""
    try:
        return parse(data)
    except (SafetensorError, KeyError) as error:  # KeyError: a type that torch has no name for
        reason = f"{path.name} is not a safetensors file, or was cut short ({error})"
        raise CheckpointError(f"{reason}. {WAY_OUT}") from error


def fingerprint(tensors: Mapping[str, Tensor]) -> str:
    """sha256 over names, types, shapes and bytes of the tensors, in the order of their names."""
    digest = hashlib.sha256()
    for name in sorted(tensors):
        tensor = tensors[name].contiguous()
        digest.update(f"{name} {tensor.dtype} {tuple(tensor.shape)}\n".encode())
        digest.update(tensor.view(-1).view(torch.uint8).numpy().tobytes())
    return digest.hexdigest()


def write_atomically(path: Path, data: bytes) -> None:
    """Write beside the target, flush to disk, rename: at any moment the old file or the new one stands there.

    A temporary left behind by a killed process ends in `.tmp`, is never read and is overwritten by the next
    write; one that could not be finished, on a full disk for instance, is removed.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(path.name + ".tmp")
    try:
        with temporary.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def _metadata(path: Path, data: bytes) -> dict[str, str]:
    header = struct.unpack("<Q", data[:8])[0]
    try:
        metadata = json.loads(data[8 : 8 + header]).get("__metadata__", {})
    except (ValueError, AttributeError, RecursionError) as error:
        reason = f"{path.name} is not a safetensors file: its header cannot be read"
        raise CheckpointError(f"{reason}. {WAY_OUT}") from error
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
    return description


def _check_description(said: Description) -> None:
    kinds = {"dataset": str, "command": str, "seed": int, "metrics": dict}
    for name, kind in kinds.items():
        if not isinstance(getattr(said, name), kind):
            raise TypeError(f"{name} is not of type {kind.__name__}")
    if said.value_range != (0.0, 1.0):
        raise ValueError(f"value_range must be [0, 1], got {said.value_range}")


def _empty_model(config: ModelConfig) -> VAE:
    with torch.device("meta"):
        return VAE(config)


def _check_tensors(path: Path, tensors: Mapping[str, Tensor], expected: Mapping[str, Tensor]) -> None:
    if tensors.keys() != expected.keys():
        odd = ", ".join(sorted(tensors.keys() ^ expected.keys())[:4])[:200]
        raise CheckpointError(f"{path.name}: missing or unknown tensors ({odd}). {WAY_OUT}")
    for name, tensor in tensors.items():
        if tensor.shape != expected[name].shape:
            wanted, got = tuple(expected[name].shape), tuple(tensor.shape)
            raise CheckpointError(f"{path.name}: {name} has shape {got}, not {wanted}. {WAY_OUT}")
        if tensor.dtype not in (torch.float16, torch.float32):
            reason = f"{path.name}: {name} has type {tensor.dtype}, float16 and float32 are read"
            raise CheckpointError(f"{reason}. {WAY_OUT}")
        if not tensor.isfinite().all():
            raise CheckpointError(f"{path.name}: {name} holds values that are not finite. {WAY_OUT}")
