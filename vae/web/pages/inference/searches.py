"""One image's search for its best q(z|x), with the true posterior and the bounds: told about and shared.

A search takes seconds and keeps a core busy: few run at a time on one machine, and what one found is there
for all sessions. It ends when its user moves on, as Streamlit ends a script when that tells how far it is.
"""

import os
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from itertools import accumulate, pairwise
from threading import BoundedSemaphore, Lock
from typing import Generic, TypeVar

import numpy as np

from vae.explorer import Explorer
from vae.jobs.job import EARLY, TURN_SECONDS
from vae.latent import importance, paths, posterior_search, true_posterior
from vae.latent.true_posterior import LogLikelihood, TruePosterior

DRAWS = 5000  # of z under each q, for the importance-weighted bounds
DRAWN_FOR = (1, 10, 100)  # k of the bounds
ADDED_UP = 22_000  # codes that a true posterior usually takes
BLOCK = 1000  # codes that are decoded at a time
TELL_SECONDS = 0.2  # between two words about a search

Answer = TypeVar("Answer")
Key = tuple[str, str]  # of the model, its fingerprint; of the image, the hash of its pixels
Tell = Callable[[float], object]  # of the share done, in [0, 1]


@dataclass(frozen=True)
class Exact:
    """What a grid over the plane knows of one image; before and after the search."""

    posterior: TruePosterior
    kl: tuple[float, float]  # KL(q || p(z|x)), nats
    within: tuple[float, float]  # share of p(z|x) in q's ellipse of 2 sd


@dataclass(frozen=True)
class Inferred:
    """One image's search, in T states; nats."""

    steps: np.ndarray  # (T,)
    mu: np.ndarray  # (T, D)
    log_var: np.ndarray  # (T, D)
    elbo: np.ndarray  # (T,)
    elbo_error: tuple[float, float]  # standard errors of its ends, 0 in a plane
    gain_error: float
    bounds: tuple[tuple[tuple[float, float], ...], ...]  # of encoder's q and of the last: with error, by k
    exact: Exact | None  # of a plane only

    @property
    def gain(self) -> float:
        """What the ELBO gained."""
        return float(self.elbo[-1] - self.elbo[0])


# The search ----------------------------------------------------------------------------------------------


def infer(explorer: Explorer, pixels: np.ndarray, tell: Tell) -> Inferred:
    """Search for an image (28, 28) in [0, 1]; in a plane find its true posterior too."""
    is_plane = explorer.latent_dim == 2
    searching, bounding, adding = _stages(tell, posterior_search.DECODED, 2 * DRAWS, ADDED_UP * is_plane)
    found = posterior_search.search(explorer.networks, pixels[None], on_progress=searching)
    mu, log_var = found.mu[:, 0], found.log_var[:, 0]
    ends = [(mu[k], log_var[k]) for k in (0, -1)]
    log_likelihood = _told(explorer, pixels, bounding, 2 * DRAWS)
    return Inferred(
        steps=found.steps,
        mu=mu,
        log_var=log_var,
        elbo=found.elbo[:, 0],
        elbo_error=(float(found.elbo_error[0, 0]), float(found.elbo_error[-1, 0])),
        gain_error=float(found.gain_error[0]),
        bounds=tuple(_bounds(log_likelihood, *end) for end in ends),
        exact=_exact(_told(explorer, pixels, adding, ADDED_UP), ends) if is_plane else None,
    )


def _stages(tell: Tell, *lengths: int) -> list[Tell]:
    """Of works one after another, as long as said, the functions to which each tells its own share."""
    ends = list(accumulate(lengths, initial=0))

    def stage(begin: int, end: int) -> Tell:
        return lambda share: tell((begin + (end - begin) * share) / ends[-1])

    return [stage(begin, end) for begin, end in pairwise(ends)]


def _told(explorer: Explorer, pixels: np.ndarray, tell: Tell, codes: int) -> LogLikelihood:
    """log p(x|z) of an image, which tells how far it is on the way to so many codes."""
    looked = 0

    def log_likelihood(z: np.ndarray) -> np.ndarray:
        nonlocal looked
        values = []
        for begin in range(0, len(z), BLOCK):
            values.append(-explorer.nll(pixels, z[begin : begin + BLOCK]))
            looked += len(values[-1])
            tell(min(looked / codes, 1.0))
        return np.concatenate(values)

    return log_likelihood


def _bounds(
    log_likelihood: LogLikelihood, mu: np.ndarray, log_var: np.ndarray
) -> tuple[tuple[float, float], ...]:
    """The importance-weighted bound from draws of q = N(mu, exp(log_var)) and its error, for each k."""
    z = paths.posterior_samples(mu, log_var, DRAWS, seed=0)
    log_w = importance.log_weights(log_likelihood(z), z, mu, log_var)
    return tuple(importance.importance_weighted_bound(log_w, k) for k in DRAWN_FOR)


def _exact(log_likelihood: LogLikelihood, ends: list[tuple[np.ndarray, np.ndarray]]) -> Exact:
    """The true posterior by quadrature, and how far q is from it at both ends of the search."""
    posterior = true_posterior.find(log_likelihood, 2, ends)
    level = posterior.log_evidence
    first, last = (true_posterior.kl_to_posterior(log_likelihood, level, *end) for end in ends)
    before, after = (posterior.mass_within(*end, 2.0) for end in ends)
    return Exact(posterior, (first, last), (before, after))


# Sharing -------------------------------------------------------------------------------------------------


class Shelf(Generic[Answer]):
    """The answers that were used last, for all sessions; each is computed by one of them alone."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._answers: OrderedDict[Key, Answer] = OrderedDict()
        self._lock = Lock()
        self._turns = BoundedSemaphore(max(1, (os.cpu_count() or 1) // 2))

    def get(self, key: Key) -> Answer | None:
        """The answer, None if there is none yet."""
        with self._lock:
            if key in self._answers:
                self._answers.move_to_end(key)
            return self._answers.get(key)

    def fill(self, key: Key, compute: Callable[[], Answer], wait: Callable[[], object]) -> Answer:
        """The answer, computed now unless another session has done so meanwhile.

        `wait` is called now and then while others compute.
        """
        with self._turn(wait):
            answer = self.get(key)
            if answer is None:
                answer = compute()
                self._keep(key, answer)
        return answer

    def _keep(self, key: Key, answer: Answer) -> None:
        with self._lock:
            self._answers[key] = answer
            while len(self._answers) > self._most:
                self._answers.popitem(last=False)

    @contextmanager
    def _turn(self, wait: Callable[[], object]) -> Iterator[None]:
        while not self._turns.acquire(timeout=TURN_SECONDS):
            wait()
        try:
            yield
        finally:
            self._turns.release()


def key_of(explorer: Explorer, pixels: np.ndarray) -> Key:
    """What a search's answer depends on."""
    return explorer.fingerprint, sha256(np.ascontiguousarray(pixels).tobytes()).hexdigest()


def in_words(show: Callable[[float, str], object]) -> Tell:
    """A function to be told the share done, which shows it with the time left, but not too often."""
    began = last = time.monotonic()

    def tell(share: float) -> None:
        nonlocal last
        now = time.monotonic()
        if now - last < TELL_SECONDS:
            return
        last = now
        left = f", {(now - began) * (1 - share) / share:.0f} s left" if share > EARLY else ""
        show(share, f"{share:.0%}{left}")

    return tell
