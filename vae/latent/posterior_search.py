"""Search the best q(z|x) image by image: what the encoder's one pass leaves on the table, in nats.

The encoder's answer is amortised: one network for all images. Here each image gets a mu and an sd of its
own, which start at the encoder's and ascend the ELBO by Adam. What the ELBO gains is the amortisation gap;
what stays between it and log p(x) is the gap of the approximation, as q is a Gaussian with
independent dimensions.

Source: Cremer, Li and Duvenaud, Inference Suboptimality in Variational Autoencoders (2018), section 3.

Symbols: B images, D latent_dim, T states that are kept of a search, S places z = mu + sd * eps under each q.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import ArrayLike, NDArray

from vae.model.posterior import Floats
from vae.model.protocol import HasGradient, Model, Scores

Tell = Callable[[float], object]

STEPS, KEPT = 300, 41
RATE = 0.2  # of Adam, in standard deviations of the encoder's q; it falls to 0 with a cosine
MEMORY, SQUARES_MEMORY, TINY = 0.9, 0.999, 1e-8  # of Adam: beta₁, beta₂ and epsilon
ASCENDING, MEASURING = 16, 256  # places under q in each step, and to measure the ELBO of the states
BACKWARD = 2  # a gradient takes as long as so many decoded codes
DECODED = STEPS * ASCENDING * BACKWARD + KEPT * MEASURING  # codes: what a search of one image costs
PIXELS = 800 * 784  # that are decoded at a time, which bounds the memory


@runtime_checkable
class Searchable(Model, Scores, HasGradient, Protocol):
    """What a search needs: a Gaussian q(z|x), a likelihood and its gradient."""


@dataclass(frozen=True)
class Search:
    """States of q(z|x) on the way up, the encoder's first; nats per image."""

    steps: NDArray[np.int64]  # (T,) after how many steps each state was kept
    mu: Floats  # (T, B, D)
    sd: Floats  # (T, B, D)
    elbo: Floats  # (T, B), of all states under the same noise, other noise than that of the steps
    elbo_error: Floats  # (T, B) its standard error from the draws of z, 0 where there are none
    gain_error: Floats  # (B,) the same of the gain, smaller because both ends share their noise

    @property
    def gain(self) -> Floats:
        """ELBO of the last state minus ELBO of the encoder's q, (B,) nats per image."""
        return self.elbo[-1] - self.elbo[0]


def search(
    model: Searchable,
    images: ArrayLike,
    steps: int = STEPS,
    kept: int = KEPT,
    places: int = MEASURING,
    seed: int = 0,
    on_progress: Tell = lambda share: None,
) -> Search:
    """Ascend from the encoder's q for images (B, H, W, C) in [0, 1], and keep some of the states.

    `on_progress` gets the share done, in [0, 1], after each step and each state that is measured.

    Raises:
        ValueError: if q(z|x) is no Gaussian, or for images of a wrong shape or range.
    """
    x = model.image_spec.check(images)
    if model.encode(x[:1]).form != "gaussian":
        raise ValueError("a model whose q(z|x) is no Gaussian has no ELBO in closed form to be raised")
    noise = np.random.default_rng(seed)
    at = np.unique((steps * np.linspace(0, 1, kept) ** 2).round().astype(np.int64))  # most happens early
    ascending, measuring = steps * ASCENDING * BACKWARD, len(at) * places
    done = ascending / (ascending + measuring)
    mu, sd = _ascend(model, x, steps, at, noise, lambda share: on_progress(done * share))
    eps, weight = places_under_q(model.latent_dim, places, noise)
    terms = np.empty((len(at), len(eps), len(x)), np.float32)  # (T, S, B)
    for k in range(len(at)):
        terms[k] = _log_weights(model, x, mu[k], sd[k], eps)
        on_progress(done + (1 - done) * (k + 1) / len(at))
    is_exact = model.latent_dim <= 2
    errors = np.stack([_error(each, is_exact) for each in terms])
    return Search(at, mu, sd, weight @ terms, errors, _error(terms[-1] - terms[0], is_exact))


def places_under_q(latent_dim: int, count: int, noise: np.random.Generator) -> tuple[Floats, Floats]:
    """Places eps (S, D) and weights (S,) whose weighted mean is the expectation under N(0, I).

    Up to two dimensions they are Gauss-Hermite nodes, exact for polynomials; above, draws with their mirror
    images, which cancel all odd powers.
    """
    if latent_dim <= 2:
        return _nodes(latent_dim, round(count ** (1 / latent_dim)))
    half = noise.standard_normal((math.ceil(count / 2), latent_dim), np.float32)
    eps = np.concatenate([half, -half])
    return eps, np.full(len(eps), 1 / len(eps), np.float32)


@lru_cache(maxsize=8)
def _nodes(latent_dim: int, side: int) -> tuple[Floats, Floats]:
    """Gauss-Hermite nodes (S, D) and their weights (S,), `side` in each dimension; never changed."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(side)
    grids = (np.stack(np.meshgrid(*[each] * latent_dim), axis=-1) for each in (nodes, weights))
    at, weight = (grid.reshape(-1, latent_dim) for grid in grids)
    shares = weight.prod(axis=1)
    return at.astype(np.float32), (shares / shares.sum()).astype(np.float32)


def _ascend(
    model: Searchable,
    x: Floats,
    steps: int,
    at: NDArray[np.int64],
    noise: np.random.Generator,
    tell: Tell,
) -> tuple[Floats, Floats]:
    """mu and sd (T, B, D) after the steps `at`; a step is measured in sd of the encoder's q."""
    encoded = model.encode(x)
    mu, sd = encoded.mu, encoded.sd
    moved = np.zeros((2, *mu.shape), np.float32)  # mu from the encoder's in its sd, and log sd² from its own
    adam, kept = Adam(moved.shape, steps), set(at.tolist())
    states = []
    for step in range(steps + 1):
        q = mu + sd * moved[0], sd * np.exp(0.5 * moved[1])
        if step in kept:
            states.append(q)
        if step == steps:
            break
        slopes = _gradient(model, x, *q, *places_under_q(mu.shape[1], ASCENDING, noise))
        moved += adam.step(np.stack([sd * slopes[0], slopes[1]]))
        tell((step + 1) / steps)
    return np.stack([state[0] for state in states]), np.stack([state[1] for state in states])


class Adam:
    """Ascent by Adam (Kingma and Ba, 2015, algorithm 1), at a rate that falls to 0 with a cosine."""

    def __init__(self, shape: tuple[int, ...], steps: int) -> None:
        self._mean, self._square = np.zeros((2, *shape), np.float32)
        self._count, self._steps = 0, steps

    def step(self, gradient: Floats) -> Floats:
        """The change of the parameters, of their shape."""
        rate = RATE * (1 + math.cos(math.pi * self._count / self._steps)) / 2
        self._count += 1
        self._mean += (1 - MEMORY) * (gradient - self._mean)
        self._square += (1 - SQUARES_MEMORY) * (np.square(gradient) - self._square)
        mean = self._mean / (1 - MEMORY**self._count)
        square = self._square / (1 - SQUARES_MEMORY**self._count)
        return rate * mean / (np.sqrt(square) + TINY)


def _gradient(
    model: Searchable, x: Floats, mu: Floats, sd: Floats, eps: Floats, weight: Floats
) -> tuple[Floats, Floats]:
    """Gradient of the ELBO in mu and in log sd², (B, D) nats each.

    At the places z = mu + sd * eps log q(z|x) changes with log sd² alone, by -1/2 in each dimension.
    """
    z = mu + sd * eps[:, None]  # (S, B, D)
    slopes = _of_all(model.log_likelihood_gradient, z, x) - z  # of log p(x, z)
    in_mu = np.einsum("s,sbd->bd", weight, slopes)
    in_log_variance = 0.5 * (np.einsum("s,sd,sbd->bd", weight, eps, slopes) * sd + 1)
    return in_mu, in_log_variance


def _log_weights(model: Searchable, x: Floats, mu: Floats, sd: Floats, eps: Floats) -> Floats:
    """log p(x, z) - log q(z|x) at the places z = mu + sd * eps, (S, B) nats, whose mean is the ELBO.

    The nearer q is to the true posterior, the less they vary: so they are preferred to -nll - KL.
    """
    z = mu + sd * eps[:, None]  # (S, B, D)
    # log p(z) - log q(z|x)
    log_ratio = (0.5 * (np.square(eps)[:, None] - np.square(z)) + np.log(sd)).sum(axis=-1)
    return log_ratio - _of_all(model.nll, z, x)


def _of_all(run: Callable[[Floats, Floats], Floats], z: Floats, x: Floats) -> Floats:
    """What `run` finds for R images and R codes, for all of x (B, H, W, C) and z (S, B, D), (S, B, ...)."""
    codes, image = z.reshape(-1, z.shape[-1]), np.tile(np.arange(len(x)), len(z))
    step = max(1, PIXELS // x[0].size)
    batches = (slice(begin, begin + step) for begin in range(0, len(codes), step))
    found = np.concatenate([run(x[image[rows]], codes[rows]) for rows in batches])
    return found.reshape(*z.shape[:2], *found.shape[1:])


def _error(values: Floats, is_exact: bool) -> Floats:
    """Standard error (B,) of the mean of values (S, B); a draw and its mirror image count as one."""
    if is_exact:
        return np.zeros(values.shape[1], np.float32)
    pairs = values.reshape(2, -1, values.shape[1]).mean(axis=0)
    return pairs.std(axis=0, ddof=1) / np.float32(math.sqrt(len(pairs)))
