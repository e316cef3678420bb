"""What a pair of networks is used to, found out on images: what makes its reconstructions best.

Symbols: B images (B, H, W, C) in [0, 1], D latent_dim.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product

import numpy as np

from vae.images.spec import Floats, ImageSpec
from vae.model.onnx.convention import RANGES, Convention, choices
from vae.training.bringing.raw import BringError, Raw

CLEARLY = 1.1  # times the squared error of the best: what is no worse than that may be meant as well
WRONG = 2.0  # times: what was asked for and is so much worse than something else is named
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
    found, said = [], ""
    orders = choices("channels") if spec.channels > 1 else ("first",)
    for channels, pixels in product(orders, choices("pixels")):
        for takes_rows in raw.takes_rows:
            tried = Convention(channels, pixels)  # type: ignore[arg-type] # those that there are
            try:
                outputs = raw.decode(_mu(raw, tried.entering(images, takes_rows)))
            except ValueError as error:
                said = said or str(error)
                continue
            found += _readings(tried, takes_rows, outputs, images, spec)
            break
    if not found:
        raise BringError(f"The networks do not take images of {spec.words}: {said.rstrip('.')}.")
    return found


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
    if not np.array_equal(first, again):
        raise BringError("The encoder draws noise: it must give mu and log_var, not a draw of z.")
    return first


def _agrees(convention: Convention, asked: Mapping[str, str]) -> bool:
    return all(getattr(convention, name) == value for name, value in asked.items())


def _notices(best_of_all: Trial, best: Trial, images: Floats) -> list[str]:
    """What does not fit together, in sentences."""
    found = []
    if best.error > WRONG * best_of_all.error:
        found.append(
            f"With {best.convention.words}, as asked, a reconstruction is off by {best.error:.4f} per pixel, "
            f"squared; with {best_of_all.convention.words} by {best_of_all.error:.4f}. Was that meant?"
        )
    blank = float(np.square(images - images.mean(axis=0)).mean(dtype=np.float64))
    if best.error >= blank:
        found.append(
            f"The model reconstructs these images no better than their mean does ({best.error:.4f} against "
            f"{blank:.4f} per pixel, squared): other images than it was trained on, or a collapsed posterior?"
        )
    return found


def spread_notices(outputs: list[Floats]) -> list[str]:
    """What the encoder's second output is likely to be if it is no log_var."""
    if len(outputs) > 1 and outputs[1].min() > 0:
        low, high = float(outputs[1].min()), float(outputs[1].max())
        return [
            f"The encoder's second output is positive throughout, {low:.3g} to {high:.3g}, as a standard "
            "deviation or a variance is; it is read as log_var."
        ]
    return []


def _asked(asked: Mapping[str, str]) -> str:
    words = {**RANGES, "first": "channels first", "last": "channels last"}
    return ", ".join(f"{name} {words.get(value, value)}" for name, value in asked.items()) or "any convention"
