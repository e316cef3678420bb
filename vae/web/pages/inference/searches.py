"""What was inferred for images, shared by all sessions.

A search takes seconds and keeps a core busy: few run at a time on one machine, and what one found is there
for all sessions. It ends when its user moves on, as Streamlit ends a script when that tells how far it is.
"""

import os
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from threading import BoundedSemaphore, Lock
from typing import Generic, TypeVar

import numpy as np

from vae.explorer import Explorer
from vae.jobs.job import EARLY, TURN_SECONDS
from vae.latent.posterior_search import Tell

TELL_SECONDS = 0.2  # between two words about a search

Answer = TypeVar("Answer")
Key = tuple[str, str]  # of the model, its fingerprint; of the image, the hash of its pixels


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
