"""How a network wants images and how it gives means: order of the channels, range of the pixels, logits.

Images here are (B, H, W, C) in [0, 1].
"""

from dataclasses import asdict, dataclass, fields
from typing import Any, Literal, get_args, get_type_hints

import numpy as np

from vae.images.spec import Floats, ImageSpec
from vae.model.numpy_layers import sigmoid

Channels = Literal["first", "last"]
Pixels = Literal["0 to 1", "-1 to 1"]
Output = Literal["0 to 1", "-1 to 1", "logits"]


@dataclass(frozen=True)
class Convention:
    """What a pair of networks is used to.

    Arguments:
        channels: `first` is (B, C, H, W), `last` (B, H, W, C); flattened or not.
        pixels: The range of the pixels that the encoder takes.
        output: The range of the means that the decoder gives, or `logits`, of which they are the sigmoid.
    """

    channels: Channels = "first"
    pixels: Pixels = "0 to 1"
    output: Output = "0 to 1"

    def entering(self, images: Floats, flat: bool) -> Floats:
        """Images (B, H, W, C) in [0, 1] as the encoder takes them, in rows where that is `flat`."""
        ordered = np.moveaxis(images, 3, 1) if self.channels == "first" else images
        levels = 2 * ordered - 1 if self.pixels == "-1 to 1" else ordered
        return np.ascontiguousarray(levels.reshape(len(levels), -1) if flat else levels, np.float32)

    def means(self, outputs: Floats, spec: ImageSpec) -> Floats:
        """What the decoder gives, a number for each pixel, as means (B, H, W, C) in [0, 1]."""
        height, width, channels = spec.shape
        first = (channels, height, width)
        rows = outputs.reshape(len(outputs), *(first if self.channels == "first" else spec.shape))
        images = np.moveaxis(rows, 1, 3) if self.channels == "first" else rows
        if self.output == "logits":
            return np.ascontiguousarray(sigmoid(images), np.float32)
        return np.ascontiguousarray((images + 1) / 2 if self.output == "-1 to 1" else images, np.float32)

    @property
    def words(self) -> str:
        """For people: `channels first, pixels 0 to 1, the decoder gives logits`."""
        given = "logits" if self.output == "logits" else f"means {self.output}"
        return f"channels {self.channels}, pixels {self.pixels}, the decoder gives {given}"

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
