"""What several tests of pages are given."""

import numpy as np
import pytest

from vae.images.dataset import ImageSet
from vae.web.kit import datasets


@pytest.fixture
def mnist(monkeypatch: pytest.MonkeyPatch, digits: np.ndarray) -> ImageSet:
    """Digits in the role of MNIST's test images, labelled 0 to 9 in turn: the tests need no data set."""
    items = ImageSet(digits.reshape(-1, 28, 28, 1), np.arange(len(digits)) % 10)
    monkeypatch.setattr(datasets, "examples", lambda dataset: (dataset, items))
    return items
