"""A picture of the user's made an image of a data set, in the way that belongs to the set."""

from PIL import Image

from vae.images import resize
from vae.images.dataset import Dataset
from vae.images.resize import Preparation

__all__ = ["Preparation", "prepare"]


def prepare(picture: Image.Image, dataset: Dataset, as_given: bool = False) -> Preparation:
    """The picture (any mode) as an image of the data set, and the steps taken.

    A digit on paper is prepared as MNIST's were, unless it is to be taken `as_given`: then the whole picture
    is scaled, between black bars. For sets of other images it is scaled in any case.
    """
    if dataset.preparation == "resize":
        return resize.fit(picture, dataset.image_spec)
    if as_given:
        return resize.fit(picture, dataset.image_spec, ground=0)
    from vae.images import mnist_style  # loads SciPy

    return mnist_style.prepare(picture)
