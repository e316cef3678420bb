"""Learning from few labels in a process of its own: `python -m vae.web.labels_process MODEL`.

Writes the share done, in [0, 1], in a line now and then, then the line `result` and the experiment as JSON.
"""

import os
import sys

from vae.web.tsne_process import NICENESS, RESULT, own_output


def main(model: str) -> None:
    """Compute and write to standard output."""
    from vae import explorer, labels

    if hasattr(os, "nice"):
        os.nice(NICENESS)
    answers = own_output()

    def tell(share: float) -> None:
        answers.write(f"{share:.4f}\n".encode())
        answers.flush()

    done = labels.experiment(explorer.load(model), on_progress=tell)
    answers.write(RESULT + labels.to_json(done).encode())
    answers.close()


if __name__ == "__main__":
    main(sys.argv[1])
