"""The best linear code of k numbers: the principal components, k from 0 to the number of pixels.

Source: Baldi and Hornik, Neural networks and principal component analysis (1989).
Symbols: P pixels, k numbers of a code, U (P, k) a decoder's weights, p the power of an error.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from vae.analysis.studies import study

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]
Power = int  # p of |error|^p: 1 or 2


@dataclass(frozen=True)
class LinearCode:
    """Principal components of the training images, and the errors that they leave on the test images."""

    mean: Floats  # (P,)
    axes: Floats  # (K, P) the first components, largest variance first
    squared: Floats  # (P + 1,) squared error per pixel for each k
    sizes: tuple[int, ...]  # k for which the absolute error is known
    absolute: Floats  # (S,) error |x| per pixel for these

    @property
    def shown_sizes(self) -> tuple[int, ...]:
        """Those of `sizes`, above 0, for which an image can be reconstructed from what is here."""
        return tuple(k for k in self.sizes if 0 < k <= len(self.axes) or k == len(self.mean))

    def errors(self, power: Power) -> tuple[Ints, Floats]:
        """Numbers in the code, 0 first, and the mean of |error|^power per pixel that each leaves."""
        if power == 1:
            return np.array(self.sizes), self.absolute
        return np.arange(len(self.squared)), self.squared

    def reconstruct(self, image: Floats, k: int) -> Floats:
        """An image (H, W, C) in [0, 1] after a code of k numbers; with as many as pixels the image itself."""
        if k == len(self.mean):
            return image
        centred = image.ravel() - self.mean
        axes = self.axes[:k]
        return (self.mean + axes.T @ (axes @ centred)).reshape(image.shape).clip(0, 1)


def load() -> LinearCode:
    """That of MNIST.

    Raises:
        CheckpointError: if its file is missing or damaged.
    """
    found = study.read("linear-code")
    arrays = found.arrays
    axes = arrays["axes"].astype(np.float32) * arrays["scales"][:, None]
    sizes = tuple(found.said["sizes"])
    return LinearCode(arrays["mean"], axes, arrays["squared"], sizes, arrays["absolute"])


def scaled(z: ArrayLike, weight: ArrayLike, factor: float) -> tuple[Floats, Floats]:
    """Codes z (N, k) and decoder weights (P, k) of another scale that give the same pictures z Uᵀ.

    Source: with U the decoder and V the encoder, (2U, V/2) does as well as (U, V).
    """
    return np.asarray(z, np.float32) * np.float32(factor), np.asarray(weight, np.float32) / np.float32(factor)


def best_constant(images: Floats, power: Power) -> Floats:
    """The one picture (H, W, C) with the least |error|^power to all images (N, H, W, C).

    Of squares that is the mean of each pixel, of absolute values its median.
    """
    return images.mean(axis=0) if power == 2 else np.median(images, axis=0).astype(np.float32)


def error(images: Floats, picture: Floats, power: Power) -> float:
    """|error|^power of a picture (H, W, C) for images (N, H, W, C), mean over pixels and images."""
    return float((np.abs(images - picture, dtype=np.float64) ** power).mean())
