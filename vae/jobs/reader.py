"""Own images are read in a process of its own, which outlives the page and the server that started it.

`python -m vae.jobs.reader NAME` reads what is begun under that name, see `vae.images.own.reading`.
"""

import os
import signal
import subprocess
import sys
from pathlib import Path
from threading import Thread

from vae.errors import Unusable
from vae.images.own import adding, reading
from vae.images.own.adding import Stopped
from vae.images.own.reading import Task

ROOT = Path(__file__).parents[2]
NICENESS = 10  # gives way to the server's own work


def begin(name: str, task: Task) -> None:
    """Start to read images into the set of that name, or go on."""
    reading.begin(name, task)
    process = subprocess.Popen(
        [sys.executable, "-m", "vae.jobs.reader", name],
        cwd=ROOT,
        start_new_session=True,  # it outlives this process and its terminal
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    Thread(target=process.wait, daemon=True).start()  # so that none is left in the table of processes


def main(name: str) -> None:
    """Read to the end, or until SIGTERM."""
    stops: list[int] = []
    signal.signal(signal.SIGTERM, lambda signum, frame: stops.append(signum))
    if hasattr(os, "nice"):
        os.nice(NICENESS)

    def show(progress: reading.Progress) -> None:
        if stops:
            raise Stopped("Stopped.")

    try:
        adding.add(name, **vars(reading.task(name)), on_progress=show)
    except Unusable as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main(*sys.argv[1:])
