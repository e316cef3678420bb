"""A training from its settings to the model in the pickers; it can end and go on at any time."""

import errno
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import torch

from vae import home
from vae.images import sets
from vae.logbook.ending import kept, wished
from vae.logbook.folder import Logbook, Said
from vae.logbook.turn import Wished
from vae.training.durable.watch import Watch
from vae.training.packing import release
from vae.training.run import DiskFull, OnStep, OutOfMemory, Run, fit, resume_path
from vae.training.settings import TrainConfig

MEMORY_SIGNS = ("can't allocate memory", "out of memory", "not enough memory")  # in torch's words


def work(
    book: Logbook,
    config: TrainConfig,
    device: torch.device,
    on_step: Callable[[Run], OnStep] = lambda _: lambda *_: None,
) -> Said:
    """Train from where the folder stands to the last epoch, and pack the model.

    Arguments:
        book: The training, which this process holds, and whose turn it is.
        config: Its settings.
        device: Where it trains.
        on_step: Gives what is called after each step of the run.

    Raises:
        TrainingError: where it cannot go on; the state of the last epoch is kept.
        DataError: if the images cannot be read.
    """
    clean(book.path)
    with faults(book):
        train, test = (sets.load(config.dataset, split) for split in ("train", "test"))
        pixels = torch.as_tensor(train.pixels, device=device).flatten(1)
        run = Run(config, len(pixels), device)
        _restore(book, run)
        watch = Watch(book, run, test)
        show = on_step(run)

        def step(epoch: int, images: int, loss: torch.Tensor) -> None:
            watch.on_step(epoch, images, loss)
            show(epoch, images, loss)

        end = ""
        try:
            fit(run, pixels, book.checkpoint, step, on_epoch=watch.on_epoch)
        except Wished as wish:
            end = wish.end
        if end == "pause" or (end and not run.epoch):
            said = wished(book, end)
        else:
            watch.beat("packing")
            said = _packed(book, run, has_ended=not end)
    book.say(said)
    return said


def _restore(book: Logbook, run: Run) -> None:
    """Go back to the state on the disk, if there is one; with other noise after an infinite number."""
    state = resume_path(book.checkpoint)
    if not (state.exists() and book.checkpoint.exists()):
        return
    run.restore(state)
    if book.beat and book.beat.tries:
        run.generator.manual_seed(run.config.seed + book.beat.tries)


def _packed(book: Logbook, run: Run, has_ended: bool) -> Said:
    """Write the model of the last epoch to where the pickers look for it."""
    release(book.checkpoint, book.name, home.folder("models"), thorough=False)
    if has_ended:
        return Said("done", f"Done: {_epochs(run.epoch)}. The model is in the list of every page.")
    return Said(
        "stopped",
        f"Stopped after {_epochs(run.epoch)}. The model is in the list of every page; Resume goes on.",
    )


@contextmanager
def faults(book: Logbook | None = None) -> Iterator[None]:
    """Full memory and a full disk as errors that say so, and what is kept of a training in a logbook."""
    try:
        yield
    except (MemoryError, RuntimeError) as error:
        if not _is_memory(error):
            raise
        raise OutOfMemory(
            f"The memory is full: choose a smaller batch or network, or close what else runs.{_rest(book)}"
        ) from error
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        raise DiskFull(f"The disk is full. Make room, then resume.{_rest(book)}") from error


def _epochs(count: int) -> str:
    return f"{count} epoch{'s' * (count > 1)}"


def _rest(book: Logbook | None) -> str:
    return "" if book is None else f" {kept(book)}"


def _is_memory(error: Exception) -> bool:
    is_torch = isinstance(error, RuntimeError) and any(sign in str(error).lower() for sign in MEMORY_SIGNS)
    return isinstance(error, MemoryError) or is_torch


def clean(folder: Path) -> None:
    """Remove what a killed process left half written; nobody else writes here."""
    for left in folder.rglob("*.tmp"):
        shutil.rmtree(left) if left.is_dir() else left.unlink(missing_ok=True)
