"""Make a trained checkpoint ready to ship: float16 weights, test metrics, codes, t-SNE and a model card.

    python -m vae.release runs/mnist-vae-20d.safetensors --name mnist-vae-20d

All figures are measured on the float16 weights that ship, on the test images of the model's own data set.
"""

import argparse
import sys
from pathlib import Path

from vae.errors import Unusable
from vae.training.packing import release


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(prog="python -m vae.release", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("checkpoint", type=Path, help="a checkpoint written by `python -m vae.train`")
    parser.add_argument("--name", required=True, help="name under which the model ships")
    parser.add_argument(
        "--chosen-on", default="", metavar="IMAGES", help="what its recipe was chosen on, for the model card"
    )
    args = parser.parse_args()
    try:
        print(release(args.checkpoint, args.name, chosen_on=args.chosen_on))
    except (Unusable, ValueError) as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
