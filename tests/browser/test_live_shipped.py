"""The live view of a model that ships is there again after a change of page."""

import numpy as np

from tests.browser.chart_page import ChartPage
from tests.browser.conftest import Server, Visits
from tests.browser.live_page import LivePage
from vae import explorer


def test_the_live_view_is_there_again_after_a_change_of_page(server: Server, visits: Visits) -> None:
    visit = visits(server, "latent_map?model=mnist-vae-2d")
    for link, key in (("z-grid", "sheet"), ("Latent map", "map")):
        with visit.run():
            visit.follow(link)
        chart = ChartPage(visit, key)
        visit.page.wait_for_selector(f".st-key-{key} .latent-live-overlay")
        live = LivePage(visit)
        expected = explorer.load("mnist-vae-2d").decode([[0.5, -0.5]])
        visit.page.mouse.move(*chart.window(0.2, 0.3))
        left, top = chart.window(0.5, -0.5)
        visit.page.mouse.move(left, top)
        visit.page.get_by_text("live", exact=True).wait_for()
        assert np.abs(live.image() - expected[0]).mean() < 0.05  # the pointer stands on whole pixels
