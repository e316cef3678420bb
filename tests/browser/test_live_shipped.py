"""The live view with the models that ship: as exact as torch, and there again after a change of page."""

import numpy as np
import pytest
import torch

from tests.browser.chart_page import ChartPage
from tests.browser.conftest import Server, Visits
from tests.browser.live_page import LEVEL, LivePage, packed
from tests.browser.test_live_core import DECODE, ENCODE
from vae import explorer
from vae.images import sets
from vae.model import catalogue, checkpoint
from vae.training.vae import build

COUNT = 1000  # random codes, and test images
MODELS = ("mnist-vae-2d", "mnist-vae-20d", "mnist-conv-vae-20d", "mnist-ae-2d", "mnist-pca-2d")


@pytest.mark.parametrize("name", MODELS)
def test_the_browser_computes_what_torch_computes(server: Server, visits: Visits, name: str) -> None:
    model = explorer.load(name)
    live = LivePage(visits(server, f"reconstruct?model={name}&source=draw"))
    live.wait_for_view()
    z = np.random.default_rng(0).standard_normal((COUNT, model.latent_dim)).astype(np.float32)
    argument = {"key": f"decoder:{model.fingerprint}", "z": packed(z), "count": COUNT}
    decoded = live.floats(DECODE, argument).reshape(COUNT, 784)
    network = build(model.config, checkpoint.load(catalogue.model_path(name)).weights)
    with torch.no_grad():
        expected = network.decode(torch.from_numpy(z)).clip(0, 1).numpy()
    assert np.abs(decoded - expected).max() <= LEVEL

    found = sets.load("mnist", "test") if sets.available("mnist") else sets.load("digits", "train")
    images = found.images[:COUNT]
    argument = {"key": f"encoder:{model.fingerprint}", "images": packed(images), "count": COUNT}
    encoded = live.floats(ENCODE, argument).reshape(COUNT, -1)
    with torch.no_grad():
        mu = network.encode(torch.from_numpy(images.reshape(COUNT, -1))).mu.numpy()
    assert np.abs(encoded[:, : model.latent_dim] - mu).max() <= 1e-2


def test_the_live_view_is_there_again_after_a_change_of_page(server: Server, visits: Visits) -> None:
    visit = visits(server, "latent_map?model=mnist-vae-2d")
    for link, key in (("z-grid", "sheet"), ("Latent map", "map")):
        with visit.run():
            visit.page.get_by_role("link", name=link, exact=True).first.click()
        chart = ChartPage(visit, key)
        visit.page.wait_for_selector(f".st-key-{key} .latent-live-overlay")
        live = LivePage(visit)
        expected = explorer.load("mnist-vae-2d").decode([[0.5, -0.5]])
        visit.page.mouse.move(*chart.window(0.2, 0.3))
        left, top = chart.window(0.5, -0.5)
        visit.page.mouse.move(left, top)
        visit.page.get_by_text("live", exact=True).wait_for()
        assert np.abs(live.image() - expected.ravel()).mean() < 0.05  # the pointer stands on whole pixels
