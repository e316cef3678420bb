"""Odd images: those that cost a model most, and those whose label their neighbours in z contradict.

Symbols: N images, k neighbours.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from vae.model.codes import Codes

Floats = NDArray[np.floating]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Suspicious:
    """Images whose neighbours agree on another label, those with the largest majority first; M of them."""

    index: Ints  # (M,) of the images
    votes: Ints  # (M,) neighbours that carry that other label
    said: Ints  # (M,) the other label


def suspicious(labels: ArrayLike, neighbours: ArrayLike) -> Suspicious:
    """Images of which more than half of the neighbours carry one and the same other label.

    labels (N,), neighbours (N, k) as `vae.latent.neighbours.nearest` finds them.
    """
    classes, found = np.asarray(labels), np.asarray(neighbours)
    votes = np.stack([(classes[found] == label).sum(axis=1) for label in range(classes.max() + 1)], axis=1)
    votes[np.arange(len(classes)), classes] = 0
    against = votes.max(axis=1)
    order = np.argsort(-against, kind="stable")
    index = order[: int((against > found.shape[1] / 2).sum())]
    return Suspicious(index, against[index], votes[index].argmax(axis=1))


def surprising(codes: Codes) -> tuple[Ints, Floats]:
    """Indices of all images from the most surprising one, (N,), and how surprising each is, nats per image.

    That is -ELBO, or nll where an autoencoder has no ELBO.

    Raises:
        ValueError: where that is unknown.
    """
    order = np.argsort(-codes.loss, kind="stable")
    return order, codes.loss[order]


def rank(losses: ArrayLike, index: int) -> int:
    """The place of an image among losses (N,), 1 for the largest."""
    all_losses = np.asarray(losses)
    return int((all_losses > all_losses[index]).sum()) + 1
