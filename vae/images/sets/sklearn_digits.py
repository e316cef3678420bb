"""scikit-learn's 1,797 handwritten digits (UCI, 8 × 8), made as MNIST's are; they need no file."""

import numpy as np
from PIL import Image

from vae.images.dataset import Bytes, ImageSet

NAME = "digits"
TEST_EVERY = 5  # one in five of each class is a test image
MOST = 16  # their brightest level


def load(split: str) -> ImageSet:
    """The training or test images: 20 × 20, centred by mass in 28 × 28.

    Scaled bicubically; every fifth image of each class, in the set's order, is a test image, so both splits
    hold digits of the same writers. Models trained on MNIST can encode them; their strokes are thicker.
    """
    from sklearn.datasets import load_digits

    found = load_digits()
    labels = found.target.astype(np.int64)
    is_test = np.zeros(len(labels), dtype=bool)
    for label in np.unique(labels):
        is_test[np.flatnonzero(labels == label)[TEST_EVERY - 1 :: TEST_EVERY]] = True
    chosen = is_test if split == "test" else ~is_test
    levels = np.round(found.images[chosen] * (255 / MOST)).astype(np.uint8)
    return ImageSet(np.stack([_like_mnist(each) for each in levels])[..., None], labels[chosen])


def _like_mnist(levels: Bytes) -> Bytes:
    """A square image scaled to 20 × 20 and placed in (28, 28) with its centre of mass in the middle."""
    from vae.images.mnist_style import DIGIT_SIDE, centred  # loads SciPy, as scikit-learn does

    size = (DIGIT_SIDE, DIGIT_SIDE)
    return centred(np.asarray(Image.fromarray(levels).resize(size, Image.Resampling.BICUBIC)))
