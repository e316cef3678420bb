"""The amortisation gap of a model: what a search for each image gains over the encoder, measured and kept.

`python -m vae.refine` measures it and writes `assets/inference/<model>.json`. Nats per image.
"""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from vae import measurements
from vae.checkpoint import write_atomically

FOLDER = Path(__file__).parents[1] / "assets" / "inference"


@dataclass(frozen=True)
class Amortisation:
    """Gains of the ELBO by a search for each of N images, and how they were measured."""

    fingerprint: str  # of the model
    command: str
    data: str  # the images, in words
    elbo: float  # mean over the images of the encoder's q
    gains: tuple[float, ...]  # (N,), to 0.01 nats

    @property
    def mean(self) -> float:
        """Mean gain: the amortisation gap."""
        return float(np.mean(self.gains))

    @property
    def error(self) -> float:
        """Standard error of the mean over the images."""
        return float(np.std(self.gains, ddof=1) / np.sqrt(len(self.gains)))


def save(name: str, measured: Amortisation, folder: Path = FOLDER) -> Path:
    """Write the measurement of the model of that name; returns the file."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.json"
    write_atomically(path, to_json(measured).encode())
    return path


def to_json(measured: Amortisation) -> str:
    """The measurement as JSON."""
    return json.dumps(asdict(measured)) + "\n"


def from_json(text: str | bytes) -> Amortisation:
    """The measurement in JSON.

    Raises:
        ValueError, TypeError, KeyError: if it is none.
    """
    return _parse(json.loads(text))


def _parse(said: dict[str, Any]) -> Amortisation:
    measured = Amortisation(**said | {"gains": tuple(map(float, said["gains"]))})
    if not (np.isfinite([measured.elbo, *measured.gains]).all() and len(measured.gains) > 1):
        raise ValueError("a measurement needs two finite gains at least")
    return measured


def load(name: str, fingerprint: str, folder: Path = FOLDER) -> Amortisation | None:
    """The measurement of the model with these tensors, None where there is none.

    Raises:
        CheckpointError: if the file is damaged.
    """
    return measurements.read(folder / f"{name}.json", fingerprint, _parse, f"python -m vae.refine {name}")
