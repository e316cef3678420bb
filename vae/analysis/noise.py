"""Noise decoded: codes drawn from the prior, as means and as draws of pixels, and which classes they show."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from vae.analysis.classifier import Classifier
from vae.explorer import Explorer
from vae.images.export import tile
from vae.latent import prior

Floats = NDArray[np.float32]

DRAWS = 2000  # of z, to count classes
SURE = 0.6  # probability of the class from which on a picture counts as one of it


@dataclass(frozen=True)
class Settings:
    """How to draw: images per side, standard deviation of z, seed."""

    side: int
    temperature: float
    seed: int


@dataclass(frozen=True)
class Samples:
    """Sheets (H side, W side, C) in [0, 1] of the same codes."""

    means: Floats
    draws: Floats | None  # None for a model without a likelihood, as `cut` is
    cut: float | None  # share of the drawn pixels outside [0, 1], which are cut for display


def sample(explorer: Explorer, settings: Settings) -> Samples:
    """Draw codes from N(0, T² I), decode them, and draw the pixels; the same for the same seed."""
    side = settings.side
    z = settings.temperature * prior.samples(side**2, explorer.latent_dim, settings.seed)
    means = explorer.decode(z)
    shape = (side, side, *means.shape[1:])
    sheet = tile(means.reshape(shape))
    if not explorer.can("likelihood"):
        return Samples(sheet, None, None)
    draws = explorer.draw(means, np.random.default_rng([settings.seed, 1]))
    cut = float(np.mean((draws < 0) | (draws > 1)))
    return Samples(sheet, tile(draws.clip(0, 1).reshape(shape)), cut)


@dataclass(frozen=True)
class Reading:
    """What a classifier says of pictures."""

    shares: NDArray[np.float64]  # (K,) of each class
    unsure: float  # share of the pictures of whose class it is not even `SURE`


def read_noise(explorer: Explorer, classifier: Classifier) -> Reading:
    """What the classifier says of DRAWS decoded draws from the prior."""
    return read(explorer.decode(prior.samples(DRAWS, explorer.latent_dim, seed=0)), classifier)


def read(images: Floats, classifier: Classifier) -> Reading:
    """What the classifier says of images (N, H, W, C) in [0, 1]."""
    probabilities = classifier.probabilities(images)
    counts = np.bincount(probabilities.argmax(axis=1), minlength=classifier.classes)
    return Reading(counts / len(images), float(np.mean(probabilities.max(axis=1) < SURE)))


def kl_from_uniform(shares: ArrayLike) -> float:
    """KL divergence of shares (K,) that add up to 1 from equal ones, nats: 0 if all are equal."""
    found = np.asarray(shares, np.float64)
    known = found[found > 0]
    return float((known * np.log(known * len(found))).sum())


def chance_kl(draws: int, classes: int) -> float:
    """What `kl_from_uniform` is on average for draws that are of each class equally often, nats.

    To first order: 2 N KL is then chi-squared with K - 1 degrees of freedom (Wilks, 1938).
    """
    return (classes - 1) / (2 * draws)
