"""Measure how few labels the codes of a model need, and write it for the page Labels.

python -m vae.labels mnist-vae-20d      # writes assets/labels/mnist-vae-20d.json
"""

import argparse
import sys
from pathlib import Path

from vae import explorer
from vae.analysis import few_labels
from vae.errors import Unusable
from vae.model.tensor_file import write_atomically


def main(arguments: list[str] | None = None) -> None:
    """Command line: run the experiment and write it."""
    parser = argparse.ArgumentParser(prog="python -m vae.labels", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("model", help="name of a shipped model, or path of a checkpoint")
    parser.add_argument(
        "--seeds",
        type=int,
        default=few_labels.SEEDS,
        help=f"draws of the labels (default {few_labels.SEEDS})",
    )
    parser.add_argument("--out", type=Path, help="default: assets/labels/MODEL.json")
    args = parser.parse_args(arguments)
    try:
        model = explorer.load(args.model)
        done = few_labels.experiment(model, args.seeds, on_progress=_tell)
    except (Unusable, ValueError) as error:
        sys.exit(str(error))
    write_atomically(args.out or few_labels.FOLDER / f"{model.name}.json", few_labels.to_json(done).encode())


def _tell(share: float) -> None:
    print(f"\r{share:.0%}", end="", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
