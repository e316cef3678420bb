"""t-SNE in a process of its own: `python -m vae.jobs.worker DIMS PERPLEXITY SEED`.

Reads the codes (N, D) as a .npy file from its input. Writes the share done, in [0, 1], in a line now and
then, at last the line `result` and the coordinates (N, DIMS) as a .npy file. Started by `vae.jobs.job`.
"""

import io
import os
import sys
from typing import BinaryIO

import numpy as np

NICENESS = 10  # gives way to the server's own work
RESULT = b"result\n"


def main(dims: int, perplexity: float, seed: int) -> None:
    """Compute from standard input to standard output."""
    from vae.latent import embedding  # not needed by the server, which imports this module for the format

    if hasattr(os, "nice"):
        os.nice(NICENESS)
    answers = own_output()
    mu = np.load(io.BytesIO(sys.stdin.buffer.read()), allow_pickle=False)

    def tell(share: float) -> None:
        answers.write(f"{share:.4f}\n".encode())
        answers.flush()

    coordinates = embedding.tsne(mu, dims, perplexity, seed, on_progress=tell)
    answers.write(RESULT + as_npy(coordinates))
    answers.close()


def as_npy(array: np.ndarray) -> bytes:
    """The array as the content of a .npy file; a pipe, which has no positions, takes it in one piece."""
    content = io.BytesIO()
    np.save(content, array, allow_pickle=False)
    return content.getvalue()


def own_output() -> BinaryIO:
    """Standard output for the answers alone; whatever else is printed goes to standard error."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    return answers


if __name__ == "__main__":
    main(int(sys.argv[1]), float(sys.argv[2]), int(sys.argv[3]))
