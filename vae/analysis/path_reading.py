"""What lies on a path through latent space: the classes that a classifier reads, and the path's length."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np
from numpy.typing import ArrayLike, NDArray

from vae.explorer import Explorer
from vae.latent import geodesic, neighbours, paths

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Difference:
    """How the classes read on a path differ from those expected there."""

    missing: tuple[int, ...]  # expected, not read
    added: tuple[int, ...]  # read, not expected, in the order of their first appearance
    in_order: bool  # whether the expected ones are read in their order, others between them or not


def merge_runs(labels: Iterable[int]) -> tuple[int, ...]:
    """The labels in their order, equal ones that follow each other merged: 0 0 6 6 0 becomes 0 6 0."""
    return tuple(int(label) for label, _ in groupby(labels))


def compare(read: Sequence[int], expected: Sequence[int]) -> Difference:
    """How the merged labels read on a path differ from those expected."""
    rest = iter(read)
    return Difference(
        missing=tuple(label for label in expected if label not in read),
        added=tuple(label for label in dict.fromkeys(read) if label not in expected),
        in_order=all(label in rest for label in expected),
    )


def by_neighbours(explorer: Explorer, z: ArrayLike) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """The class that most of the test codes nearest to each place z (T, D) carry, and their share, (T,) each.

    Of classes with equally many the first one.
    """
    test = explorer.codes("test")
    near = test.known_labels[neighbours.nearest(test.mu, z)[0]]  # (T, k)
    votes = np.stack([np.bincount(row, minlength=int(test.known_labels.max()) + 1) for row in near])
    return votes.argmax(axis=1), votes.max(axis=1) / near.shape[1]


def lengths(explorer: Explorer, images: Floats, start: ArrayLike, end: ArrayLike) -> tuple[float, float]:
    """Length of a path with frames (T, H, W, C), and of the straight one between its ends (D,).

    Both in Euclidean distance of the images.
    """
    straight = explorer.decode(paths.linear_path(start, end, len(images)))
    return float(geodesic.speeds(images).mean()), float(geodesic.speeds(straight).mean())
