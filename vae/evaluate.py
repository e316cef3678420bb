"""Score a model on a data set: ELBO, nll and KL in nats per image.

    python -m vae.evaluate mnist-vae-20d --dataset mnist --split test --samples 10 --json

Without --json the same figures come as text.
"""

import argparse
import json
import sys

import torch

from vae.errors import Unusable
from vae.images import sets
from vae.model.catalogue import model_path
from vae.model.checkpoint import load
from vae.training import evaluation
from vae.training.vae import build


def main() -> None:
    """Command line."""
    about = (__doc__ or "").split("\n")[0]
    parser = argparse.ArgumentParser(prog="python -m vae.evaluate", description=about)
    parser.add_argument("model", help="name of a shipped model, or path of a checkpoint")
    parser.add_argument("--dataset", choices=sets.NAMES, help="default: the set the model was trained on")
    parser.add_argument("--split", choices=("train", "test"), default="test")
    parser.add_argument("--samples", type=int, default=10, help="samples of z per image (default 10)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--download", action="store_true", help="fetch the data set if it is missing")
    parser.add_argument("--json", action="store_true", help="print JSON")
    args = parser.parse_args()
    try:
        checkpoint = load(model_path(args.model))
        model = build(checkpoint.description.config, checkpoint.weights)
        dataset = args.dataset or checkpoint.description.dataset.name
        pixels = sets.load(dataset, args.split, download=args.download).pixels
        if pixels.shape[1:] != model.config.image_spec.shape:
            raise ValueError(f"The images of {dataset} have another shape than {args.model}'s.")
        scores = evaluation.evaluate(model, torch.from_numpy(pixels).flatten(1), args.samples, args.seed)
    except (Unusable, ValueError) as error:
        sys.exit(str(error))
    said = evaluation.summary(scores, dataset, args.split, args.samples, args.seed)
    print(json.dumps(said, indent=2) if args.json else evaluation.summary_text(said))


if __name__ == "__main__":
    main()
