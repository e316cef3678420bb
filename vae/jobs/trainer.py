"""What the process of a training does: `python -m vae.jobs.trainer NAME`, started by `vae.jobs.durable`.

It waits for its turn before it loads PyTorch, so that those that wait need little memory.
"""

import os
import sys

from vae.errors import Unusable
from vae.logbook import ending, folder, turn

NICENESS = 19  # gives way to everything else


def main(name: str) -> None:
    """Train what the logbook of that name asks for; ends with the code of `python -m vae.train`."""
    if hasattr(os, "nice"):
        os.nice(NICENESS)
    try:
        book = folder.find(name)
        with turn.held(book), ending.said(book), turn.taken(book):
            from vae import train  # PyTorch is heavy

            train.carry_on(book)
    except (Unusable, ValueError) as error:
        print(error, file=sys.stderr)
        sys.exit(getattr(error, "code", 1))


if __name__ == "__main__":
    main(*sys.argv[1:])
