"""What a study found, in one small file: numbers with their command, seed and data, and arrays.

A study trains a few small models offline, `python -m vae.study NAME`; the pages draw what it wrote.
"""

import io
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from vae.assets import ASSETS
from vae.model.tensor_file import CheckpointError, write_atomically

FOLDER = ASSETS / "studies"
SAID = "said"  # the entry of the file that holds the numbers, JSON

Name = Literal[
    "tanh-256",
    "autoencoders",
    "pixel-variance",
    "beta",
    "conditional",
    "semi-supervised",
    "asymmetric",
    "training-step",
    "training-watched",
    "strong-decoder",
    "path-seeds",
    "linear-code",
    "overfitting",
    "critic",
    "four-points",
    "eight-schools",
]
NAMES: tuple[Name, ...] = get_args(Name)


@dataclass(frozen=True)
class Study:
    """The result of a study.

    Arguments:
        name: Its name in the command and the file.
        said: Numbers, ready for JSON; `command`, `seed`, `data` and `seconds` say where they come from.
        arrays: Images as bytes (..., H, W), codes and labels.
    """

    name: Name
    said: dict[str, Any]
    arrays: dict[str, NDArray[Any]]

    def images(self, key: str) -> NDArray[np.float32]:
        """Images (..., H, W, 1) in [0, 1]."""
        return self.arrays[key][..., None].astype(np.float32) / np.float32(255)


def levels(images: NDArray[Any]) -> NDArray[np.uint8]:
    """Images in [0, 1] as bytes, as they are kept."""
    return np.rint(255 * np.clip(images, 0, 1)).astype(np.uint8)


def to_npz(study: Study) -> bytes:
    """The content of its file."""
    buffer = io.BytesIO()
    entries: dict[str, Any] = {SAID: np.array(json.dumps(study.said)), **study.arrays}
    np.savez_compressed(buffer, **entries)
    return buffer.getvalue()


def from_npz(name: Name, content: bytes) -> Study:
    """The study of which this is the content of its file."""
    with np.load(io.BytesIO(content), allow_pickle=False) as file:
        arrays = {key: file[key] for key in file.files}
    return Study(name, json.loads(str(arrays.pop(SAID))), arrays)


def save(study: Study, folder: Path = FOLDER) -> Path:
    """Write `<name>.npz`; returns its path."""
    path = folder / f"{study.name}.npz"
    write_atomically(path, to_npz(study))
    return path


def read(name: Name, folder: Path = FOLDER) -> Study:
    """The study of that name.

    Raises:
        CheckpointError: if its file is missing or damaged.
    """
    path = folder / f"{name}.npz"
    try:
        return from_npz(name, path.read_bytes())
    except Exception as error:  # a damaged archive makes NumPy raise almost anything
        words = f"studies/{path.name} is missing or damaged; run `python -m vae.study {name}`."
        raise CheckpointError(words) from error
