"""Measure the amortisation gap of a model: what a search for each image gains over the encoder, in nats.

python -m vae.gap mnist-vae-2d --images 1000      # writes assets/inference/mnist-vae-2d.json
"""

import argparse
import sys

from vae import explorer
from vae.analysis import inference_gap
from vae.analysis.inference_gap import IMAGES, gap
from vae.errors import Unusable
from vae.latent.posterior_search import STEPS


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(prog="python -m vae.gap", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("model", help="name of a shipped model")
    parser.add_argument(
        "--images", type=int, default=IMAGES, help=f"the first so many test images ({IMAGES})"
    )
    parser.add_argument("--steps", type=int, default=STEPS, help=f"steps of the search ({STEPS})")
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    try:
        model = explorer.load(args.model)
        said = gap(model, args.images, args.steps, args.seed, _tell)
    except (Unusable, ValueError) as error:
        sys.exit(str(error))
    print(inference_gap.save(model.name, said))
    print(f"{said.mean:.2f} ± {said.error:.2f} nats per image, {said.data}")


def _tell(share: float) -> None:
    print(f"\r{share:4.0%}", end="", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
