"""A measurement in a process of its own: `python -m vae.jobs.tasks labels|gap|errors|ledger ...`.

Writes the share done, in [0, 1], in a line now and then, then the line `result` and what it found as JSON.
"""

import io
import json
import os
import sys
from collections.abc import Callable

import numpy as np

from vae.jobs.worker import NICENESS, RESULT, own_output

Tell = Callable[[float], None]


def labels_of(model: str, tell: Tell) -> str:
    """Accuracy from few labels, see `vae.analysis.few_labels`."""
    from vae import explorer
    from vae.analysis import few_labels

    return few_labels.to_json(few_labels.experiment(explorer.load(model), on_progress=tell))


def gap_of(model: str, tell: Tell) -> str:
    """The amortisation gap, see `vae.analysis.inference_gap`."""
    from vae.analysis import inference_gap

    return inference_gap.to_json(inference_gap.gap(model, on_progress=tell))


def errors_of(model: str, mask: str, steps: str, tell: Tell) -> str:
    """Errors of restored pixels, see `vae.analysis.imputation`; reads images (N, 28, 28) as a .npy file."""
    from vae import explorer
    from vae.analysis import imputation
    from vae.images import masks

    images, hidden = np.load(io.BytesIO(sys.stdin.buffer.read()), allow_pickle=False), masks.from_text(mask)
    found = imputation.errors(explorer.load(model), images, hidden, int(steps), on_progress=tell)
    return json.dumps(imputation.summary(found, hidden))


def ledger_of(tell: Tell) -> str:
    """The ledger with its models scored again, see `vae.analysis.ledger`."""
    from vae.analysis import ledger

    return ledger.to_json(ledger.rows(measure=True, on_progress=tell))


MEASUREMENTS: dict[str, Callable[..., str]] = {
    "labels": labels_of,
    "gap": gap_of,
    "errors": errors_of,
    "ledger": ledger_of,
}


def main(what: str, *arguments: str) -> None:
    """Measure and write to standard output."""
    if hasattr(os, "nice"):
        os.nice(NICENESS)
    answers = own_output()

    def tell(share: float) -> None:
        answers.write(f"{share:.4f}\n".encode())
        answers.flush()

    said = MEASUREMENTS[what](*arguments, tell)
    answers.write(RESULT + said.encode())
    answers.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
