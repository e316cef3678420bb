"""A convolutional model of RGB images of 64 × 64 on the app's own pages, decoded in the browser."""

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import pytest
from playwright.sync_api import Browser, ConsoleMessage

from tests.browser.apps import strangers
from tests.browser.chart_page import ChartPage
from tests.browser.conftest import Server, Visit, Visits
from tests.browser.live_page import LivePage, pixels
from tests.browser.test_z_grid import PLACE


@pytest.fixture(scope="module")
def strange_server(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("strangers")
    server = Server(folder / "log.txt", strangers.write_app(folder))
    server.start()
    yield server
    server.stop()


@pytest.fixture
def visit(strange_server: Server, visits: Visits) -> Iterator[Visit]:
    """A tab on which nothing may complain, but for Streamlit's own probes of addresses."""
    opened = visits(strange_server)
    complaints: list[str] = []

    def listen(message: ConsoleMessage) -> None:
        if message.type == "error" and "_stcore" not in message.location["url"]:
            complaints.append(message.text)

    opened.page.on("console", listen)
    yield opened
    assert complaints == []


@pytest.mark.parametrize(("path", "key"), [("latent_map", "map"), ("z_grid", "sheet")])
def test_the_place_under_the_pointer_is_decoded_in_colour(visit: Visit, path: str, key: str) -> None:
    visit.goto(path)
    chart, live = ChartPage(visit, key), LivePage(visit)
    visit.page.wait_for_selector(f".st-key-{key} .latent-live-overlay", state="attached")
    middle = np.array(
        chart.evaluate("const { xaxis, yaxis } = chart._fullLayout; return [xaxis.range, yaxis.range]")
    )
    sent = visit.sent
    for share in (0.4, 0.6):
        left, top = (round(value) for value in chart.window(*(middle @ [1 - share, share])))
        visit.page.mouse.move(left, top)
        z = np.array([chart.evaluate(PLACE, [left, top])], np.float32)
        live.wait_for_image(strangers.model().decode(z))
        assert live.image().shape == (64, 64, 3)
    assert visit.sent == sent


def test_sliders_stand_at_a_test_image(visit: Visit) -> None:
    visit.goto("sliders?image=7")
    live = LivePage(visit)
    live.wait_for_image(strangers.model().decode(strangers.model().codes().mu[7:8]))
    box = visit.page.locator("canvas.image").bounding_box()
    assert box is not None
    assert box["width"] == box["height"]
    assert box["width"] % 64 == 0


def test_a_path_runs_through_images_in_colour(visit: Visit) -> None:
    visit.goto("interpolate?t=0")
    live = LivePage(visit)
    strip = visit.page.locator(".strip canvas")
    strip.first.wait_for()
    live.wait_for_image(pixels(strip.first))
    assert live.image().shape == (64, 64, 3)
    frames = [pixels(strip.nth(k)) for k in range(strip.count())]
    steps = [np.abs(after - before).max() for before, after in pairwise(frames)]
    assert min(steps) > 0
