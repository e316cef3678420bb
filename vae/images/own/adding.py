"""Make a set of the user's images: `add` reads them, tells how far it is, and can be stopped and go on."""

import shutil
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from vae import home
from vae.images.dataset import MNIST_SPEC, Preparation
from vae.images.own import manifest, reading, sources
from vae.images.own.manifest import Manifest, OwnImagesError
from vae.images.own.plan import Fit, Plan, Source
from vae.images.own.reading import Progress, Stage, Task
from vae.images.own.sources.levels import Levels, LevelsError
from vae.images.own.store import Store
from vae.images.spec import ImageSpec

KEEP_SECONDS = 1.0  # of reading that a kill may cost
TELL_SECONDS = 0.5  # between two words about how far it is
OnProgress = Callable[[Progress], object]


class Stopped(OwnImagesError):  # noqa: N818  # no error: the user wanted it
    """Raised by who is told of the progress, to stop; what was read is kept, and the next `add` goes on."""


def add(
    name: str,
    path: Path,
    *,
    side: int | None = None,
    channels: int | None = None,
    fit: Fit = "whole",
    levels: Levels | None = None,
    preparation: Preparation = "resize",
    on_progress: OnProgress = lambda progress: None,
) -> Manifest:
    """Read images into the set `name`; an earlier reading of the same that was stopped goes on.

    Arguments:
        name: Of the set that is to be.
        path: Of a folder or a file, see `sources`.
        side: Pixels of height and width; None: what the images have, or the nearest to it.
        channels: 1 grey, 3 RGB; None: grey if a look at some of them finds no colour.
        fit: What of a picture that is no square.
        levels: Black and white of arrays; None: what their type and values say.
        preparation: How other pictures become images of the set.
        on_progress: Told how far it is; may raise `Stopped`.

    Raises:
        OwnImagesError: with one sentence for the user.
    """
    check_name(name)
    with reading.held(name):
        try:
            return _add(name, Task(path, side, channels, fit, levels, preparation), on_progress)
        except Stopped:
            raise
        except OwnImagesError as error:
            reading.fail(name, str(error), error.likely if isinstance(error, LevelsError) else None)
            raise


def check_name(name: str) -> None:
    """Raises OwnImagesError for what can be no name, and for a name that is taken."""
    if not home.NAME.fullmatch(name):
        raise OwnImagesError(f"{name[:60]!r} cannot be the name of a set: a name has {home.RULE}.")
    if manifest.folder(name).exists():
        raise OwnImagesError(f"There is a set {name} already; take another name.")


def _add(name: str, task: Task, on_progress: OnProgress) -> Manifest:
    source = sources.opened(task.path)
    height, width, channels = source.look()
    spec = ImageSpec(task.side or height, task.side or width, task.channels or channels)
    if task.preparation == "mnist" and spec != MNIST_SPEC:
        raise OwnImagesError(
            f"Only images of {MNIST_SPEC.words} can be prepared as MNIST's, not {spec.words}."
        )
    _check_room(source, spec)
    reading.begin(name, task)
    try:
        return _read(name, source, Plan(spec, task.fit, task.levels), task.preparation, on_progress)
    except OSError as error:
        said = f"The images could not be kept ({error.strerror or error}). What was read is there: make room"
        raise OwnImagesError(f"{said}, and go on by the same command.") from error


def _check_room(source: Source, spec: ImageSpec) -> None:
    """The images lie there twice for a while, as they were read and in random order."""
    place = home.folder("images")
    needed, free = 2.1 * len(source) * spec.size / 2**30, shutil.disk_usage(place).free / 2**30
    if needed > free:
        raise OwnImagesError(
            f"{len(source):,} images of {spec.words} need {needed:.1f} GB of disk, {free:.1f} GB are free."
        )


def _read(
    name: str, source: Source, plan: Plan, preparation: Preparation, on_progress: OnProgress
) -> Manifest:
    with Store(name, f"{source.fingerprint} {plan}") as store:
        told = _Told(name, len(source), store.state.done, "reading", on_progress)
        kept = time.monotonic()
        for batch in source.batches(plan, store.state.done):
            store.add(batch)
            if time.monotonic() > kept + KEEP_SECONDS:
                store.keep()
                kept = time.monotonic()
            try:
                told(batch.done)
            except Stopped:
                store.keep()
                raise
        mixed = _Told(name, store.state.used, 0, "mixing", on_progress)
        return store.finish(source, plan.spec, preparation, mixed)


class _Told:
    """Says how far a stage is: now and then on the disk, to who asked each time."""

    def __init__(self, name: str, total: int, began: int, stage: Stage, on_progress: OnProgress) -> None:
        self.name = name
        self.progress = Progress(began, total, time.time(), began, stage)
        self.on_progress = on_progress
        self.last = 0.0

    def __call__(self, done: int) -> None:
        self.progress = replace(self.progress, done=done)
        if time.monotonic() > self.last + TELL_SECONDS or done == self.progress.total:
            self._write()
        try:
            self.on_progress(self.progress)
        except Stopped:
            self._write()
            raise

    def _write(self) -> None:
        reading.tell(self.name, self.progress)
        self.last = time.monotonic()
