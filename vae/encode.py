"""Encode the first 5,000 training images of a model's data set, for the latent map.

    python -m vae.encode mnist-vae-2d      # writes assets/training/mnist-vae-2d.safetensors

Posteriors in float16, nll and KL in nats per image, 10 samples of z each, seed 0.
"""

import argparse
import sys
from collections.abc import Sequence

import numpy as np
import torch

from vae.analysis import training_codes
from vae.analysis.training_codes import COUNT, SAMPLES, SEED
from vae.errors import Unusable
from vae.images import sets
from vae.model import checkpoint, codes
from vae.model.catalogue import model_path
from vae.model.codes import Codes
from vae.training.evaluation import evaluate
from vae.training.vae import build


def main(arguments: Sequence[str] | None = None) -> None:
    """Command line."""
    about = (__doc__ or "").split("\n")[0]
    parser = argparse.ArgumentParser(prog="python -m vae.encode", description=about)
    parser.add_argument("models", nargs="+", help="names of shipped models")
    args = parser.parse_args(arguments)
    try:
        for name in args.models:
            print(_encode(name))
    except (Unusable, ValueError) as error:
        sys.exit(str(error))


def _encode(name: str) -> str:
    """Write the codes of a model's training images; returns what they cost, in words."""
    trained = checkpoint.load(model_path(name))
    train = sets.load(trained.description.dataset.name, "train")
    pixels = torch.from_numpy(train.pixels[:COUNT]).flatten(1)
    terms = evaluate(build(trained.description.config, trained.weights), pixels, SAMPLES, SEED)
    labels = None if train.labels is None else train.labels[:COUNT]
    sd = np.exp(0.5 * terms.log_var.numpy())
    names = None if train.names is None else train.names[:COUNT]
    found = Codes(terms.mu.numpy(), sd, labels, terms.nll.numpy(), terms.known_kl, names=names)
    codes.save(training_codes.path_of(name), found, trained.fingerprint)
    costs = f"nll {terms.nll.mean():.2f}" if found.kl is None else f"nll + KL {found.loss.mean():.2f}"
    return f"{name}: {len(found):,} training images, {costs} nats per image"


if __name__ == "__main__":
    main()
