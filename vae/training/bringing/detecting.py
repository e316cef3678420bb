"""What a pair of networks is used to, found out on images: what makes its reconstructions best.

Symbols: B images (B, H, W, C) in [0, 1], D latent_dim.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product

import numpy as np

from vae.images.spec import Floats, ImageSpec
from vae.model.onnx.convention import RANGES, Convention, choices
from vae.training.bringing.raw import BringError, NotFinite, Raw
from vae.training.bringing.spread import Spread

CLEARLY = 1.1  # times the squared error of the best: what is no worse than that may be meant as well
WRONG = 2.0  # times: what was asked for and is so much worse than something else is named
MOST = 1.0  # squared error per pixel that means in [0, 1] can have
SPREADS = ("sd", "variance")  # whose logarithm is taken
FLAGS = {"channels": "--channels", "pixels": "--pixels", "output": "--output"}


@dataclass(frozen=True)
class Trial:
    """Reconstructions by one convention."""

    convention: Convention
    takes_rows: bool
    error: float  # squared, mean over pixels


@dataclass(frozen=True)
class Detected:
    """The convention, whether the encoder takes rows, and what there is to say about it."""

    convention: Convention
    takes_rows: bool
    error: float
    notices: tuple[str, ...]


def detect(raw: Raw, images: Floats, spec: ImageSpec, asked: Mapping[str, str]) -> Detected:
    """The convention that was asked for, and where nothing was the one that reconstructs the images best.

    Raises:
        BringError: where the networks do not take such images, or where it is open and was not asked for.
    """
    trials = sorted(_trials(raw, images, spec), key=lambda trial: trial.error)
    meant = [each for each in trials if _agrees(each.convention, asked)]
    if not meant:
        raise BringError(f"With {_asked(asked)} the networks cannot be run.")
    best = meant[0]
    if MOST < best.error < np.inf:
        raise BringError(
            f"With {_off(best)}, where means in [0, 1] cannot be off by more than {MOST:g}; "
            f"with {_off(trials[0])}."
        )
    open_ = {
        name
        for other in meant[1:]
        for name in FLAGS
        if other.error < CLEARLY * best.error
        and getattr(other.convention, name) != getattr(best.convention, name)
        and not (name == "channels" and spec.channels == 1)
    }
    if open_:
        flags = ", ".join(f"{FLAGS[name]} {'|'.join(choices(name))}" for name in sorted(open_))
        raise BringError(f"The images do not tell what the model is used to; say it by {flags}.")
    return Detected(best.convention, best.takes_rows, best.error, tuple(_notices(trials[0], best, images)))


def _trials(raw: Raw, images: Floats, spec: ImageSpec) -> list[Trial]:
    found: list[Trial] = []
    reasons: dict[bool, str] = {}  # of rows, and of images
    for channels, pixels in product(choices("channels"), choices("pixels")):
        for takes_rows in raw.takes_rows:
            tried = Convention(channels, pixels)  # type: ignore[arg-type] # those that there are
            try:
                outputs = raw.decode(_mu(raw, tried.entering(images, takes_rows)))
            except ValueError as error:
                reasons.setdefault(takes_rows, str(error).rstrip("."))
                continue
            found += _readings(tried, takes_rows, outputs, images, spec)
            break
    if not found:
        raise BringError(_refusal(reasons, spec))
    return found


def _refusal(reasons: dict[bool, str], spec: ImageSpec) -> str:
    """That no image was taken, and why: the reason of the last attempt first."""
    said = dict(reversed(reasons.items()))
    last, *others = dict.fromkeys(said.values())
    tried = " and ".join(f"as {'rows' if takes_rows else 'images'}" for takes_rows in said)
    before = f" (and before: {others[0]})" if others else ""
    return f"The networks do not take images of {spec.words}, {tried}: {last}{before}."


def _readings(
    tried: Convention, takes_rows: bool, outputs: Floats, images: Floats, spec: ImageSpec
) -> list[Trial]:
    """The outputs read in each way that they may be meant."""
    if outputs.size != images.size:
        raise BringError(
            f"The decoder gives {outputs.shape} for {len(images)} codes, not {spec.words} images."
        )
    found = []
    for output in choices("output"):
        convention = Convention(tried.channels, tried.pixels, output)  # type: ignore[arg-type]
        error = float(np.square(convention.means(outputs, spec) - images).mean(dtype=np.float64))
        found.append(Trial(convention, takes_rows, error if np.isfinite(error) else np.inf))
    return found


def _mu(raw: Raw, rows: Floats) -> Floats:
    """The means, from an encoder that says twice the same."""
    first, again = raw.encode(rows)[0], raw.encode(rows)[0]
    if first.ndim != 2:
        raise BringError(f"The encoder gives mu of shape {first.shape}, not a row of numbers for each image.")
    if not np.array_equal(first, again, equal_nan=True):
        raise BringError("The encoder draws noise: it must give mu and log_var, not a draw of z.")
    return first


def _agrees(convention: Convention, asked: Mapping[str, str]) -> bool:
    return all(getattr(convention, name) == value for name, value in asked.items())


def _notices(best_of_all: Trial, best: Trial, images: Floats) -> list[str]:
    """What does not fit together, in sentences."""
    found = []
    if best.error > WRONG * best_of_all.error:
        found.append(f"With {_off(best, ', as asked,')}; with {_off(best_of_all)}. Was that meant?")
    blank = float(np.square(images - images.mean(axis=0)).mean(dtype=np.float64))
    if best.error >= blank:
        found.append(
            f"The model reconstructs these images no better than their mean does ({best.error:.4f} against "
            f"{blank:.4f} per pixel, squared): other images than it was trained on, or a collapsed posterior?"
        )
    return found


def check_numbers(raw: Raw, outputs: list[Floats], spread: Spread | None) -> None:
    """That the networks give finite numbers, and that the encoder's second output may be what it is read as.

    Arguments:
        raw: The networks, whose encoder gives log_var.
        outputs: Of its encoder, (B, D) each.
        spread: What the second one was before, as the user says; None where nothing was said.

    Raises:
        BringError: in one sentence, what they give.
    """
    if spread and len(outputs) == 1:
        raise BringError("--spread is said of a second output, and the encoder gives one, mu.")
    for which, values in zip(("first", "second"), outputs, strict=False):
        if odd := _odd(values):
            needs = (
                f"; --spread {spread} needs it positive" if which == "second" and spread in SPREADS else ""
            )
            raise NotFinite(f"The encoder's {which} output is NaN or infinite for {odd} images{needs}.")
    if spread is None and len(outputs) > 1 and outputs[1].min() > 0:
        low, high = float(outputs[1].min()), float(outputs[1].max())
        raise BringError(
            f"The encoder's second output is positive throughout, {low:.3g} to {high:.3g}, as a standard "
            "deviation or a variance is; say which by --spread sd or --spread variance, or --spread log_var."
        )
    prior = np.random.default_rng(0).standard_normal(outputs[0].shape, np.float32)
    for whose, z in (("these images", outputs[0]), ("the prior", prior)):
        if odd := _odd(raw.decode(z)):
            raise NotFinite(f"The decoder gives NaN or infinite numbers for {odd} codes of {whose}.")


def _odd(values: Floats) -> str:
    """How many of the first axis hold a number that is not finite, in words; empty if none does."""
    count = int((~np.isfinite(values)).reshape(len(values), -1).any(axis=1).sum())
    return f"{count:,} of {len(values):,}" if count else ""


def _off(trial: Trial, said: str = ",") -> str:
    return f"{trial.convention.words}{said} a reconstruction is off by {trial.error:.4f} per pixel, squared"


def _asked(asked: Mapping[str, str]) -> str:
    return (
        ", ".join(f"{name} {RANGES.get(value, value)}" for name, value in asked.items()) or "any convention"
    )
