"""What several tests of pages are given."""

import numpy as np
import pytest

from tests.pages import strangers
from vae.images.dataset import ImageSet
from vae.web.kit import datasets, loaders


@pytest.fixture(autouse=True)
def home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """A home of its own for each test: what one brings and trains is not seen by the next."""
    monkeypatch.setenv("VAE_HOME", str(tmp_path_factory.mktemp("home")))


@pytest.fixture
def mnist(monkeypatch: pytest.MonkeyPatch, digits: np.ndarray) -> ImageSet:
    """Digits in the role of MNIST's test images, labelled 0 to 9 in turn: the tests need no data set."""
    items = ImageSet(digits.reshape(-1, 28, 28, 1), np.arange(len(digits)) % 10)
    monkeypatch.setattr(datasets, "find", lambda dataset: (dataset, items))
    return items


@pytest.fixture
def others(monkeypatch: pytest.MonkeyPatch) -> None:
    """The strangers in the place of what ships."""
    monkeypatch.setattr(loaders, "model_names", lambda: strangers.NAMES)
    monkeypatch.setattr(loaders, "open_model", strangers.model)
    monkeypatch.setattr(loaders, "favoured", lambda role: ())
    records = {name: strangers.model(name).record for name in strangers.NAMES}
    monkeypatch.setattr(loaders, "described", lambda: records)
    monkeypatch.setattr(loaders, "has_map", lambda name, record: True)
    monkeypatch.setattr(datasets, "images", lambda dataset, split="test": strangers.items(dataset))
    monkeypatch.setattr(datasets, "absent", lambda dataset: None)
