"""Encode images: the training images that the latent map shows, or a shard of as many as there are.

    python -m vae.encode mnist-vae-2d      # writes assets/training/mnist-vae-2d.safetensors
    python -m vae.encode mine --shard 3/16 --to codes      # writes codes/mine-00003-of-00016.parquet
    python -m vae.encode mine --shard "$SLURM_ARRAY_TASK_ID/100" --images "web/{0000..0999}.tar"

The first writes posteriors of the first 5,000 training images in float16, nll and KL in nats per image, 10
samples of z each, seed 0. The others write a part, counted from 0, of all images of a data set or of
WebDataset's archives: file names, labels, mu, sd and KL, each image in exactly one part. A part that is there
is left as it is, so a job may be started again at any time.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch

from vae import explorer
from vae.analysis import training_codes
from vae.analysis.shards import table
from vae.analysis.shards.batch import Images, Shard
from vae.analysis.shards.sets import SetImages
from vae.analysis.shards.tars import TarImages, archives
from vae.analysis.training_codes import COUNT, SAMPLES, SEED
from vae.errors import Unusable
from vae.images import sets
from vae.model import checkpoint, codes
from vae.model.catalogue import model_path
from vae.model.codes import Codes
from vae.training.evaluation import evaluate
from vae.training.parallel.encoding import encoder_of
from vae.training.vae import build


def _parser() -> argparse.ArgumentParser:
    about = (__doc__ or "").split("\n")[0]
    parser = argparse.ArgumentParser(prog="python -m vae.encode", description=about)
    add = parser.add_argument
    add("models", nargs="+", help="names of models; with --shard one")
    add("--shard", metavar="i/n", help="write part i of n, from 0 on, of the codes of all images")
    add("--images", help="with --shard: a data set by name, a tar, a folder of tars, or part-{000..099}.tar")
    add("--split", choices=("all", *sets.SPLITS), default="all", help="of a data set (default: all)")
    add("--to", type=Path, default=Path("codes"), help="folder of the parts (default: codes)")
    add("--device", default="auto", help="auto, cpu, cuda, cuda:1, ...")
    return parser


def main(arguments: Sequence[str] | None = None) -> None:
    """Command line."""
    parser = _parser()
    args = parser.parse_args(arguments)
    if args.shard and len(args.models) > 1:
        parser.error("--shard takes one model")
    try:
        for name in args.models:
            print(_encode_shard(name, args) if args.shard else _encode(name))
    except (Unusable, ValueError) as error:
        sys.exit(str(error))


def _encode_shard(name: str, args: argparse.Namespace) -> str:
    """Write one part of the codes of all images; returns what was done, in words."""
    shard, model = Shard.of(args.shard), explorer.load(name)
    images = _images(args.images or model.dataset.name, args.split, model)
    path = args.to / shard.file_name(model.name)
    device = "cuda" if args.device == "auto" and torch.cuda.is_available() else args.device
    encode = encoder_of(model, torch.device("cpu" if device == "auto" else device))
    written = table.write(path, images, shard, model.fingerprint, encode)
    return f"{path} is there already." if written is None else f"{path}: {written:,} images."


def _images(place: str, split: str, model: explorer.Explorer) -> Images:
    if place in sets.names():
        if sets.dataset(place).image_spec != model.image_spec:
            raise ValueError(f"{model.name} knows {model.image_spec.words} images, {place} has others")
        return SetImages.of(place, sets.SPLITS if split == "all" else (split,))
    return TarImages(archives(place), model.dataset)


def _encode(name: str) -> str:
    """Write the codes of a model's training images; returns what they cost, in words."""
    trained = checkpoint.load(model_path(name))
    train = sets.load(trained.description.dataset.name, "train")
    pixels = torch.from_numpy(train.pixels[:COUNT]).flatten(1)
    terms = evaluate(build(trained.description.config, trained.weights), pixels, SAMPLES, SEED)
    labels = None if train.labels is None else train.labels[:COUNT]
    sd = np.exp(0.5 * terms.log_var.numpy())
    found = Codes(terms.mu.numpy(), sd, labels, terms.nll.numpy(), terms.known_kl)
    codes.save(training_codes.path_of(name), found, trained.fingerprint)
    costs = f"nll {terms.nll.mean():.2f}" if found.kl is None else f"nll + KL {found.loss.mean():.2f}"
    return f"{name}: {len(found):,} training images, {costs} nats per image"


if __name__ == "__main__":
    main()
