"""An implicit posterior on the latent map: the chosen image's cloud is drawn where its draws are."""

import re
from collections.abc import Iterator

import numpy as np
import pytest
from playwright.sync_api import Browser, expect

from tests.browser.apps import strangers as apps
from tests.browser.chart_page import ChartPage
from tests.browser.conftest import Server, Visits
from tests.pages import strangers

BENT, IMAGE = "bent-2d", 3


@pytest.fixture
def server(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("bent")
    server = Server(folder / "log.txt", apps.write_app(folder, BENT))
    server.start()
    yield server
    server.stop()


def test_the_cloud_lies_where_the_draws_are_and_goes_with_the_image(server: Server, visits: Visits) -> None:
    map_ = ChartPage(visits(server, f"latent_map?image={IMAGE}"), "map")
    cloud = map_.page.locator(".vae-marks .cloud path")
    expect(cloud).to_have_count(2)  # dots, and their casings
    drawn = re.findall(r"M([-\d.]+) ([-\d.]+)h0", cloud.last.get_attribute("d") or "")
    pixels = np.array(drawn, np.float64)
    q = strangers.model(BENT).encode(strangers.items("shapes").floats(slice(IMAGE, IMAGE + 1)))
    z = np.unique(q.sample(2000, np.random.default_rng(0))[:, 0], axis=0)
    corner = np.array(map_.window(0, 0)) - map_.evaluate(
        "const { xaxis, yaxis } = chart._fullLayout; return [xaxis.d2p(0), yaxis.d2p(0)]"
    )
    places = np.array([map_.window(x, y) for x, y in z.tolist()]) - corner
    assert len(pixels) > 50
    assert np.abs(pixels[:, None] - places).max(axis=2).min(axis=1).max() < 0.6
    low, high = map_.range()
    map_.click(high - 0.02 * (high - low), 0)
    assert map_.address("image") is None  # a place, no image
    expect(cloud).to_have_count(0)
