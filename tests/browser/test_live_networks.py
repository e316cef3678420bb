"""Networks in the browser: of many shapes, with random weights, and those that ship."""

from collections.abc import Iterator

import numpy as np
import pytest
import torch
from playwright.sync_api import Browser, Page

from tests.browser.apps.random_model import RandomModel
from tests.browser.blank_page import (
    NO_SIMD,
    NO_WEBASSEMBLY,
    Floats,
    RandomNetworks,
    blank_page,
    outputs,
    provide,
)
from tests.built import BUILT, Built
from tests.twins import TWINS, Twin
from vae import explorer
from vae.images import sets
from vae.images.dataset import Dataset
from vae.model import catalogue, checkpoint
from vae.model.outside.functions import Functions, with_layers
from vae.training.vae import build
from vae.web.live import payloads

BATCH = 3
COUNT = 250  # random codes, and test images
SHIPPED = ("mnist-vae-2d", "mnist-vae-20d", "mnist-conv-vae-20d", "mnist-ae-2d", "mnist-pca-2d")
SHAPES = [
    RandomNetworks(28, 28, 1, (64, 32), latent_dim=20),
    RandomNetworks(64, 64, 3, (48, 32, 24, 16), latent_dim=32),
    RandomNetworks(20, 12, 3, (20, 7), activation="softplus"),  # padded channels, whose softplus is not 0
    RandomNetworks(9, 13, 1, (3,), latent_dim=2, activation="tanh"),  # padded and cropped
    RandomNetworks(8, 128, 3, (5, 4, 16), activation="relu", bound=3.0),  # one place in a column
]


@pytest.fixture(scope="module", params=["", NO_SIMD, NO_WEBASSEMBLY], ids=["simd", "no simd", "plain"])
def blank(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A page with the program, in a browser that lacks what the parameter takes from it."""
    page = blank_page(browser, request.param)
    yield page
    page.close()


@pytest.fixture(scope="module")
def blank_simd(browser: Browser) -> Iterator[Page]:
    """A page with the program in a browser that lacks nothing."""
    page = blank_page(browser)
    yield page
    page.close()


def run(page: Page, model: RandomNetworks, kind: str, rows: Floats) -> Floats:
    """The outputs of the `encoder` or `decoder`, one row for each of `rows`."""
    provide(page, model.parcel(kind))
    return outputs(page, f"{kind}:{model.name}", rows)


@pytest.mark.parametrize("model", SHAPES, ids=lambda model: model.name)
def test_a_decoder_computes_what_torch_computes(blank: Page, model: RandomNetworks) -> None:
    z = np.random.default_rng(1).standard_normal((BATCH, model.latent_dim)).astype(np.float32)
    expected = model.decode(z)
    assert expected.std() > 0.05  # images that tell a wrong place apart
    decoded = run(blank, model, "decoder", z).reshape(expected.shape)
    assert np.abs(decoded - expected).max() < 1e-5


@pytest.mark.parametrize("model", SHAPES, ids=lambda model: model.name)
def test_an_encoder_computes_what_torch_computes(blank: Page, model: RandomNetworks) -> None:
    shape = (BATCH, model.height, model.width, model.channels)
    images = np.random.default_rng(2).random(shape, np.float32)
    expected = model.encode(images)
    assert expected.std(axis=0).min() > 1e-3
    encoded = run(blank, model, "encoder", images.reshape(BATCH, -1))
    assert np.abs(encoded - expected).max() < 1e-4 * np.abs(expected).max()


@pytest.mark.parametrize(
    ("latent_dim", "activation"), [(2, "silu"), (20, "relu"), (3, "tanh"), (20, "softplus")]
)
def test_dense_layers_compute_what_numpy_computes(blank: Page, latent_dim: int, activation: str) -> None:
    model = RandomModel(latent_dim=latent_dim, activation=activation)
    rng = np.random.default_rng(5)
    z = rng.standard_normal((30, latent_dim)).astype(np.float32)
    images = rng.random((30, 784), np.float32)
    provide(blank, payloads._decoder(model.fingerprint, model.explorer))
    provide(blank, payloads._encoder(model.fingerprint, model.explorer))
    decoded = outputs(blank, f"decoder:{model.fingerprint}", z)
    assert np.abs(decoded - model.decode(z.astype(float))).max() < 1e-4
    encoded = outputs(blank, f"encoder:{model.fingerprint}", images)
    assert np.abs(encoded - np.concatenate(model.encode(images.astype(float)), axis=1)).max() < 1e-3


@pytest.mark.parametrize("twin", TWINS.values(), ids=lambda twin: twin.name)
def test_the_browser_is_the_twin_of_the_server(blank_simd: Page, twin: Twin) -> None:
    network = twin.in_numpy()
    dataset = Dataset("noise", twin.config.image_spec, None, "CC0")
    model = explorer.explore(network, network.fingerprint, dataset)
    model.kl_per_dim = np.ones(twin.config.latent_dim, np.float32)
    provide(blank_simd, payloads._decoder(network.fingerprint, model))
    provide(blank_simd, payloads._encoder(network.fingerprint, model))
    decoded = outputs(blank_simd, f"decoder:{network.fingerprint}", twin.z)
    expected = network.decode(twin.z).clip(0, 1)
    assert np.abs(decoded - expected.reshape(decoded.shape)).max() < 1e-5
    encoded = outputs(blank_simd, f"encoder:{network.fingerprint}", twin.images.reshape(len(twin.images), -1))
    mu, log_var = np.split(encoded, 2, axis=1)
    q = network.encode(twin.images)
    assert np.abs(mu - q.mu).max() < 1e-4 * np.abs(q.mu).max()
    sd = np.exp(log_var / 2)  # 0 for a point
    assert np.abs(sd - (0 if q.form == "point" else q.sd)).max() < 1e-3


@pytest.mark.parametrize("built", BUILT.values(), ids=lambda built: built.name)
def test_a_decoder_of_any_build_is_the_twin_of_the_server_and_of_torch(blank: Page, built: Built) -> None:
    expected = built.in_torch()
    assert expected.std() > 0.05
    assert np.abs(built.in_numpy() - expected).max() < 1e-6
    dims, key = built.z.shape[1], f"built-{built.name}"
    functions = Functions(lambda x: np.zeros((len(x), dims)), lambda z: z, built.image_spec, dims, key)
    dataset = Dataset("noise", built.image_spec, None, "CC0")
    model = explorer.explore(with_layers(functions, built.networks()), key, dataset)
    assert model.can("browser")
    assert not model.can("encoder")
    provide(blank, payloads._decoder(key, model))
    assert np.abs(outputs(blank, f"decoder:{key}", built.z) - expected).max() < 1e-5


@pytest.mark.parametrize("name", SHIPPED)
def test_models_that_ship_compute_what_torch_computes(blank_simd: Page, name: str) -> None:
    model = explorer.load(name)
    z = np.random.default_rng(0).standard_normal((COUNT, model.latent_dim)).astype(np.float32)
    found = sets.load("mnist", "test") if sets.available("mnist") else sets.load("digits", "train")
    images = found.floats(slice(COUNT))
    provide(blank_simd, payloads._decoder(model.fingerprint, model))
    provide(blank_simd, payloads._encoder(model.fingerprint, model))
    saved = checkpoint.load(catalogue.model_path(name))
    network = build(saved.description.config, saved.weights)
    with torch.no_grad():
        expected = network.decode(torch.from_numpy(z)).clip(0, 1).numpy()
        mu = network.encode(torch.from_numpy(images.reshape(COUNT, -1))).mu.numpy()
    decoded = outputs(blank_simd, f"decoder:{model.fingerprint}", z)
    assert np.abs(decoded - expected.reshape(COUNT, -1)).max() <= 1 / 255
    encoded = outputs(blank_simd, f"encoder:{model.fingerprint}", images.reshape(COUNT, -1))
    assert np.abs(encoded[:, : model.latent_dim] - mu).max() <= 1e-2
