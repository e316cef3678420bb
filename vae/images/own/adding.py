"""Make a set of the user's images: `add` reads them, tells how far it is, and can be stopped and go on."""

import shutil
import time
from collections.abc import Callable
from pathlib import Path

from filelock import FileLock, Timeout

from vae import home
from vae.images.dataset import MNIST_SPEC, Preparation
from vae.images.own import manifest, sources
from vae.images.own.levels import Levels
from vae.images.own.manifest import NAME, RULE, Manifest, OwnImagesError
from vae.images.own.plan import Fit, Plan, Source
from vae.images.own.store import Store, part
from vae.images.spec import ImageSpec

KEEP_SECONDS = 1.0  # of reading that a kill may cost
LOCK = "lock"
OnProgress = Callable[[int, int], object]  # files or rows looked at, of how many


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
    on_progress: OnProgress = lambda done, total: None,
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
    source = sources.opened(path)
    spec = _spec(source, side, channels)
    if preparation == "mnist" and spec != MNIST_SPEC:
        raise OwnImagesError(
            f"Only images of {MNIST_SPEC.words} can be prepared as MNIST's, not {spec.words}."
        )
    _check_room(source, spec)
    plan = Plan(spec, fit, levels)
    part(name).mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(part(name) / LOCK, timeout=0):
            return _read(name, source, plan, preparation, on_progress)
    except Timeout as error:
        raise OwnImagesError(f"Images are being read into the set {name} already.") from error


def check_name(name: str) -> None:
    """Raises OwnImagesError for what can be no name, and for a name that is taken."""
    if not NAME.fullmatch(name):
        raise OwnImagesError(f"{name[:60]!r} cannot be the name of a set: {RULE}.")
    if manifest.folder(name).exists():
        raise OwnImagesError(f"There is a set {name} already; take another name.")


def _spec(source: Source, side: int | None, channels: int | None) -> ImageSpec:
    height, width, found = source.look()
    return ImageSpec(side or height, side or width, channels or found)


def _check_room(source: Source, spec: ImageSpec) -> None:
    """The images lie there twice for a while, as they were read and in random order."""
    place = home.folder("images")
    place.mkdir(parents=True, exist_ok=True)
    needed, free = 2.1 * len(source) * spec.size / 2**30, shutil.disk_usage(place).free / 2**30
    if needed > free:
        raise OwnImagesError(
            f"{len(source):,} images of {spec.words} need {needed:.1f} GB of disk, {free:.1f} GB are free."
        )


def _read(
    name: str, source: Source, plan: Plan, preparation: Preparation, on_progress: OnProgress
) -> Manifest:
    kept = time.monotonic()
    with Store(name, f"{source.fingerprint} {plan}") as store:
        for batch in source.batches(plan, store.state.done):
            store.add(batch)
            try:
                on_progress(batch.done, len(source))
            except Stopped:
                store.keep()
                raise
            if time.monotonic() > kept + KEEP_SECONDS:
                store.keep()
                kept = time.monotonic()
        return store.finish(source, plan.spec, preparation)
