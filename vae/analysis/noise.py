"""Noise decoded: codes drawn from the prior, as means and as draws of pixels, and which classes they show."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from vae.analysis.classifier import Classifier
from vae.explorer import Explorer
from vae.images.export import tile
from vae.latent import neighbours, prior

Floats = NDArray[np.float32]

BATCH, MOST = 1024, 8192  # codes drawn at a time until enough are of a class, and at most
DRAWS = 2000  # of z, to count classes
SURE = 0.6  # probability of the class from which on a picture counts as one of it


@dataclass(frozen=True)
class Settings:
    """How to draw: images per side, standard deviation of z, seed, and of which class alone, if of one."""

    side: int
    temperature: float
    seed: int
    label: int | None = None


@dataclass(frozen=True)
class Drawn:
    """Codes from the prior, those of a class alone if one was asked for."""

    z: Floats  # (n, D), n at most the number of images
    tried: int  # how many were drawn
    of_class: int  # how many of these were of the class


@dataclass(frozen=True)
class Samples:
    """Images (n, H, W, C) in [0, 1] of the same codes."""

    drawn: Drawn
    means: Floats
    draws: Floats | None  # None for a model without a likelihood, as `cut` is
    cut: float | None  # share of the drawn pixels outside [0, 1], which are cut for display


def sample(explorer: Explorer, settings: Settings) -> Samples:
    """Draw codes from N(0, T² I), decode them, and draw the pixels; the same for the same seed."""
    drawn = draw_codes(explorer, settings)
    if not len(drawn.z):
        return Samples(drawn, np.empty((0, *explorer.image_spec.shape), np.float32), None, None)
    means = explorer.decode(drawn.z)
    if not explorer.can("likelihood"):
        return Samples(drawn, means, None, None)
    draws = explorer.draw(means, np.random.default_rng([settings.seed, 1]))
    cut = float(np.mean((draws < 0) | (draws > 1)))
    return Samples(drawn, means, draws.clip(0, 1), cut)


def sheet(images: Floats, side: int) -> Floats:
    """Images (n, H, W, C), n at most side², in rows: (side H, side W, C), black where there are too few."""
    full = np.zeros((side**2, *images.shape[1:]), np.float32)
    full[: len(images)] = images
    return tile(full.reshape(side, side, *images.shape[1:]))


def draw_codes(explorer: Explorer, settings: Settings) -> Drawn:
    """Codes from N(0, T² I): the first ones, or the first whose neighbours say the class asked for."""
    count, noise = settings.side**2, np.random.default_rng(settings.seed)
    if settings.label is None:
        z = settings.temperature * prior.samples(count, explorer.latent_dim, settings.seed)
        return Drawn(z.astype(np.float32), count, count)
    test, tried = explorer.codes("test"), 0
    of_class = np.empty((0, explorer.latent_dim), np.float32)
    while tried < MOST and len(of_class) < count:
        z = settings.temperature * noise.standard_normal((BATCH, explorer.latent_dim))
        is_of_class = neighbours.majority(test.mu, test.known_labels, z) == settings.label
        of_class = np.concatenate([of_class, z[is_of_class].astype(np.float32)])
        tried += BATCH
    return Drawn(of_class[:count], tried, len(of_class))


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
