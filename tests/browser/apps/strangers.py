"""The app with one model that is not MNIST's: one that runs in the browser, RGB, 64 × 64, or another."""

import math
import shutil
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tests.pages import strangers
from vae import explorer
from vae.explorer import Explorer
from vae.images.dataset import ImageSet
from vae.model.codes import Codes
from vae.model.config import ModelConfig, layers, tensor_shapes
from vae.model.numpy_vae import NumpyModel
from vae.web.kit import datasets, loaders

ROOT = Path(__file__).parents[3]
NAME = "shapes-conv-2d"
CONFIG = ModelConfig(
    latent_dim=2,
    hidden=(64, 32, 16),
    network="conv",
    likelihood="gaussian",
    pixel_variance=0.04,
    image_spec=strangers.RGB,
)
LAST = tuple(layers(CONFIG, coder)[-1].name for coder in ("encoder", "decoder"))
FIRST = """from tests.browser.apps import strangers
strangers.install({name!r})
"""


@cache
def model() -> Explorer:
    """Convolutions with random weights, which float16 holds, and the codes of the test images."""
    network = NumpyModel(CONFIG, random_weights(), NAME)
    items = strangers.items(strangers.SIXTY.name)
    q = network.encode(items.floats())
    kl = q.kl_per_dim()
    assert kl is not None
    codes = Codes(q.mu, q.sd, items.labels, network.nll(items.floats(), q.mu), kl.sum(axis=1))
    return explorer.explore(network, NAME, strangers.SIXTY, codes)


def random_weights() -> dict[str, NDArray[np.float32]]:
    """Normal ones, so large that what they compute keeps its spread from layer to layer, less in the last."""
    noise = np.random.default_rng(0)
    weights = {}
    for name, shape in tensor_shapes(CONFIG).items():
        fan_in = math.prod(shape) / shape[0] if name.endswith("weight") else 4
        if name.startswith("decoder") and len(shape) == 4:
            fan_in = shape[0] * 4  # two of four taps each way meet an output
        gain = 0.25 if name.removesuffix(".weight") in LAST else 2.0
        weights[name] = (
            (gain * noise.standard_normal(shape) / fan_in**0.5).astype(np.float16).astype(np.float32)
        )
    return weights


def write_app(folder: Path, name: str = NAME) -> Path:
    """The app's script and its pages in a folder, with one model in the place of those that ship."""
    shutil.copytree(ROOT / "pages", folder / "pages", ignore=shutil.ignore_patterns("__pycache__"))
    script = folder / "app.py"
    script.write_text(
        FIRST.format(name=name) + (ROOT / "app.py").read_text(encoding="utf-8"), encoding="utf-8"
    )
    return script


def install(name: str) -> None:
    """Show the model of that name on the pages of this process."""
    found = model() if name == NAME else strangers.model(name)
    loaders.model_names = lambda: (name,)
    loaders.favoured = lambda role: (name,)
    loaders.open_model = lambda name: found
    loaders.explorer = lambda name: found
    loaders.described = lambda: {name: found.record}
    loaders.describe = lambda name: found.record
    loaders.has_map = lambda name, record: True
    datasets.images = _images
    datasets.absent = lambda dataset: None


def _images(name: str) -> ImageSet | None:
    return strangers.items(name)
