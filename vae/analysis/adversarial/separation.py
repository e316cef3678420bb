"""How well the codes of a model keep the classes apart, though it never saw a label.

Symbols: N images, D latent_dim.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from vae.latent import neighbours
from vae.model.posterior import Posterior


class Separation(NamedTuple):
    """Of the codes of the same images, by the mean of q(z|x) and by one draw from it."""

    knn: tuple[float, float]  # share whose class the nearest other codes vote for, in [0, 1]
    silhouette: tuple[float, float]  # mean over the images, in [-1, 1]


def separation(q: Posterior, labels: ArrayLike, seed: int) -> Separation:
    """Of q(z|x) of N images with labels (N,): every other one votes, the rest are judged.

    A code's silhouette is (b - a) / max(a, b), of its mean distance a to its own class and b to the nearest
    other one (Rousseeuw, Silhouettes, 1987).
    """
    codes = q.mu, q.sample(1, np.random.default_rng(seed))[0]
    knn, silhouette = zip(*(_scores(each, np.asarray(labels)) for each in codes), strict=True)
    return Separation(knn, silhouette)


def _scores(codes: NDArray[np.floating], labels: NDArray[np.integer]) -> tuple[float, float]:
    from sklearn.metrics import silhouette_score  # scikit-learn is heavy, and pages import this package

    voting, judged = slice(None, None, 2), slice(1, None, 2)
    accuracy = neighbours.knn_accuracy(codes[voting], labels[voting], codes[judged], labels[judged])
    return accuracy, float(silhouette_score(codes[judged], labels[judged]))
