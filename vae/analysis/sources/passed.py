"""The digits that straight paths pass: how many other ones lie between two digits in a latent space.

In a plane the way from one cloud of codes to another leads through others; in more dimensions there is room
to go around them. Symbols: P paths, T frames of each, D latent_dim.
"""

from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vae.analysis import classifier, measurements
from vae.analysis.imputation import standard_error
from vae.assets import ASSETS
from vae.explorer import Explorer, load
from vae.latent import paths

FOLDER = ASSETS / "paths"
FRAMES = 41  # the source's way out, both ends among them
EACH = 5  # test images of each digit, the first ones

Ints = NDArray[np.int64]


def between(read: Ints, ends: Ints) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Of the classes read on P paths (P, T) with ends (P, 2): other classes, and the share of their frames.

    Both (P,): the number of different classes on a path that are neither of its ends', and the share of its
    frames that read as one of them.
    """
    others = (read != ends[:, :1]) & (read != ends[:, 1:])
    counts = [len(np.unique(row[other])) for row, other in zip(read, others, strict=True)]
    return np.array(counts, np.float64), others.mean(axis=1)


def count(model: Explorer, each: int = EACH) -> dict[str, Any]:
    """Other digits on the straight paths between `each` images of all pairs of digits.

    Raises:
        CheckpointError: if the classifier or the codes cannot be read.
    """
    codes = model.codes("test")
    first = [np.flatnonzero(codes.known_labels == digit)[:each] for digit in range(classifier.CLASSES)]
    pairs = list(combinations(range(classifier.CLASSES), 2))
    images = np.array([pair for a, b in pairs for pair in zip(first[a], first[b], strict=True)])  # (P, 2)
    z = np.stack([paths.linear_path(ends[0], ends[1], FRAMES) for ends in codes.mu[images]])  # (P, T, D)
    reader = classifier.read(classifier.PATH)
    read = np.stack([reader.labels(model.decode(path)) for path in z])
    others, share = between(read, codes.known_labels[images])
    return {
        "fingerprint": model.fingerprint,
        "command": f"python -m vae.paths {model.name}",
        "data": f"{model.dataset.name} test, the first {each} images of each digit",
        "paths": len(z),
        "frames": FRAMES,
        "others": [float(others.mean()), standard_error(others)],
        "share": [float(share.mean()), standard_error(share)],
    }


def measure(name: str) -> dict[str, Any]:
    """The counts of a model by name.

    Raises:
        CheckpointError: if there is no such model.
        ValueError: if its images show no digits.
    """
    model = load(name)
    if model.dataset.name not in classifier.DATASETS:
        raise ValueError(f"The images of {model.dataset.name} show no digits, which the classifier reads.")
    return count(model)


def shipped(model: Explorer) -> dict[str, Any] | None:
    """The counts that ship with a model; None if none do or the model has changed since.

    Raises:
        CheckpointError: if the file is damaged.
    """
    path, command = FOLDER / f"{model.name}.json", f"python -m vae.paths {model.name}"
    return measurements.read(path, model.fingerprint, _check, command)


def _check(said: dict[str, Any]) -> dict[str, Any]:
    """Counts as they were written, or a ValueError, TypeError or LookupError."""
    if not isinstance(said["command"] + said["data"], str):
        raise TypeError("command and data must be texts")
    values = [said["paths"], said["frames"], *said["others"], *said["share"]]
    if len(values) != 6 or not np.isfinite(values).all():
        raise ValueError("a mean or its standard error is missing")
    return said
