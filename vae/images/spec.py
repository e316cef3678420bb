"""The shape of an image: height, width and channels. All images outside PyTorch are (N, H, W, C)."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float32]

SIDES = range(8, 129)  # pixels that a height or a width may have
CHANNELS = {1: "grey", 3: "RGB"}


@dataclass(frozen=True)
class ImageSpec:
    """Height and width in pixels, and 1 channel (grey) or 3 (RGB).

    Raises:
        ValueError: naming what is out of bounds.
    """

    height: int
    width: int
    channels: int

    def __post_init__(self) -> None:
        for name, side in (("height", self.height), ("width", self.width)):
            if side not in SIDES:
                raise ValueError(f"{name} must be {SIDES[0]} to {SIDES[-1]} pixels, got {side!r}")
        if self.channels not in CHANNELS:
            raise ValueError(f"channels must be 1 (grey) or 3 (RGB), got {self.channels!r}")

    @property
    def shape(self) -> tuple[int, int, int]:
        """(H, W, C)."""
        return self.height, self.width, self.channels

    @property
    def size(self) -> int:
        """Numbers in an image."""
        return self.height * self.width * self.channels

    @property
    def words(self) -> str:
        """For people: `28 × 28 grey`."""
        return f"{self.height} × {self.width} {CHANNELS[self.channels]}"

    def check(self, images: ArrayLike) -> Floats:
        """Images (N, H, W, C) in [0, 1] as float32; without its channel axis a grey image gets one.

        Raises:
            ValueError: for another shape, or pixels outside [0, 1].
        """
        array = np.asarray(images, np.float32)
        if self.channels == 1 and array.ndim == 3 and array.shape[1:] == self.shape[:2]:
            array = array[..., None]
        if array.ndim != 4 or array.shape[1:] != self.shape:
            raise ValueError(
                f"images must have shape (N, {', '.join(map(str, self.shape))}), got {array.shape}"
            )
        if array.size and not (array.min() >= 0 and array.max() <= 1):  # also catches NaN
            raise ValueError("pixels must lie in [0, 1]")
        return array

    def flatten(self, images: Floats) -> Floats:
        """(N, H, W, C) -> (N, H W C)."""
        return images.reshape(-1, self.size)

    def unflatten(self, rows: Floats) -> Floats:
        """(N, H W C) -> (N, H, W, C)."""
        return rows.reshape(-1, *self.shape)

    def css_width(self, about: int = 196) -> int:
        """CSS pixels of the width at which the longer side is about `about`; each pixel is a whole square."""
        return self.width * max(1, round(about / max(self.height, self.width)))
