"""Maps in windows that change: the view that is meant, the user's zoom, and no range of another map."""

import numpy as np
import pytest

from tests.browser.chart_page import ChartPage
from tests.browser.conftest import Server, Visit, Visits

FLAT, OTHER, DEEP = "mnist-vae-2d", "mnist-ae-2d", "mnist-vae-20d"
WIDE, NARROW = 1440, 1000
MAPS = {
    f"latent_map?model={DEEP}": "map",
    f"interpolate?model={FLAT}": "path_map",
    f"impute?model={FLAT}": "impute-map",
    f"reconstruct?model={FLAT}": "reconstruct-map",
    f"compare?model={FLAT}": f"compare-{FLAT}",
}
POINTS = """return [0, 1].map((k) => chart._fullData.flatMap(({ customdata, x, y }) =>
    customdata ? [...(k ? y : x)] : []))"""


class Map(ChartPage):
    """A flat map in a window that is `WIDE` at first."""

    def __init__(self, visit: Visit, key: str) -> None:
        super().__init__(visit, key, is_marked=False)

    def ranges(self) -> list[float]:
        """The visible ranges of x and of y."""
        script = "const { xaxis, yaxis } = chart._fullLayout; return [...xaxis.range, ...yaxis.range]"
        found: list[float] = self.evaluate(script)
        return found

    def resize(self, width: int) -> None:
        """Give the window another width and wait for the map to follow."""
        before = self.evaluate("return chart._fullLayout.width")
        self.page.set_viewport_size({"width": width, "height": 900})
        self.page.wait_for_function(f"{self.chart}._fullLayout.width !== {before}")
        self.visit.settle()

    def zoom_in(self) -> list[float]:
        """Zoom in by the wheel, off the middle; the ranges after it."""
        self.evaluate("chart.zoomed = false; chart.once('plotly_relayout', () => (chart.zoomed = true))")
        box = self.page.locator(".nsewdrag").first.bounding_box()
        assert box is not None
        self.page.mouse.move(box["x"] + 0.4 * box["width"], box["y"] + 0.6 * box["height"])
        self.page.mouse.wheel(0, -240)
        self.page.wait_for_function(f"{self.chart}.zoomed")
        return self.ranges()

    def shows_all_points_large(self) -> None:
        """Nearly all points are in view, and fill it one way."""
        points, (left, right, low, high) = np.array(self.evaluate(POINTS)), self.ranges()
        x, y = points
        assert len(x) >= 10_000
        assert ((x >= left) & (x <= right) & (y >= low) & (y <= high)).mean() > 0.97
        reach = np.quantile(points, 0.99, axis=1) - np.quantile(points, 0.01, axis=1)
        assert (reach / [right - left, high - low]).max() > 0.6


@pytest.mark.parametrize("path", MAPS)
def test_a_map_shows_the_same_after_four_resizes(server: Server, visits: Visits, path: str) -> None:
    map_ = Map(visits(server, path, width=WIDE, height=900), MAPS[path])
    map_.visit.settle()
    wide = map_.ranges()
    map_.resize(NARROW)
    narrow = map_.ranges()
    for width in (WIDE, NARROW, WIDE):
        map_.resize(width)
        expected = wide if width == WIDE else narrow
        assert map_.ranges() == pytest.approx(expected, rel=1e-3, abs=1e-3)


def test_another_model_brings_its_own_view(server: Server, visits: Visits) -> None:
    map_ = Map(visits(server, f"latent_map?model={FLAT}", width=WIDE, height=900), "map")
    map_.shows_all_points_large()
    for zooms, model in ((False, DEEP), (True, FLAT), (True, OTHER)):
        if zooms:
            map_.zoom_in()
        with map_.visit.run():
            map_.visit.choose_model(model)
        map_.page.wait_for_function(f"{map_.chart}?._fullLayout?.xaxis?._length > 0")
        map_.visit.settle()
        map_.shows_all_points_large()


def test_a_zoom_outlives_resizes_reruns_and_full_screen(server: Server, visits: Visits) -> None:
    map_ = Map(visits(server, f"interpolate?model={DEEP}", width=WIDE, height=900), "path_map")
    map_.visit.settle()
    whole = map_.ranges()
    zoomed = map_.zoom_in()
    assert zoomed[1] - zoomed[0] < 0.95 * (whole[1] - whole[0])
    for width in (NARROW, WIDE, NARROW, WIDE):
        map_.resize(width)
    assert map_.ranges() == pytest.approx(zoomed, rel=1e-3, abs=1e-3)
    map_.evaluate("chart.isTheSame = true")
    with map_.visit.run():
        map_.page.get_by_text("Spherical", exact=True).click()
    map_.page.wait_for_function(f"{map_.chart}?._fullLayout && !{map_.chart}.isTheSame")  # a new figure
    map_.page.wait_for_function(f"Math.abs({map_.chart}._fullLayout.xaxis.range[0] - {zoomed[0]}) < 1e-2")
    assert map_.ranges() == pytest.approx(zoomed, rel=1e-3, abs=1e-3)
    map_.page.mouse.move(*map_.window(0, 0))
    width = map_.evaluate("return chart._fullLayout.width")
    map_.page.locator(".st-key-path_map").get_by_role("button", name="Fullscreen").click()
    map_.page.wait_for_function(f"{map_.chart}._fullLayout.width > {width}")
    map_.page.get_by_role("button", name="Close fullscreen").click()
    map_.page.wait_for_function(f"{map_.chart}._fullLayout.width === {width}")
    assert map_.ranges() == pytest.approx(zoomed, rel=1e-3, abs=1e-3)
    map_.page.mouse.dblclick(*map_.window(0, 0))
    map_.page.wait_for_function(f"Math.abs({map_.chart}._fullLayout.xaxis.range[0] - {whole[0]}) < 1e-2")
    map_.resize(NARROW)
    map_.resize(WIDE)
    assert map_.ranges() == pytest.approx(whole, rel=1e-3, abs=1e-3)
