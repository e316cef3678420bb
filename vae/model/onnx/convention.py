"""How a network wants images and how it gives means: order of the channels, range of the pixels, logits.

Images here are (B, H, W, C) in [0, 1].
"""

from dataclasses import asdict, dataclass, fields
from typing import Any, Literal, get_args, get_type_hints

import numpy as np

from vae.images.spec import Floats, ImageSpec
from vae.model.numpy_layers import sigmoid

Channels = Literal["first", "last"]
Pixels = Literal["unit", "signed"]
Output = Literal["unit", "signed", "logits"]
RANGES = {"unit": "[0, 1]", "signed": "[−1, 1]"}


@dataclass(frozen=True)
class Convention:
    """What a pair of networks is used to.

    Arguments:
        channels: `first` is (B, C, H, W), `last` (B, H, W, C); flattened or not.
        pixels: The range of the pixels that the encoder takes: `unit` is [0, 1], `signed` [-1, 1].
        output: The range of the means that the decoder gives, or `logits`, of which they are the sigmoid.
    """

    channels: Channels = "first"
    pixels: Pixels = "unit"
    output: Output = "unit"

    def entering(self, images: Floats, flat: bool) -> Floats:
        """Images (B, H, W, C) in [0, 1] as the encoder takes them, in rows where that is `flat`."""
        ordered = np.moveaxis(images, 3, 1) if self.channels == "first" else images
        levels = 2 * ordered - 1 if self.pixels == "signed" else ordered
        # a copy: of one channel PyTorch would take the order in memory for another one
        return np.array(levels.reshape(len(levels), -1) if flat else levels, np.float32, order="C")

    def means(self, outputs: Floats, spec: ImageSpec) -> Floats:
        """What the decoder gives, a number for each pixel, as means (B, H, W, C) in [0, 1]."""
        height, width, channels = spec.shape
        first = (channels, height, width)
        rows = outputs.reshape(len(outputs), *(first if self.channels == "first" else spec.shape))
        images = np.moveaxis(rows, 1, 3) if self.channels == "first" else rows
        if self.output == "logits":
            return np.ascontiguousarray(sigmoid(images), np.float32)
        return np.ascontiguousarray((images + 1) / 2 if self.output == "signed" else images, np.float32)

    @property
    def words(self) -> str:
        """For people: `channels first, pixels in [0, 1], the decoder gives logits`."""
        given = "logits" if self.output == "logits" else f"means in {RANGES[self.output]}"
        return f"channels {self.channels}, pixels in {RANGES[self.pixels]}, the decoder gives {given}"

    def said(self) -> dict[str, str]:
        """As a file says it."""
        return asdict(self)


USUAL = Convention()


def choices(name: str) -> tuple[str, ...]:
    """What the field of that name may be."""
    return get_args(get_type_hints(Convention)[name])


def read(said: Any) -> Convention:
    """The convention that a file says.

    Raises:
        KeyError, TypeError, ValueError: naming what is wrong with it.
    """
    for field in fields(Convention):
        if said[field.name] not in choices(field.name):
            raise ValueError(f"{field.name} must be {' or '.join(choices(field.name))}")
    return Convention(*(said[field.name] for field in fields(Convention)))
