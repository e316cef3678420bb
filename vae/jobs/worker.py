"""What a process of a job does: `python -m vae.jobs.worker TASK ARGUMENTS ...`, started by `vae.jobs.job`.

It reads what it is given from its input and runs the task of that name, see `vae.jobs.tasks`. It writes the
share done, in [0, 1], in a line now and then, at last the line `result` and what it found. A task that has
something to show before writes it after a line with its length.
"""

import os
import sys
from typing import BinaryIO

from vae.jobs.tasks import TASKS

NICENESS = 10  # gives way to the server's own work
RESULT = b"result\n"
SO_FAR = b"so far "  # and the bytes that follow the line


def main(task: str, *arguments: str) -> None:
    """Compute from standard input to standard output."""
    if hasattr(os, "nice"):
        os.nice(NICENESS)
    answers = _own_output()

    def tell(share: float, so_far: bytes = b"") -> None:
        answers.write(f"{share:.4f}\n".encode())
        if so_far:
            answers.write(SO_FAR + f"{len(so_far)}\n".encode() + so_far)
        answers.flush()

    found = TASKS[task](sys.stdin.buffer.read(), tell, *arguments)
    answers.write(RESULT + found)
    answers.close()


def _own_output() -> BinaryIO:
    """Standard output for the answers alone; whatever else is printed goes to standard error."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    return answers


if __name__ == "__main__":
    main(*sys.argv[1:])
