"""Search the best q(z|x) image by image: what the encoder's one pass leaves on the table, in nats.

The encoder's answer is amortised: one network for all images. Here each image gets a mu and an sd of its
own, which ascend the ELBO by Adam from where they start: the encoder's answer, or a Gaussian at the true
posterior's peak. A search ends in a local optimum; of two starts the better one counts. What the ELBO gains
over the encoder's is the amortisation gap; what stays between it and log p(x) is the gap of the
approximation, as q is a Gaussian with independent dimensions. The widths stay within the encoder's own
bound, or else the gap would hold what no encoder can say.

Source: Cremer, Li and Duvenaud, Inference Suboptimality in Variational Autoencoders (2018), section 3.

Symbols: B images, D latent_dim, T states that are kept of a search, G groups of S places z = mu + sd * eps
under each q.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import ArrayLike, NDArray

from vae.model.posterior import Floats, Gaussian
from vae.model.protocol import HasGradient, Model, Scores

Tell = Callable[[float], object]

STEPS, KEPT = 150, 21
RATE = 0.2  # of Adam, in standard deviations of q; it falls to 0 with a cosine
MEMORY, SQUARES_MEMORY, TINY = 0.9, 0.999, 1e-8  # of Adam: beta₁, beta₂ and epsilon
ASCENDING = 16  # places under q in each step, drawn afresh
GROUPS, MEASURING = 16, 16  # of places, and places in each, to measure the ELBO of the states
BACKWARD = 2  # a gradient takes as long as so many decoded codes
LOTS, DRAWN, CLIMBING = 4, 250, 100  # of draws of the prior, draws in each, steps from its best to a peak
STRIDE, NUDGE = 0.1, 0.01  # prior sd: in which the steps to a peak are measured; for derivatives
PIXELS = 800 * 784  # that are decoded at a time, which bounds the memory


@runtime_checkable
class Searchable(Model, Scores, HasGradient, Protocol):
    """What a search needs: a Gaussian q(z|x), a likelihood and its gradient."""


@dataclass(frozen=True)
class Search:
    """States of q(z|x) on the way up, the first one first; nats per image."""

    steps: NDArray[np.int64]  # (T,) after how many steps each state was kept
    mu: Floats  # (T, B, D)
    sd: Floats  # (T, B, D)
    terms: Floats  # (T, G, B) ELBO by independent groups of places, which all states and images share

    @property
    def elbo(self) -> Floats:
        """Mean over the groups, (T, B)."""
        return self.terms.mean(axis=1)


def search(
    model: Searchable,
    images: ArrayLike,
    start: Gaussian | None = None,
    steps: int = STEPS,
    kept: int = KEPT,
    seed: int = 0,
    on_progress: Tell = lambda share: None,
) -> Search:
    """Ascend from `start`, by default the encoder's q, for images (B, H, W, C), and keep some of the states.

    `on_progress` gets the share done, in [0, 1], after each step and each state that is measured.

    Raises:
        ValueError: if q(z|x) is no Gaussian, or for images of a wrong shape or range.
    """
    x = model.image_spec.check(images)
    begin = start or encoded(model, x)
    noise = np.random.default_rng(seed)
    at = np.unique((steps * np.linspace(0, 1, kept) ** 2).round().astype(np.int64))  # most happens early
    done = steps * ASCENDING * BACKWARD / cost(steps, len(at))
    mu, sd = _ascend(model, x, begin, steps, at, noise, lambda share: on_progress(done * share))
    groups = [places_under_q(model.latent_dim, MEASURING, noise) for _ in range(GROUPS)]
    eps, weight = (np.concatenate(each) for each in zip(*groups, strict=True))
    terms = np.empty((len(at), GROUPS, len(x)), np.float32)
    for k in range(len(at)):
        values = weight[:, None] * _log_weights(model, x, mu[k], sd[k], eps)
        terms[k] = values.reshape(GROUPS, -1, len(x)).sum(axis=1)
        on_progress(done + (1 - done) * (k + 1) / len(at))
    return Search(at, mu, sd, terms)


def cost(steps: int = STEPS, kept: int = KEPT) -> int:
    """The codes that are decoded in a search of one image."""
    return steps * ASCENDING * BACKWARD + kept * GROUPS * MEASURING


def encoded(model: Model, x: Floats) -> Gaussian:
    """The encoder's q(z|x) of images (B, H, W, C).

    Raises:
        ValueError: if it is no Gaussian.
    """
    q = model.encode(x)
    if not isinstance(q, Gaussian):
        raise ValueError("a model whose q(z|x) is no Gaussian has no ELBO in closed form to be raised")
    return q


def at_peak(model: Searchable, images: ArrayLike, others: ArrayLike | None = None, seed: int = 0) -> Gaussian:
    """A Gaussian at a peak of each p(z|x), as wide in each dimension as the peak's curvature says (Laplace).

    Of images (B, H, W, C); it is the highest peak uphill from the encoder's mu, from the most probable of
    each lot of draws of the prior, and from `others` (M, B, D).
    """
    x = model.image_spec.check(images)
    q = encoded(model, x)
    draws = np.random.default_rng(seed).standard_normal((LOTS * DRAWN, 1, model.latent_dim), np.float32)
    joint = _log_joint(model, x, np.broadcast_to(draws, (len(draws), *q.mu.shape)))
    best = joint.reshape(LOTS, DRAWN, len(x)).argmax(axis=1) + DRAWN * np.arange(LOTS)[:, None]  # (LOTS, B)
    more = [] if others is None else [np.asarray(others, np.float32)]
    starts = np.concatenate([q.mu[None], draws[best, 0], *more])  # (M', B, D)
    peaks = np.concatenate([starts, _uphill(model, x, starts)])
    highest = _log_joint(model, x, peaks).argmax(axis=0)
    mu = peaks[highest, np.arange(len(x))]
    return q.bounded(mu, -np.log(_curvature(model, x, mu)))


def places_under_q(latent_dim: int, count: int, noise: np.random.Generator) -> tuple[Floats, Floats]:
    """Places eps (S, D) and weights (S,) for unbiased estimates of expectations under N(0, I).

    A draw comes with its mirror image, which cancels all odd powers. In a plane the draws are crosses around
    a place at 0, turned at random, which are exact for polynomials of degree 3, too.
    Source: Genz and Monahan, Stochastic Integration Rules for Infinite Regions (1998), section 3.
    """
    if latent_dim == 2:
        return _crosses(count // 4, noise)
    half = noise.standard_normal((math.ceil(count / 2), latent_dim), np.float32)
    eps = np.concatenate([half, -half])
    return eps, np.full(len(eps), 1 / len(eps), np.float32)


def _crosses(count: int, noise: np.random.Generator) -> tuple[Floats, Floats]:
    """The centre, and the four ends of so many crosses whose arms are as long as a 4-D normal vector."""
    angle = 0.5 * np.pi * ((np.arange(count) + noise.random()) / count + np.arange(4)[:, None])
    squares = noise.chisquare(4, count)  # of the arms
    eps = np.sqrt(squares) * np.stack([np.cos(angle), np.sin(angle)])  # (2, 4, count)
    weight = np.broadcast_to(0.5 / (count * squares), (4, count)).ravel()
    places = np.concatenate([np.zeros((1, 2)), eps.reshape(2, -1).T])
    return places.astype(np.float32), np.append(1 - weight.sum(), weight).astype(np.float32)


def _ascend(
    model: Searchable,
    x: Floats,
    start: Gaussian,
    steps: int,
    at: NDArray[np.int64],
    noise: np.random.Generator,
    tell: Tell,
) -> tuple[Floats, Floats]:
    """mu and sd (T, B, D) after the steps `at`; a step of mu is measured in q's own sd."""
    q, adam, kept = start, Adam((2, *start.mu.shape), steps), set(at.tolist())
    states = []
    for step in range(steps + 1):
        if step in kept:
            states.append(q)
        if step == steps:
            break
        slopes = _gradient(model, x, q.mu, q.sd, *places_under_q(model.latent_dim, ASCENDING, noise))
        moved = adam.step(np.stack([q.sd * slopes[0], slopes[1]]))
        q = q.bounded(q.mu + q.sd * moved[0], q.log_var + moved[1])
        tell((step + 1) / steps)
    return np.stack([state.mu for state in states]), np.stack([state.sd for state in states])


def _uphill(model: Searchable, x: Floats, z: Floats) -> Floats:
    """Codes z (M, B, D) after Adam's steps up log p(x, z)."""
    adam = Adam(z.shape, CLIMBING)
    for _ in range(CLIMBING):
        z = z + STRIDE * adam.step(_slopes(model, x, z))
    return z


def _curvature(model: Searchable, x: Floats, z: Floats) -> Floats:
    """-d²/dz_d² log p(x, z) in each dimension d, at least 1, the prior's; (B, D) as z."""
    axes = NUDGE * np.eye(z.shape[1])
    sides = z + np.concatenate([axes, -axes])[:, None].astype(np.float32)
    slopes = _slopes(model, x, sides)  # (2 D, B, D)
    ahead, behind = (np.einsum("dbd->bd", each) for each in np.split(slopes, 2))
    return np.maximum((behind - ahead) / (2 * NUDGE), 1)


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
    slopes = _slopes(model, x, mu + sd * eps[:, None])  # (S, B, D)
    in_mu = np.einsum("s,sbd->bd", weight, slopes)
    return in_mu, 0.5 * (np.einsum("s,sd,sbd->bd", weight, eps, slopes) * sd + 1)


def _slopes(model: Searchable, x: Floats, z: Floats) -> Floats:
    """Gradient in z of log p(x, z), (S, B, D) as z, nats."""
    return _of_all(model.log_likelihood_gradient, z, x) - z


def _log_joint(model: Searchable, x: Floats, z: Floats) -> Floats:
    """log p(x, z) but for the prior's constant, (S, B) nats, for codes z (S, B, D)."""
    return -_of_all(model.nll, z, x) - 0.5 * np.square(z).sum(axis=-1)


def _log_weights(model: Searchable, x: Floats, mu: Floats, sd: Floats, eps: Floats) -> Floats:
    """log p(x, z) - log q(z|x) at the places z = mu + sd * eps, (S, B) nats, whose mean is the ELBO.

    The nearer q is to the true posterior, the less they vary: so they are preferred to -nll - KL.
    """
    log_q = -(0.5 * np.square(eps)[:, None] + np.log(sd)).sum(axis=-1)  # but for the same constant
    return _log_joint(model, x, mu + sd * eps[:, None]) - log_q


def _of_all(run: Callable[[Floats, Floats], Floats], z: Floats, x: Floats) -> Floats:
    """What `run` finds for R images and R codes, for all of x (B, H, W, C) and z (S, B, D), (S, B, ...)."""
    codes, image = z.reshape(-1, z.shape[-1]), np.tile(np.arange(len(x)), len(z))
    step = max(1, PIXELS // x[0].size)
    batches = (slice(begin, begin + step) for begin in range(0, len(codes), step))
    found = np.concatenate([run(x[image[rows]], codes[rows]) for rows in batches])
    return found.reshape(*z.shape[:2], *found.shape[1:])
