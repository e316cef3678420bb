"""Which codes lie nearest to a place of latent space, and of which classes they are. NumPy only, pure.

Symbols: N codes with labels, M places z, D latent_dim, k neighbours. Distances are in prior standard
deviations. `assets/live/neighbours.js` computes the same in the browser.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

NEIGHBOURS = 10
COINCIDENT = 1e-4  # in each coordinate: codes on their way to the browser and back are rounded to it
BLOCK = 256  # places at a time: 20 MB of distances to 10,000 codes
SLACK = 1e-9  # of squared distances, relative to the squared lengths that they are computed from
SAMPLE = 500  # codes that stand for all of them where their spacing is measured


@dataclass(frozen=True)
class Reading:
    """What the labels of the codes nearest to a place say."""

    classes: tuple[int, ...]  # with the most votes, ascending; several after a tie
    votes: int  # for each of them
    count: int  # of neighbours
    distance: float  # to the nearest
    is_far: bool  # farther from the codes than they lie from each other

    def names(self, class_names: Sequence[str]) -> str:
        """The classes in words: 8; 4 or 9; 3, 5 or 8."""
        *first, last = (class_names[label] for label in self.classes)
        return f"{', '.join(first)} or {last}" if first else last

    @property
    def support(self) -> str:
        """How many neighbours say so: "9 of 10 neighbours", "only 4 of 10 neighbours", "5 of 10 each"."""
        share = f"{self.votes} of {self.count}"
        if len(self.classes) > 1:
            said = f"{share} each"
        else:
            said = f"{'only ' * (2 * self.votes <= self.count)}{share} neighbours"
        return f"{said}, the nearest {self.distance:.1f} sd away" if self.is_far else said


def read(codes: ArrayLike, labels: ArrayLike, z: ArrayLike, spacing: float) -> Reading:
    """What the NEIGHBOURS codes (N, D) with labels (N,) that are nearest to a place z (D,) say of it.

    The code that z itself is, to COINCIDENT, does not vote. A place farther than `spacing` from all others
    is called far.
    """
    index, away = (each[0] for each in nearest(codes, np.asarray(z)[None], NEIGHBOURS + 1))
    is_own = len(away) > 1 and away[0] <= COINCIDENT * np.sqrt(np.size(z))
    voters = slice(1, None) if is_own else slice(NEIGHBOURS)
    index, away = index[voters], away[voters]
    votes = np.bincount(np.asarray(labels)[index])
    classes = tuple(np.flatnonzero(votes == votes.max()).tolist())
    return Reading(classes, int(votes.max()), len(index), float(away[0]), float(away[0]) > spacing)


def nearest(
    codes: ArrayLike, z: ArrayLike, k: int = NEIGHBOURS, own: ArrayLike | None = None
) -> tuple[Ints, Floats]:
    """The k codes (N, D) nearest to each place z (M, D), nearest first: indices and distances, (M, k).

    Of codes equally far the one with the lower index comes first. `own` (M,) is the code that each z itself
    is: it is left out. Where there are fewer than k others, all of them come.

    Raises:
        ValueError: if there is no code to find.
    """
    rows, places = np.asarray(codes, np.float64), np.asarray(z, np.float64)
    left_out = None if own is None else np.asarray(own)
    k = min(k, len(rows) - (own is not None))
    if k < 1:
        raise ValueError("there is no other code")
    found = [
        _nearest(rows, places[at : at + BLOCK], k, None if left_out is None else left_out[at : at + BLOCK])
        for at in range(0, len(places), BLOCK)
    ]
    return np.concatenate([index for index, _ in found]), np.concatenate([away for _, away in found])


def closest(codes: ArrayLike, z: ArrayLike) -> Ints:
    """The code (N, D) nearest to each place z (M, D): its index, (M,)."""
    return nearest(codes, z, 1)[0][:, 0]


def majority(codes: ArrayLike, labels: ArrayLike, z: ArrayLike, k: int = NEIGHBOURS) -> Ints:
    """The class of most of the k codes (N, D) nearest to each place z (M, D), (M,); -1 after a tie."""
    votes = np.asarray(labels)[nearest(codes, z, k)[0]]
    counts = (votes[..., None] == np.arange(votes.max() + 1)).sum(axis=1)  # (M, classes)
    first = counts.argmax(axis=1)
    is_tied = (counts == counts.max(axis=1, keepdims=True)).sum(axis=1) > 1
    return np.where(is_tied, -1, first)


def knn_accuracy(
    codes: ArrayLike, labels: ArrayLike, test_codes: ArrayLike, test_labels: ArrayLike, k: int = NEIGHBOURS
) -> float:
    """Share of test codes (M, D) whose k nearest codes (N, D) vote for their label, in [0, 1]."""
    votes = np.asarray(labels)[nearest(codes, test_codes, k)[0]]
    counts = np.apply_along_axis(np.bincount, 1, votes, minlength=int(votes.max()) + 1)
    return float((counts.argmax(axis=1) == np.asarray(test_labels)).mean())


def spacing(codes: ArrayLike) -> float:
    """The distance within which the codes (N, D) have another one, measured on SAMPLE of them."""
    rows = np.asarray(codes, np.float64)
    if len(rows) < 2:
        return 0.0
    sample = np.arange(0, len(rows), max(1, len(rows) // SAMPLE))
    return float(nearest(rows, rows[sample], 1, own=sample)[1].max())


def _nearest(codes: Floats, z: Floats, k: int, own: NDArray[np.integer] | None) -> tuple[Ints, Floats]:
    """`nearest` for one block of places.

    The squares expanded are fast but rounded: they choose who comes into question, exact distances decide.
    """
    lengths, own_lengths = np.square(codes).sum(axis=1), np.square(z).sum(axis=1)
    squares = lengths - 2.0 * z @ codes.T + own_lengths[:, None]  # (M, N)
    if own is not None:
        squares[np.arange(len(z)), own] = np.inf
    limits = np.partition(squares, k - 1, axis=1)[:, k - 1] + SLACK * (lengths.max() + own_lengths)
    index, away = np.empty((len(z), k), np.int64), np.empty((len(z), k))
    for row, limit in enumerate(limits):
        near = np.flatnonzero(squares[row] <= limit)
        exact = np.square(codes[near] - z[row]).sum(axis=1)
        order = np.argsort(exact, kind="stable")[:k]
        index[row], away[row] = near[order], np.sqrt(exact[order])
    return index, away
