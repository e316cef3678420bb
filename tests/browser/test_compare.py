"""Compare in a real browser: a click on one model's map marks the image on the others."""

from playwright.sync_api import expect

from tests.browser.chart_page import ChartPage
from tests.browser.conftest import Server, Visits
from vae import explorer

CLICKED, OTHER = "compare-mnist-vae-2d", "compare-mnist-ae-2d"


def test_a_click_on_one_map_marks_the_image_on_all(server: Server, visits: Visits) -> None:
    visit = visits(server, "compare?models=mnist-vae-2d,mnist-ae-2d&image=3")
    clicked, other = (ChartPage(visit, key) for key in (CLICKED, OTHER))
    mark = visit.page.locator(f".st-key-{OTHER} .vae-marks .crosshair")
    before = mark.get_attribute("transform") or ""
    clicked.click(*explorer.load("mnist-vae-2d").codes().mu[77].tolist())
    expect(mark).not_to_have_attribute("transform", before)
    image = int(other.address("image") or 0)
    x, y = other.window(*explorer.load("mnist-ae-2d").codes().mu[image].tolist())
    box = mark.bounding_box()
    assert box is not None
    assert abs(box["x"] + box["width"] / 2 - x) < 2
    assert abs(box["y"] + box["height"] / 2 - y) < 2
