"""The settings of a training run, and the command line that is made from their fields."""

import argparse
from collections.abc import Iterator
from dataclasses import MISSING, Field, dataclass, field, fields
from typing import Any, Literal, get_args, get_origin, get_type_hints

from vae.images import sets
from vae.model.config import ModelConfig
from vae.training.adversarial.settings import CriticConfig
from vae.training.descent.schedules import Schedule

Precision = Literal["float32", "bfloat16", "auto"]


@dataclass(frozen=True, kw_only=True)
class TrainConfig:
    """All that decides the result of a training run.

    Raises:
        ValueError: naming the first field that is out of bounds.
    """

    dataset: str = field(default="mnist", metadata={"help": "data set by name, your own among them"})
    model: ModelConfig = field(default_factory=ModelConfig)
    epochs: int = field(default=40, metadata={"help": "passes over the training images"})
    batch_size: int = field(default=200, metadata={"help": "images in a step"})
    lr: float = field(default=2e-3, metadata={"help": "peak of the one-cycle schedule, or the constant rate"})
    seed: int = field(default=0, metadata={"help": "of all random numbers"})
    precision: Precision = field(
        default="float32", metadata={"help": "of matrix products; the KL stays float32"}
    )
    warp: float = field(default=0.0, metadata={"help": "share of each batch that is moved a little, 0 to 1"})
    augment: Literal["strokes", "wide", "colour"] = field(
        default="strokes",
        metadata={"help": "how images are moved: light strokes on black, wide: farther; or colours on white"},
    )
    warp_until: float = field(
        default=1.0, metadata={"help": "share of the steps after which no image is moved any more"}
    )
    rise: float = field(default=0.3, metadata={"help": "share of the steps in which one-cycle's rate rises"})
    beta1: float = field(
        default=0.9, metadata={"help": "Adam's decay of the gradients; one-cycle moves it, but not avb's"}
    )
    beta2: float = field(default=0.999, metadata={"help": "Adam's decay of the squared gradients"})
    clip: float = field(default=0.0, metadata={"help": "largest norm of a step's gradient; 0: any"})
    ema: float = field(
        default=0.0,
        metadata={
            "help": "decay of the weights' moving average, which is scored and saved; 0: the last ones"
        },
    )
    holdout: int = field(
        default=0,
        metadata={
            "help": "training images, the last ones, that are held out and scored, not the test images"
        },
    )
    init: str = field(default="", metadata={"flag": False})  # fingerprint of the checkpoint it starts from
    schedule: Schedule = field(
        default="one-cycle",
        metadata={
            "help": "how the rate changes; cosine: it stays for half of the steps, then falls to a fiftieth"
        },
    )
    weights: Literal["torch", "xavier", "centred"] = field(
        default="torch",
        metadata={
            "help": "how fresh weights are drawn; xavier: Xavier-uniform, biases 0; centred: and the decoder "
            "begins with the mean image"
        },
    )
    solver: Literal["adam", "pca"] = field(
        default="adam", metadata={"help": "pca: closed form, without epochs"}
    )
    score_at: tuple[int, ...] = field(
        default=(), metadata={"help": "epochs after which the test images are scored"}
    )

    pixels: Literal["grey", "binarised"] = field(
        default="grey",
        metadata={"help": "binarised: black or white at random by their level, afresh each step"},
    )
    kl_rise: float = field(
        default=0.0, metadata={"help": "share of the steps in which the KL's weight rises from beta / 10"}
    )
    critic: CriticConfig = field(default_factory=CriticConfig)

    def __post_init__(self) -> None:
        is_linear = self.model.kind == "autoencoder" and not self.model.hidden
        checks = {
            "epochs must be at least 1": self.epochs >= 1,
            "batch_size must be at least 1": self.batch_size >= 1,
            "lr must be above 0 and at most 1": 0 < self.lr <= 1,
            "warp must be from 0 to 1": 0 <= self.warp <= 1,
            "warp_until must be from 0 to 1": 0 <= self.warp_until <= 1,
            "rise must be above 0 and below 1": 0 < self.rise < 1,
            "beta1 must be from 0 to below 1": 0 <= self.beta1 < 1,
            "kl_rise must be from 0 to 1": 0 <= self.kl_rise <= 1,
            "pixels must be grey, or binarised under a Bernoulli likelihood": self.pixels == "grey"
            or self.model.likelihood == "bernoulli",
            "beta2 must be from 0.5 to below 1": 0.5 <= self.beta2 < 1,
            "clip must be 0 or more": self.clip >= 0,
            "ema must be from 0 to below 1": 0 <= self.ema < 1,
            "holdout must be 0 or more": self.holdout >= 0,
            "augment must be strokes or wide, or colour for RGB images": self.augment != "colour"
            or self.model.image_spec.channels == 3,
            "seed must be from 0 to 2**63 - 1": 0 <= self.seed < 2**63,
            "solver must be adam, or pca for an autoencoder without hidden layers": self.solver == "adam"
            or is_linear,
        }
        for rule, holds in checks.items():
            if not holds:
                raise ValueError(f"{rule}, got {getattr(self, rule.split()[0])}")

    @property
    def command(self) -> str:
        """The command line that repeats this run, less its --out and --init."""
        parts = [self, self.model, *([self.critic] if self.model.kind == "avb" else [])]
        words = [f"{flag} {_text(value)}".rstrip() for part in parts for flag, value in _flags(part)]
        return " ".join(["python -m vae.train", *words])


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """An option for each field of the run, of its model and of its critic; --model is short for --kind."""
    for settings in (TrainConfig, ModelConfig, CriticConfig):
        for each in _fields(settings):
            _add(parser, each, get_type_hints(settings)[each.name])


def from_arguments(args: argparse.Namespace, **known: Any) -> TrainConfig:
    """The settings that a command line gives; `known` overrides those of the run.

    Raises:
        ValueError: naming the first setting that is out of bounds.
    """
    image_spec = sets.dataset(args.dataset).image_spec
    model = ModelConfig(**_values(ModelConfig, args), image_spec=image_spec)
    parts = {"model": model, "critic": CriticConfig(**_values(CriticConfig, args))}
    return TrainConfig(**{**_values(TrainConfig, args), **parts, **known})


def _fields(settings: type) -> Iterator[Field[Any]]:
    """The fields that the command line sets: numbers, words and tuples of numbers."""
    for each in fields(settings):
        if each.metadata.get("flag", True) and each.name not in ("model", "critic", "image_spec"):
            yield each


def _add(parser: argparse.ArgumentParser, each: Field[Any], kind: Any) -> None:
    is_tuple, is_choice = get_origin(kind) is tuple, get_origin(kind) is Literal
    choices = each.metadata.get("choices", get_args(kind) if is_choice else None)
    assert each.default is not MISSING
    parser.add_argument(
        *([_flag(each), "--model"] if each.name == "kind" else [_flag(each)]),
        type=int if is_tuple else str if is_choice else kind,
        nargs="*" if is_tuple else None,
        choices=choices,
        default=each.default,
        help=f"{each.metadata.get('help', '')} (default: %(default)s)".lstrip(),
    )


def _values(settings: type, args: argparse.Namespace) -> dict[str, Any]:
    found = {each.name: getattr(args, each.name) for each in _fields(settings)}
    return {name: tuple(value) if isinstance(value, list) else value for name, value in found.items()}


def _flags(settings: Any) -> Iterator[tuple[str, Any]]:
    for each in _fields(type(settings)):
        value = getattr(settings, each.name)
        if value not in ((), "") or each.default not in ((), ""):
            yield _flag(each), value


def _flag(each: Field[Any]) -> str:
    return f"--{each.name.replace('_', '-')}"


def _text(value: Any) -> str:
    return " ".join(map(str, value)) if isinstance(value, tuple) else str(value)
