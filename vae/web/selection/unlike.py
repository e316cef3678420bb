"""What to say of a picture that fits a model worse than nearly all test images: it is of another kind.

The measure is the rank of its nll + KL among those of the test images. Five in a thousand of these are as
unusual, and about as many photographs of handwritten digits, prepared as MNIST. A model of MNIST knows a
fifth to two fifths of letters and textures by this: that nothing is said does not make a picture a digit.
"""

import math

from vae.images.dataset import Dataset, with_article

UNUSUAL = 0.005  # share of the test images that may fit worse


def words(dataset: Dataset, model: str, typicality: float) -> str | None:
    """One sentence if less than UNUSUAL of the test images fit worse than the image, else None.

    Args:
        dataset: The data set that the model has learnt.
        model: The model's name.
        typicality: Share in [0, 1] of the test images whose nll + KL is larger than the image's.
    """
    if typicality >= UNUSUAL:
        return None
    kind = f"an image of {dataset.name}" if dataset.noun == "image" else with_article(dataset.noun)
    return (
        f"This does not look like {kind} to {model}: {_share(1 - typicality)} of the test images fit better."
    )


def _share(better: float) -> str:
    """A share in [0.995, 1] in words, never rounded up to all."""
    return f"{math.floor(1000 * better + 1e-6) / 10:.1f}\u00a0%" if better < 1 else "100\u00a0%"
