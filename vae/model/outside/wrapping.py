"""What somebody gives to `vae.explorer.wrap`, as the explorer has it, or one sentence on what is odd of it.

Symbols: N images (N, H, W, C) in [0, 1], D latent_dim.
"""

from collections.abc import Callable, Sequence
from typing import TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from vae.errors import Unusable
from vae.images.dataset import Dataset
from vae.images.spec import Floats, ImageSpec
from vae.model.outside.functions import BERNOULLI, Functions
from vae.model.protocol import Likelihood

LOOKED_AT, DRAWN = 100, 10  # images whose codes are decoded, and codes of the prior
LEAST, MOST = -0.5, 1.5  # of a mean: a linear decoder leaves [0, 1] a little
SDS = (1e-3, 1e3)  # of a pixel
MOST_CLASSES = 1000
Anything = TypeVar("Anything")


class WrapError(Unusable, ValueError):
    """Functions, images or labels that are no model; the message is one sentence for the user."""


def spec_of(said: ImageSpec | Sequence[int]) -> ImageSpec:
    """The shape of an image; (H, W, C), or (H, W) of a grey one, will do."""
    if isinstance(said, ImageSpec):
        return said
    try:
        height, width, channels = (*said, 1) if len(said) == 2 else said
        return ImageSpec(height, width, channels)
    except (TypeError, ValueError) as error:
        raise WrapError(f"image_spec is (height, width, channels), got {said!r}: {error}") from error


def likelihood_of(said: Likelihood | str | float | None) -> Likelihood | None:
    """p(x|z); "bernoulli", or the standard deviation of a Gaussian's pixel, will do."""
    if said is None or isinstance(said, Likelihood):
        return said
    if said == "bernoulli":
        return BERNOULLI
    if isinstance(said, int | float) and SDS[0] <= said <= SDS[1]:
        return Likelihood("gaussian", float(said))
    raise WrapError(
        f'likelihood is "bernoulli", or the standard deviation of a Gaussian\'s pixel, from {SDS[0]:g} to '
        f"{SDS[1]:g}, got {said!r}"
    )


def labels_of(said: ArrayLike, count: int, names: Sequence[str] | None) -> NDArray[np.int64]:
    """The class of each of `count` images, (N,); without names of the classes there may be any."""
    labels = np.asarray(said)
    if labels.shape != (count,):
        raise WrapError(f"there are {count:,} images and labels of shape {labels.shape}, one for each is due")
    if not np.issubdtype(labels.dtype, np.integer):
        raise WrapError(
            f"labels are whole numbers from 0 on, got {str(labels[:1].tolist())[1:-1]}; "
            "`names, labels = numpy.unique(labels, return_inverse=True)` makes them so"
        )
    classes = MOST_CLASSES if names is None else len(names)
    if count and not 0 <= labels.min() <= labels.max() < classes:
        raise WrapError(f"labels must lie between 0 and {classes - 1}, got {labels.min()} to {labels.max()}")
    return labels.astype(np.int64)


def dataset_of(name: str, spec: ImageSpec, labels: ArrayLike | None) -> Dataset:
    """A data set of that name, whose classes are named by their numbers."""
    kinds = None if labels is None else np.asarray(labels)
    if kinds is None or not kinds.size or not np.issubdtype(kinds.dtype, np.integer):
        return Dataset(name, spec)
    return Dataset(name, spec, tuple(map(str, range(min(int(kinds.max()), MOST_CLASSES - 1) + 1))))


def said_of(name: str, function: Callable[[Floats], Anything]) -> Callable[[Floats], Anything]:
    """The function, whose errors are one sentence each: it is somebody else's, so they may be any."""

    def call(array: Floats) -> Anything:
        try:
            return function(array)
        except Exception as error:
            reason = f"{type(error).__name__}: {error}".partition("\n")[0][:300]
            raise WrapError(f"{name} fails for an array {array.shape}: {reason}") from error

    return call


def check(model: Functions, images: Floats | None) -> None:
    """That encoder and decoder give finite numbers, and means in [0, 1], for images and codes of the prior.

    Raises:
        WrapError: naming what they give.
    """
    looked_at = np.zeros((1, *model.image_spec.shape), np.float32) if images is None else images[:LOOKED_AT]
    q = model.encode(looked_at)
    if not (np.isfinite(q.mu).all() and np.isfinite(q.sd).all()):
        raise WrapError("encode gives NaN or infinite numbers")
    shape = (DRAWN, model.latent_dim)
    drawn = model.decode(np.random.default_rng(0).standard_normal(shape, np.float32))
    means = model.decode(np.zeros((1, model.latent_dim), np.float32) if images is None else q.mu)
    if not (np.isfinite(drawn).all() and np.isfinite(means).all()):
        raise WrapError("decode gives NaN or infinite numbers")
    low, high = float(means.min(initial=0)), float(means.max(initial=0))
    if low < LEAST or high > MOST:
        raise WrapError(
            f"decode gives numbers from {low:.3g} to {high:.3g}, and means lie in [0, 1]: divide levels up "
            "to 255 by 255, take the sigmoid of logits"
        )
