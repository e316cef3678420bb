"""Train the classifier that reads digits, and measure its test accuracy: `python -m vae.classifier`."""

import argparse
import sys
from pathlib import Path

import numpy as np

from vae.analysis.classifier import COMMAND, DATASETS, PATH, Classifier, accuracy, save
from vae.errors import Unusable
from vae.training.classifier import EPOCHS, train


def main(arguments: list[str] | None = None) -> None:
    """Command line: train, measure and write the classifier."""
    parser = argparse.ArgumentParser(prog=COMMAND, description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--epochs", type=int, default=EPOCHS)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, default=PATH)
    args = parser.parse_args(arguments)
    try:
        weights = train(args.epochs, args.seed)
    except Unusable as error:
        sys.exit(str(error))
    stored = {name: weight.astype(np.float16).astype(np.float32) for name, weight in weights.items()}
    measured = {name: accuracy(Classifier(stored, {}), name) for name in DATASETS}
    save(args.out, Classifier(stored, measured))
    for name, share in measured.items():
        print(f"{name}: test accuracy {share:.2%}")


if __name__ == "__main__":
    main()
