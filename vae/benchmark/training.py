"""How soon a 20-D model of MNIST has the test loss of the source: three ways, one after the other.

ours      the recipe `fast` of `vae.logbook.recipes`, from its first step to its last, from several seeds
source    the article's: 784-500-500 softplus, Adam 1e-3, batches of 100, float32, images in memory
example   the same network and steps, fed as PyTorch's own example does: DataLoader, ToTensor, loss.item()

The first is trained to its end. Of the others some steps are timed; how many epochs they need is read from
the curve of `seed-vae-20d`, our run of the article's recipe.
"""

import argparse
import platform
import re
import statistics
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from vae.benchmark.example import seconds_per_image
from vae.images import sets
from vae.logbook.recipes import FAST
from vae.model import checkpoint
from vae.model.catalogue import model_path
from vae.train import pick_device, pick_precision
from vae.training import settings
from vae.training.evaluation import evaluate
from vae.training.run import SAMPLES, Run
from vae.training.settings import TrainConfig

TARGET = 97.19  # nats per image on the grey test images after 100 epochs, says the source
SOURCE = "seed-vae-20d"
SEEDS = 5  # of our recipe
TIMED = 3  # epochs of the source's recipe
TURNS, STEPS = 6, 40  # of the augmentation, with and without in turns


@dataclass(frozen=True)
class Way:
    """How one way does.

    Arguments:
        seconds: To the target; of several trainings their mean.
        epochs: To the target.
        images_per_second: While it trains.
        measured: Whether all of it was trained here, or a part of which the rest follows.
        test_loss: nll + KL of the test images at its end, where it was trained to its end: the mean.
        worst: The greatest of these.
        sooner: How many times as soon as the source's recipe.
    """

    seconds: float
    epochs: float
    images_per_second: float
    measured: str
    test_loss: float | None = None
    worst: float | None = None
    sooner: float | None = None


def train() -> dict[str, Any]:
    """The three ways, and what moving images costs.

    Raises:
        DataError: if MNIST's training images are not here.
    """
    device = pick_device("auto")
    pixels, test = (_rows(split, device) for split in ("train", "test"))
    _tell(f"our recipe, to its end, from {SEEDS} seeds")
    fast, usual = config_of(FAST, device), source_config(device)
    ours = _ours(fast, pixels, test, device)
    _tell(f"{TIMED} epochs of the source's recipe")
    source, epochs = Run(usual, len(pixels), device), epochs_to(TARGET)
    rate = TIMED * len(pixels) / _seconds(source, pixels, TIMED)
    _tell("PyTorch's example")
    fed = 1 / seconds_per_image(source.model.encoder, source.model.decoder, device)
    rest = f"{epochs} epochs, by the curve of {SOURCE}"
    ways = {
        "ours": ours,
        "source": Way(epochs * len(pixels) / rate, epochs, rate, f"{TIMED} of {rest}"),
        "example": Way(epochs * len(pixels) / fed, epochs, fed, f"part of the first of {rest}"),
    }
    return {
        "what": f"20-D model of MNIST to {TARGET} nats per image, grey test images",
        "device": source.device_name,
        "processor": _processor(),
        **{name: _rounded(replace(way, sooner=_sooner(ways, way))) for name, way in ways.items()},
        "reached": ours.worst is not None and ours.worst <= TARGET,
        "augmentation": augmentation(fast, pixels, device),
        "command": f"python -m vae.train {' '.join(FAST)}",
    }


def source_config(device: torch.device) -> TrainConfig:
    """The article's recipe, as the card of `seed-vae-20d` says it."""
    command = checkpoint.describe(model_path(SOURCE)).command
    return config_of(command.split()[3:], device)


def config_of(words: Sequence[str], device: torch.device) -> TrainConfig:
    """The settings that a command line of `vae.train` gives."""
    parser = argparse.ArgumentParser()
    settings.add_arguments(parser)
    parser.set_defaults(precision="auto")
    args = parser.parse_args(words)
    return settings.from_arguments(args, precision=pick_precision(args.precision, device))


def epochs_to(target: float) -> int:
    """After how many epochs the source's recipe has this test loss for good.

    Its test images were scored after a few epochs, its training images after each; between the former the
    distance of the two is taken to change evenly with the logarithm of the epochs. The first epoch, whose
    mean is over a loss that falls by hundreds of nats, is left out.
    """
    history = checkpoint.describe(model_path(SOURCE)).metrics["history"]
    epochs = np.arange(1, len(history) + 1)
    training = np.array([entry["nll"] + entry["kl"] for entry in history])
    scored = {k: entry for k, entry in enumerate(history, 1) if k > 1 and "test_nll" in entry}
    apart = [entry["test_nll"] + entry["test_kl"] - training[k - 1] for k, entry in scored.items()]
    test = training + np.interp(np.log(epochs), np.log(list(scored)), apart)
    above = epochs[test > target]
    return int(above[-1]) + 1 if len(above) else 1


def augmentation(config: TrainConfig, pixels: Tensor, device: torch.device) -> dict[str, Any]:
    """How much slower a step is when half of its images are moved."""
    some = pixels[: STEPS * config.batch_size]
    shares = (0.0, 0.5)
    runs = [Run(replace(config, warp=share, epochs=1000), len(some), device) for share in shares]
    for run in runs:
        _seconds(run, some)
    turns = [[_seconds(run, some) for run in runs] for _ in range(TURNS)]
    plain, moved = (1000 * statistics.median(column) / STEPS for column in zip(*turns, strict=True))
    return {
        "step_ms": round(plain, 2),
        "step_ms_half_moved": round(moved, 2),
        "slower_percent": round(100 * (moved / plain - 1), 1),
    }


def _ours(config: TrainConfig, pixels: Tensor, test: Tensor, device: torch.device) -> Way:
    seconds, losses = [], []
    for seed in range(SEEDS):
        run = Run(replace(config, seed=seed), len(pixels), device)
        seconds.append(_seconds(run, pixels, config.epochs))
        terms = evaluate(run.trained.eval(), test, SAMPLES, seed)
        losses.append(-terms.elbo.double().mean().item())
    took = statistics.mean(seconds)
    rate = config.epochs * len(pixels) / took
    measured = f"all of it, {SEEDS} seeds"
    return Way(took, config.epochs, rate, measured, statistics.mean(losses), max(losses))


def _seconds(run: Run, pixels: Tensor, epochs: int = 1) -> float:
    """That some epochs take."""
    before = run.seconds
    for _ in range(epochs):
        run.train_epoch(pixels, lambda *_: None)
    return run.seconds - before


def _rows(split: str, device: torch.device) -> Tensor:
    """Images in bytes, (N, H W C)."""
    return torch.tensor(sets.load("mnist", split).pixels, device=device).flatten(1)


def _sooner(ways: dict[str, Way], way: Way) -> float:
    return ways["source"].seconds / way.seconds


def _rounded(way: Way) -> dict[str, Any]:
    return {key: round(value, 2) if isinstance(value, float) else value for key, value in asdict(way).items()}


def _processor() -> str:
    """Its name, and the cores that this process may use."""
    known = Path("/proc/cpuinfo")
    names = re.findall(r"model name\s*: (.*)", known.read_text()) if known.exists() else []
    return f"{names[0] if names else platform.processor()}, {torch.get_num_threads()} threads"


def _tell(doing: str) -> None:
    print(f"{doing} ...", file=sys.stderr)
