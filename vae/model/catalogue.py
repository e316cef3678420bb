"""How a model's file is opened, by its suffix: the one place that a new kind of model is entered."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from vae.images import sets
from vae.images.dataset import Dataset
from vae.model import checkpoint
from vae.model.config import ModelConfig
from vae.model.numpy_vae import NumpyModel
from vae.model.protocol import Model


@dataclass(frozen=True)
class Opened:
    """What a file holds."""

    model: Model
    dataset: Dataset
    command: str = ""
    metrics: dict[str, Any] = field(default_factory=dict)
    config: ModelConfig | None = None


def open_model(path: Path) -> Opened:
    """The model in a file.

    Raises:
        CheckpointError: if the file cannot be used.
    """
    return OPENERS[path.suffix](path)


def _checkpoint(path: Path) -> Opened:
    read = checkpoint.load(path)
    said = read.description
    model = NumpyModel(said.config, read.weights, read.fingerprint)
    return Opened(model, sets.dataset(said.dataset), said.command, said.metrics, said.config)


OPENERS: dict[str, Callable[[Path], Opened]] = {".safetensors": _checkpoint}
