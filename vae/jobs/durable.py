"""Trainings in processes that outlive the page and the server that started them, see `vae.logbook`."""

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from threading import Thread

from vae.logbook import folder
from vae.logbook.folder import ALIVE, Logbook, LogbookError

ROOT = Path(__file__).parents[2]
MOST = 10  # trainings under way and waiting


def begin(name: str, words: Sequence[str]) -> Logbook:
    """A new training with these words of the command line, under way or waiting for its turn.

    Raises:
        LogbookError: if there is a training or a model of that name, the name cannot be one, or too many
            wait.
    """
    if sum(book.state in ALIVE for book in folder.books()) >= MOST:
        raise LogbookError(f"{MOST} trainings already run or wait here; stop one, or try again later.")
    book = folder.create(name, words)
    resume(book)
    return book


def resume(book: Logbook) -> None:
    """Start the process of a training that has none; it goes on from where it stands."""
    if book.state in ALIVE:
        return
    book.begin()
    spare = max(1, (os.cpu_count() or 1) - 1)  # a core is left for the pages
    with book.log.open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "vae.jobs.trainer", book.name],
            cwd=ROOT,
            env=os.environ | {"OMP_NUM_THREADS": str(spare)},
            start_new_session=True,  # it outlives this process and its terminal
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    Thread(target=process.wait, daemon=True).start()  # so that none is left in the table of processes
