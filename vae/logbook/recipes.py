"""Settings to start from, and what a training of them costs on a machine whose rate is measured.

Symbols: N training images.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

from vae.images.spec import ImageSpec

Kind = Literal["vae", "autoencoder"]
Network = Literal["mlp", "conv", "residual"]
HIDDEN: dict[Network, tuple[int, ...]] = {
    "mlp": (512, 512, 512),
    "conv": (64, 32),
    "residual": (256, 64, 32),
}
"""Widths of the layers, those nearest z first."""

MOST_EPOCHS = 200
BATCH, LEAST_BATCH, STEPS = 200, 8, 15  # images in a step; steps in an epoch of a small set, at least
FORWARD = 0.4  # what an image costs that is only looked at, as a share of a step's
LOADING = 6.0  # seconds until the first step and after the last
LOOK = 0.15  # seconds to write down an epoch


@dataclass(frozen=True)
class Settings:
    """What the page lets one choose.

    Arguments:
        kind: `vae`, or an autoencoder, whose codes are points.
        network: Of encoder and decoder.
        hidden: Widths of its layers, those nearest z first.
        latent_dim: D.
        likelihood: p(x|z).
        beta: Weight of the KL.
        epochs: Passes over the training images.
        lr: Peak of the learning rate.
        seed: Of all random numbers.
    """

    kind: Kind = "vae"
    network: Network = "mlp"
    hidden: tuple[int, ...] = HIDDEN["mlp"]
    latent_dim: int = 2
    likelihood: Literal["bernoulli", "gaussian"] = "bernoulli"
    beta: float = 1.0
    epochs: int = 10
    lr: float = 2e-3
    seed: int = 0

    def words(self, dataset: str, count: int) -> list[str]:
        """The command line that trains so on a data set of N images, less the command and the name."""
        words: dict[str, object] = {
            "--dataset": dataset,
            "--kind": self.kind,
            "--network": self.network,
            "--hidden": " ".join(map(str, self.hidden)),
            "--latent-dim": self.latent_dim,
            "--likelihood": self.likelihood,
            "--beta": f"{self.beta:g}",
            "--epochs": self.epochs,
            "--batch-size": batch_size(count),
            "--lr": f"{self.lr:g}",
            "--rise": 0.1,
            "--beta2": 0.99,
            "--clip": 200,
            "--log-var-max": 2,
            "--seed": self.seed,
        }
        return " ".join(f"{flag} {value}" for flag, value in words.items()).split()


@dataclass(frozen=True)
class Recipe:
    """Settings with a name.

    Arguments:
        title: For people.
        sentence: What it is good for.
        images: That are shown in all, on a set of any size.
        settings: All but the epochs.
    """

    title: str
    sentence: str
    images: int
    settings: Settings

    def of(self, count: int) -> Settings:
        """The settings for N training images."""
        return replace(self.settings, epochs=min(max(1, round(self.images / count)), MOST_EPOCHS))


RECIPES: Mapping[str, Recipe] = {
    "quick": Recipe(
        "2-D, a quick look",
        "A small network and few epochs: to see whether the images are right.",
        200_000,
        Settings(hidden=(256,)),
    ),
    "map": Recipe(
        "2-D map",
        "Two dimensions, three dense layers: a map whose every place can be pointed at.",
        700_000,
        Settings(lr=1e-3),
    ),
    "dense": Recipe(
        "20-D",
        "Twenty dimensions, dense layers: images come back clearer than from a plane.",
        1_200_000,
        Settings(latent_dim=20, hidden=(512, 512)),
    ),
    "sharp": Recipe(
        "20-D, sharp",
        "Twenty dimensions, residual convolutions: the sharpest, and the slowest.",
        600_000,
        Settings(network="residual", hidden=HIDDEN["residual"], latent_dim=20),
    ),
}
"""By name, the quickest first."""

FAST = (
    *("--dataset", "mnist", "--latent-dim", "20", "--hidden", "256", "640"),
    *("--encoder-hidden", "384", "192", "--weights", "centred", "--warp", "0.5", "--warp-until", "0.7"),
    *("--epochs", "13", "--batch-size", "250", "--lr", "7e-3", "--rise", "0.2", "--beta2", "0.98"),
)
"""The command line of the training that has the source's test loss soonest, see `vae.benchmark.training`."""


def batch_size(count: int) -> int:
    """Images in a step of a set of N."""
    return min(count, max(LEAST_BATCH, min(BATCH, count // STEPS)))


def key(settings: Settings, spec: ImageSpec) -> str:
    """The same for trainings whose steps take equally long."""
    layers = "-".join(map(str, settings.hidden))
    kinds = f"{settings.kind} {settings.network} {layers} {settings.likelihood}"
    return f"{kinds} {settings.latent_dim} {spec.words}"


def seconds(settings: Settings, rate: float, train: int, test: int) -> float:
    """How long a training takes, from images a second: steps, a look at each epoch, packing."""
    shown = settings.epochs * (train + FORWARD * min(test, 2000)) + 5 * FORWARD * test
    return LOADING + settings.epochs * LOOK + shown / rate


def duration(seconds: float) -> str:
    """A time in words: `40 s`, `3 min`, `2 h 10 min`."""
    if seconds < 90:
        return f"{max(1, round(seconds / 5) * 5)} s" if seconds > 5 else f"{max(1, round(seconds))} s"
    minutes = round(seconds / 60)
    if minutes < 90:
        return f"{minutes} min"
    hours, rest = divmod(round(seconds / 600) * 10, 60)
    return f"{hours} h {rest} min" if rest else f"{hours} h"
