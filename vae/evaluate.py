"""Score a model on a data set: ELBO, nll and KL, or log p(x) of binarised images, in nats per image.

    python -m vae.evaluate mnist-vae-20d --dataset mnist --split test --samples 10 --json
    python -m vae.evaluate mnist-vae-20d --ais --images 100 --chains 8 --steps 1000

Without --json the same figures come as text.
"""

import argparse
import json
import sys
import time
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from vae.errors import Unusable
from vae.images import sets
from vae.model.catalogue import model_path
from vae.model.checkpoint import load
from vae.train import pick_device
from vae.training import evaluation
from vae.training.adversarial.without_critic import kl_without_critic
from vae.training.likelihood import evidence
from vae.training.vae import Trainable, build


def main() -> None:
    """Command line."""
    args = _parser().parse_args()
    try:
        checkpoint = load(model_path(args.model))
        model = build(checkpoint.description.config, checkpoint.weights)
        dataset = args.dataset or checkpoint.description.dataset.name
        pixels = sets.load(dataset, args.split, download=args.download).pixels
        if pixels.shape[1:] != model.config.image_spec.shape:
            raise ValueError(f"The images of {dataset} have another shape than {args.model}'s.")
        said, text = (_annealed if args.ais else _terms)(args, model, dataset, pixels)
    except (Unusable, ValueError) as error:
        sys.exit(str(error))
    print(json.dumps(said, indent=2) if args.json else text)


def _parser() -> argparse.ArgumentParser:
    about = (__doc__ or "").split("\n")[0]
    parser = argparse.ArgumentParser(prog="python -m vae.evaluate", description=about)
    add = parser.add_argument
    add("model", help="name of a shipped model, or path of a checkpoint")
    add("--dataset", choices=sets.names(), help="default: the set the model was trained on")
    add("--split", choices=("train", "test"), default="test")
    add("--samples", type=int, default=10, help="samples of z per image for the ELBO (default 10)")
    add("--seed", type=int, default=0)
    add("--download", action="store_true", help="fetch the data set if it is missing")
    add("--json", action="store_true", help="print JSON")
    add("--ais", action="store_true", help="log p(x) by annealed importance sampling, not the ELBO")
    add("--images", type=int, default=100, help="images of --ais, spread evenly over the set (default 100)")
    add("--chains", type=int, default=8, help="chains of --ais for each image (default 8)")
    add("--steps", type=int, default=1000, help="steps of --ais from the prior (default 1000)")
    add("--device", default="auto", help="of --ais: auto, cpu, cuda, cuda:1, ...")
    return parser


Scored = tuple[dict[str, Any], str]


def _terms(args: argparse.Namespace, model: Trainable, dataset: str, pixels: NDArray[np.uint8]) -> Scored:
    x = torch.from_numpy(pixels).flatten(1)
    scores = evaluation.evaluate(model, x, args.samples, args.seed)
    said = evaluation.summary(scores, dataset, args.split, args.samples, args.seed)
    said |= kl_without_critic(model, x, args.seed)
    return said, evaluation.summary_text(said)


def _annealed(args: argparse.Namespace, model: Trainable, dataset: str, pixels: NDArray[np.uint8]) -> Scored:
    device, began = pick_device(args.device), time.perf_counter()
    noise = torch.Generator().manual_seed(args.seed)
    x = evaluation.binarised(torch.from_numpy(pixels).flatten(1), noise)
    chosen = x[evidence.spread(len(x), args.images)]
    found = evidence.evidence(model.to(device), chosen, args.chains, args.steps, args.seed, _tell)
    print(file=sys.stderr)
    said = evidence.summary(found) | {
        "data": f"{dataset} {args.split}, spread evenly, binarised at random, seed {args.seed}",
        "seed": args.seed,
        "device": torch.cuda.get_device_name(device) if device.type == "cuda" else device.type,
        "seconds": round(time.perf_counter() - began),
    }
    return said, evidence.summary_text(said)


def _tell(share: float) -> None:
    print(f"\r{share:4.0%}", end="", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
