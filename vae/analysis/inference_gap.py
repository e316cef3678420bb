"""The amortisation gap of a model: what a search for each image gains over the encoder, measured and kept.

`python -m vae.gap` measures it and writes `assets/inference/<model>.json`. Nats per image.
"""

import json
import math
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from vae.analysis import measurements
from vae.assets import ASSETS
from vae.images import sets
from vae.latent.posterior_search import STEPS, Search, Tell, search
from vae.model.catalogue import model_path
from vae.model.checkpoint import load as load_checkpoint
from vae.model.checkpoint import write_atomically
from vae.model.numpy_vae import NumpyModel

FOLDER = ASSETS / "inference"


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


BATCH, IMAGES = 50, 1000  # images at a time, and of the mean
STATES = ("mu", "log_var", "elbo", "elbo_error")


def measure(
    model: NumpyModel,
    images: ArrayLike,
    steps: int = STEPS,
    seed: int = 0,
    on_progress: Tell = lambda share: None,
) -> Search:
    """Only the first and the last state of the search, for many images (B, 28, 28).

    `on_progress` gets the share done, in [0, 1], after each batch.
    """
    parts = []
    batches = np.array_split(np.asarray(images, np.float32), math.ceil(len(np.asarray(images)) / BATCH))
    for k, batch in enumerate(batches):
        parts.append(search(model, batch, steps, kept=2, seed=seed + k))
        on_progress((k + 1) / len(batches))
    joined = {name: np.concatenate([getattr(part, name) for part in parts], axis=1) for name in STATES}
    return Search(parts[0].steps, **joined, gain_error=np.concatenate([part.gain_error for part in parts]))


def gap(
    name: str,
    count: int = IMAGES,
    steps: int = STEPS,
    seed: int = 0,
    on_progress: Tell = lambda share: None,
) -> Amortisation:
    """The amortisation gap of a shipped model over the first `count` test images of its data set.

    Raises:
        CheckpointError: if there is no such model.
        DataError: if its data set is not here.
        ValueError: if it is an autoencoder.
    """
    read = load_checkpoint(model_path(name))
    model = NumpyModel(read.description.config, read.weights)
    images = sets.load(read.description.dataset, "test").floats(slice(count))
    found = measure(model, images, steps, seed, on_progress)
    return Amortisation(
        fingerprint=read.fingerprint,
        command=f"python -m vae.gap {name} --images {count} --steps {steps} --seed {seed}",
        data=f"first {len(images):,} test images of {read.description.dataset}",
        elbo=float(found.elbo[0].mean(dtype=np.float64)),
        gains=tuple(round(float(gain), 2) for gain in found.gain),
    )


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
    return measurements.read(folder / f"{name}.json", fingerprint, _parse, f"python -m vae.gap {name}")
