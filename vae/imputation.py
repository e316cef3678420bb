"""Measure what a model restores of hidden pixels, and write it for the page Impute.

python -m vae.imputation mnist-vae-2d      # writes assets/imputation/mnist-vae-2d.json
"""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from vae.analysis import imputation
from vae.errors import Unusable
from vae.model.tensor_file import write_atomically


def main(arguments: Sequence[str] | None = None) -> None:
    """Command line."""
    about = (__doc__ or "").split("\n")[0]
    parser = argparse.ArgumentParser(prog="python -m vae.imputation", description=about)
    parser.add_argument("model", help="name of a shipped model")
    parser.add_argument(
        "--images",
        type=int,
        default=imputation.IMAGES,
        help="the first so many test images (%(default)s)",
    )
    args = parser.parse_args(arguments)
    try:
        found = imputation.measure(args.model, args.images, _tell)
    except Unusable as problem:
        sys.exit(str(problem))
    text = json.dumps(found, indent=1)
    write_atomically(imputation.FOLDER / f"{Path(args.model).stem}.json", (text + "\n").encode())
    for words, row in found["masks"].items():
        ways = [way for way in imputation.WAYS if way in row]
        said = ", ".join(f"{way} {row[way][0]:.4f} ± {row[way][1]:.4f}" for way in ways)
        print(f"\n{words}: {said}", end="")
    print()


def _tell(share: float) -> None:
    print(f"\r{share:4.0%}", end="", flush=True)


if __name__ == "__main__":
    main()
