"""Make a set of the user's images: `add` reads them, tells how far it is, and can be stopped and go on."""

import time
from collections.abc import Callable
from pathlib import Path

from filelock import FileLock, Timeout

from vae.images.dataset import MNIST_SPEC, Preparation
from vae.images.own import folders, manifest
from vae.images.own.manifest import NAME, RULE, Manifest, OwnImagesError
from vae.images.own.plan import Fit, Plan, Source
from vae.images.own.store import Store, part
from vae.images.spec import ImageSpec

KEEP_SECONDS = 1.0  # of reading that a kill may cost
LOCK = "lock"
OnProgress = Callable[[int, int], object]  # files or rows looked at, of how many


def add(
    name: str,
    path: Path,
    *,
    side: int | None = None,
    channels: int | None = None,
    fit: Fit = "whole",
    preparation: Preparation = "resize",
    on_progress: OnProgress = lambda done, total: None,
) -> Manifest:
    """Read images into the set `name`; an earlier reading of the same that was stopped goes on.

    Arguments:
        name: Of the set that is to be.
        path: A folder of pictures.
        side: Pixels of height and width; None: what the images have, or the nearest to it.
        channels: 1 grey, 3 RGB; None: grey if a look at some of them finds no colour.
        fit: What of a picture that is no square.
        preparation: How other pictures become images of the set.
        on_progress: Told how far it is.

    Raises:
        OwnImagesError: with one sentence for the user.
    """
    check_name(name)
    source = opened(path)
    spec = _spec(source, side, channels)
    if preparation == "mnist" and spec != MNIST_SPEC:
        raise OwnImagesError(
            f"Only images of {MNIST_SPEC.words} can be prepared as MNIST's, not {spec.words}."
        )
    plan = Plan(spec, fit)
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


def opened(path: Path) -> Source:
    """What is at the path, to be read.

    Raises:
        OwnImagesError: if nothing there can be read.
    """
    if not path.is_dir():
        raise OwnImagesError(f"There is no folder {path}.")
    return folders.opened(path)


def _spec(source: Source, side: int | None, channels: int | None) -> ImageSpec:
    if not len(source):
        raise OwnImagesError(f"There is no file in {source.words}.")
    height, width, found = source.look()
    return ImageSpec(side or height, side or width, channels or found)


def _read(
    name: str, source: Source, plan: Plan, preparation: Preparation, on_progress: OnProgress
) -> Manifest:
    store = Store(name, f"{source.fingerprint} {plan}")
    kept = time.monotonic()
    for batch in source.batches(plan, store.state.done):
        store.add(batch)
        on_progress(batch.done, len(source))
        if time.monotonic() > kept + KEEP_SECONDS:
            store.keep()
            kept = time.monotonic()
    return store.finish(source, plan.spec, preparation)
