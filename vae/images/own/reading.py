"""What is known of the sets that are being read, or were stopped on the way: written by the one who reads.

In the folder of the images read so far (see `store`) lie

    task.json      what is read, and how: enough to go on
    progress.json  how far it is, written about once a second
    pid            of the process that reads
    said           why it ended without a set, with what black and white may be
    lock           held while a process reads
    upload/        files that were given on the page

Times are seconds since 1970.
"""

import json
import os
import shutil
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from threading import Lock
from typing import Any, Literal, Self

from filelock import FileLock, Timeout

from vae import home
from vae.images.dataset import Preparation
from vae.images.own import manifest, store
from vae.images.own.manifest import REPORT, OwnImagesError
from vae.images.own.plan import Fit

TASK, PROGRESS, PID, SAID, LOCK, GIVEN = "task.json", "progress.json", "pid", "said", "lock", "upload"
START_SECONDS = 30.0  # that a process may take until it holds the lock
LOCK_SECONDS = 1.0  # that it tries to: who looks whether images are being read holds it for an instant
_looking = Lock()  # threads of this process do not take each other for the process that reads

Stage = Literal["reading", "mixing"]
State = Literal[Stage, "stopped", "failed"]


@dataclass(frozen=True)
class Task:
    """What is read, and how.

    Arguments:
        path: Of a folder or a file.
        side: Pixels of height and width; None: what the images have, or the nearest to it.
        channels: 1 grey, 3 RGB; None: grey if a look at some of them finds no colour.
        fit: What of a picture that is no square.
        levels: Black and white of arrays; None: what their type and values say.
        preparation: How other pictures become images of the set.
    """

    path: Path
    side: int | None = None
    channels: int | None = None
    fit: Fit = "whole"
    levels: tuple[float, float] | None = None
    preparation: Preparation = "resize"

    def with_levels(self, levels: tuple[float, float]) -> Self:
        """The same by other levels."""
        return replace(self, levels=levels)


@dataclass(frozen=True)
class Progress:
    """How far a reading is.

    Arguments:
        done, total: Files or rows looked at, then images put into random order, of how many.
        since, began: When this process began with the stage, and how many were done then.
        stage: What is done with them.
    """

    done: int
    total: int
    since: float
    began: int
    stage: Stage = "reading"

    @property
    def seconds_left(self) -> float | None:
        """Of the stage, by what this process has done of it, None while it has not."""
        did = self.done - self.began
        return None if did <= 0 else (time.time() - self.since) * (self.total - self.done) / did


@dataclass(frozen=True)
class Reading:
    """A set that is being read, or was stopped on the way.

    Arguments:
        name: Of the set that is to be.
        state: What happens to it.
        progress: How far it is, None before the first image.
        said: Why it failed.
        likely: What black and white may be, where that is why.
    """

    name: str
    state: State
    progress: Progress | None
    said: str = ""
    likely: tuple[float, float] | None = None


def names() -> tuple[str, ...]:
    """The sets that are being read or were stopped on the way, the oldest first."""
    found = [path.parent for path in home.folder("images").glob(f"*.part/{TASK}")]
    ordered = sorted(found, key=lambda path: (path / TASK).stat().st_mtime)
    known = (path.name.removesuffix(".part") for path in ordered)
    return tuple(name for name in known if home.NAME.fullmatch(name) and not manifest.exists(name))


def look(name: str) -> Reading | None:
    """How the reading of that name stands; None where there is none."""
    folder = store.part(name)
    if not (folder / TASK).is_file():
        return None
    said, found = _json(folder / PROGRESS), _json(folder / SAID)
    progress = Progress(**said) if said else None
    if _is_held(folder) or _is_starting(folder):
        return Reading(name, "reading" if progress is None else progress.stage, progress)
    if manifest.exists(name):
        return None  # it has become a set in between
    if found:
        likely = found["likely"]
        return Reading(name, "failed", progress, found["said"], likely and (likely[0], likely[1]))
    return Reading(name, "stopped", progress)


def task(name: str) -> Task:
    """What is read into the set of that name.

    Raises:
        OwnImagesError: if nobody knows.
    """
    said = _json(store.part(name) / TASK)
    if not said:
        raise OwnImagesError(f"Nothing is known of a set {name} that was begun.")
    levels = said["levels"]
    return Task(**{**said, "path": Path(said["path"]), "levels": levels and (levels[0], levels[1])})


def begin(name: str, what: Task) -> None:
    """Say what is to be read; nothing is known then of how an earlier reading ended."""
    folder = store.part(name)
    folder.mkdir(parents=True, exist_ok=True)
    for each in (SAID, PROGRESS):
        (folder / each).unlink(missing_ok=True)
    store.replace(folder / TASK, json.dumps({**asdict(what), "path": str(what.path.absolute())}))


@contextmanager
def held(name: str) -> Iterator[None]:
    """While this process, and no other, reads into the set.

    Raises:
        OwnImagesError: if another one does.
    """
    folder = store.part(name)
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(folder / LOCK, timeout=LOCK_SECONDS):
            store.replace(folder / PID, str(os.getpid()))
            yield
    except Timeout as error:
        raise OwnImagesError(f"Images are being read into the set {name} already.") from error


def tell(name: str, progress: Progress) -> None:
    """Say how far it is."""
    store.replace(store.part(name) / PROGRESS, json.dumps(asdict(progress)))


def fail(name: str, said: str, likely: tuple[float, float] | None) -> None:
    """Say why it ended without a set; of what was never begun nothing is left."""
    if not (store.part(name) / TASK).is_file():
        shutil.rmtree(store.part(name), ignore_errors=True)
        return
    store.replace(store.part(name) / SAID, json.dumps({"said": said, "likely": likely}))


def stop(name: str) -> None:
    """Ask the process that reads to stop; what it has read is kept."""
    folder = store.part(name)
    try:
        if _is_held(folder):
            os.kill(int((folder / PID).read_text()), signal.SIGTERM)
    except (OSError, ValueError):
        return  # it has ended meanwhile


def discard(name: str) -> None:
    """Remove what was read of a set that is not read on."""
    if home.NAME.fullmatch(name) and not _is_held(store.part(name)):
        shutil.rmtree(store.part(name), ignore_errors=True)


def remove(name: str) -> None:
    """Take a finished set from the disk; what a link leads to stays.

    Raises:
        OwnImagesError: while images are read into a set of that name, and if it cannot be taken away.
    """
    if not manifest.exists(name):
        return
    if (found := look(name)) is not None and found.state in ("reading", "mixing"):
        raise OwnImagesError(f"Images are being read into the set {name}; stop that first.")
    gone = manifest.folder(f"{name}.removed")  # no set's name: it is away at once
    shutil.rmtree(gone, ignore_errors=True)  # of a removal that was cut short
    try:
        manifest.folder(name).rename(gone)
        if gone.is_symlink():
            gone.unlink()
    except OSError as error:
        raise OwnImagesError(f"The set {name} cannot be removed ({error.strerror or error}).") from error
    shutil.rmtree(gone, ignore_errors=True)


def given(name: str) -> Path:
    """Where files lie that were given for the set and belong to nobody else; they go when it is there."""
    return store.part(name) / GIVEN


def report(name: str) -> Path:
    """What became of the files that were read so far."""
    return store.part(name) / REPORT


def _is_held(folder: Path) -> bool:
    if not (folder / LOCK).exists():
        return False
    try:
        with _looking, FileLock(folder / LOCK, timeout=0):
            return False
    except (Timeout, OSError):
        return True


def _is_starting(folder: Path) -> bool:
    """Whether a process was asked for a moment ago that does not hold the lock yet."""
    try:
        began = (folder / TASK).stat().st_mtime
    except OSError:
        return False
    told = any((folder / each).exists() for each in (SAID, PROGRESS))
    return not told and time.time() < began + START_SECONDS


def _json(path: Path) -> dict[str, Any]:
    """What a file says; nothing where there is none, or it is damaged."""
    try:
        return dict(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return {}
