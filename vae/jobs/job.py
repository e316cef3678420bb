"""Long work while the page goes on: a process of its own, its progress, the time left, and a stop.

A `Job`, such as the `Recomputation` of a t-SNE, belongs to the session that asked for it and ends with it. On
one machine only a few run at a time and a few more wait for their turn: many users at once neither fill the
memory nor stop each other.
"""

import os
import subprocess
import sys
import tempfile
import time
import weakref
from dataclasses import dataclass, field
from pathlib import Path
from threading import BoundedSemaphore, Event, Thread
from typing import IO

import numpy as np

from vae.jobs.tasks import as_npy, from_npy
from vae.jobs.worker import RESULT, SO_FAR
from vae.latent import embedding

ROOT = Path(__file__).parents[2]
SLOTS = BoundedSemaphore(max(1, (os.cpu_count() or 1) // 2))
MOST = 20  # jobs of a server, under way and waiting: each keeps a thread and what it was given
PLACES = BoundedSemaphore(MOST)
FULL = f"{MOST} computations already run or wait on this server; try again in a few minutes."
TURN_SECONDS = 0.2  # between looks at whether the one who waits for a turn has given up
EARLY = 0.03  # share done below which the time left is anybody's guess


@dataclass(frozen=True)
class Request:
    """What to compute: which of the test images, in how many dimensions, with which perplexity and seed."""

    index: np.ndarray  # (n,) test images
    dims: int
    perplexity: float
    seed: int = 0

    @property
    def name(self) -> str:
        """The same for the same request, for a model."""
        return f"t-SNE {self.dims} of {len(self.index)}, perplexity {self.perplexity:g}, seed {self.seed}"


@dataclass
class Board:
    """What the reading thread writes and the page reads."""

    share: float = 0.0  # done, in [0, 1]
    started: float | None = None  # time.monotonic; None while it waits for its turn
    so_far: bytes | None = None
    result: bytes | None = None
    error: str = ""
    stopped: Event = field(default_factory=Event)
    ended: Event = field(default_factory=Event)
    process: "subprocess.Popen[bytes] | None" = None

    def stop(self) -> None:
        """End the process, or the wait for its turn."""
        self.stopped.set()
        if self.process is not None:
            self.process.terminate()


class Job:
    """A task under way in a process of its own, see `vae.jobs.worker`; it is stopped when nobody holds it."""

    def __init__(self, task: str, *arguments: str, given: bytes = b"") -> None:
        """Start the task of that name in `vae.jobs.tasks`; it fails where too many wait."""
        self._board = Board()
        weakref.finalize(self, self._board.stop)
        if not PLACES.acquire(blocking=False):
            self._board.error = FULL
            self._board.ended.set()
            return
        command = [sys.executable, "-m", "vae.jobs.worker", task, *arguments]
        Thread(target=_work, args=(self._board, command, given), daemon=True).start()

    @property
    def share(self) -> float:
        """Share done, in [0, 1]."""
        return self._board.share

    @property
    def is_waiting(self) -> bool:
        """Whether others are computing on this machine and it waits for its turn."""
        return self._board.started is None and not self.has_ended

    @property
    def has_ended(self) -> bool:
        """Whether it is done, stopped or failed."""
        return self._board.ended.is_set()

    @property
    def was_refused(self) -> bool:
        """Whether it never began since too many wait on this server."""
        return self._board.error == FULL

    @property
    def was_stopped(self) -> bool:
        """Whether the user stopped it."""
        return self._board.stopped.is_set()

    @property
    def seconds_left(self) -> float | None:
        """Estimate from the share done so far, None while it is too early to say."""
        if self._board.started is None or self.share < EARLY:
            return None
        return (time.monotonic() - self._board.started) * (1 - self.share) / self.share

    @property
    def status(self) -> str:
        """How far it is, in words."""
        if self.is_waiting:
            return "waiting for another computation on this machine"
        if self.seconds_left is None:
            return f"{self.share:.0%}"
        minutes, seconds = divmod(round(self.seconds_left), 60)
        return f"{self.share:.0%}, {f'{minutes} min ' if minutes else ''}{seconds} s left"

    @property
    def so_far(self) -> bytes | None:
        """What the process has found so far, None if it has not said."""
        return self._board.so_far

    @property
    def result(self) -> bytes | None:
        """What the process answered, None until it has."""
        return self._board.result

    @property
    def error(self) -> str:
        """What went wrong, empty if nothing did."""
        return self._board.error

    def stop(self) -> None:
        """Stop it."""
        self._board.stop()


class Recomputation(Job):
    """A t-SNE under way."""

    def __init__(self, mu: np.ndarray, request: Request) -> None:
        """Start with the codes mu (n, D) of the images that the request names."""
        self.request = request
        self._start = embedding.pca(mu, request.dims)
        arguments = str(request.dims), str(request.perplexity), str(request.seed)
        super().__init__("tsne", *arguments, given=as_npy(mu))

    @property
    def coordinates(self) -> np.ndarray | None:
        """The result, (n, dims), None until it is there."""
        return None if self.result is None else from_npy(self.result)

    @property
    def places(self) -> np.ndarray:
        """Where the points are so far, (n, dims); at the principal components before they have moved."""
        return self._start if self.so_far is None else from_npy(self.so_far)


def _work(board: Board, command: list[str], given: bytes) -> None:
    """Wait for a turn, run the process to its end, and write on the board what comes of it."""
    try:
        while not SLOTS.acquire(timeout=TURN_SECONDS):
            if board.stopped.is_set():
                return
        try:
            _run(board, command, given)
        finally:
            SLOTS.release()
    except (OSError, ValueError) as error:
        board.error = str(error)
    finally:
        PLACES.release()
        board.ended.set()


def _run(board: Board, command: list[str], given: bytes) -> None:
    """Run the process, unless it was stopped before."""
    with tempfile.TemporaryFile() as errors:
        process = subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors
        )
        with process:
            board.process, board.started = process, time.monotonic()
            if board.stopped.is_set():  # between the turn and the start
                process.terminate()
            _exchange(board, process, given)
        if board.result is None and not board.stopped.is_set():
            board.error = _last_line(errors) or f"The process failed with code {process.returncode}."


def _exchange(board: Board, process: "subprocess.Popen[bytes]", given: bytes) -> None:
    """Give the process its input and read its answers until it ends."""
    assert process.stdin is not None  # both are pipes
    assert process.stdout is not None
    try:
        process.stdin.write(given)
        process.stdin.close()
    except BrokenPipeError:  # it ended early; why is on its standard error
        return
    for line in process.stdout:
        if line == RESULT:
            result = process.stdout.read()
            if process.wait() == 0:  # else it was stopped while it answered
                board.result, board.share = result, 1.0
        elif line.startswith(SO_FAR):
            board.so_far = process.stdout.read(int(line.removeprefix(SO_FAR)))
        else:
            board.share = float(line)


def _last_line(file: IO[bytes]) -> str:
    """The last line that was written to a file, where Python puts the error itself."""
    file.seek(0)
    lines = file.read().decode(errors="replace").strip().splitlines()
    return lines[-1] if lines else ""
