"""One training at a time: the others wait, in the order in which they were started."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from filelock import FileLock, Timeout

from vae import home
from vae.logbook import folder
from vae.logbook.folder import ALIVE, Logbook, LogbookError

LOOK_SECONDS = 0.3


class Wished(Exception):  # noqa: N818  # what is caught is named by what it is
    """Somebody wants the training to `pause` or to `stop`."""

    def __init__(self, end: str) -> None:
        super().__init__(end)
        self.end = end


@contextmanager
def held(book: Logbook) -> Iterator[None]:
    """Hold a training, so that no other process works on it.

    Raises:
        LogbookError: if one does.
    """
    try:
        with book.lock():
            yield
    except Timeout as error:
        raise LogbookError(f"{book.name} is already training.") from error


@contextmanager
def taken(book: Logbook) -> Iterator[None]:
    """Wait until no other trains and none that was started before waits; nobody else trains until the end.

    Raises:
        Wished: if the training is to end while it waits.
    """
    book.begin("waiting")
    lock = FileLock(home.folder("runs") / "turn", timeout=0)
    while not _got(lock, book):
        if book.wanted:
            raise Wished(book.wanted)
        time.sleep(LOOK_SECONDS)
    try:
        yield
    finally:
        lock.release()


def place(book: Logbook) -> int:
    """How many trainings come before this one, those under way and those that wait for their turn."""
    beat = book.beat
    if beat is None:
        return 0
    others = (other for other in folder.books() if other.name != book.name)
    return sum(_is_before(other, beat.since) for other in others)


def _is_before(other: Logbook, since: float) -> bool:
    state, beat = other.state, other.beat
    if beat is None or state not in ALIVE:
        return False
    return state in ("training", "packing") or beat.since < since


def _got(lock: FileLock, book: Logbook) -> bool:
    """Whether it is this training's turn, which is taken then."""
    if place(book):
        return False
    try:
        lock.acquire()
    except Timeout:
        return False
    assert book.beat is not None
    book.write_beat(replace(book.beat, doing="training", time=time.time()))
    return True
