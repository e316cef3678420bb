"""A model of which the browser knows no weights on the app's own pages: the server decodes it, live."""

from collections.abc import Iterator

import numpy as np
import pytest
from playwright.sync_api import Browser, Request, Route, expect

from tests.browser.apps import strangers as apps
from tests.browser.chart_page import ChartPage
from tests.browser.conftest import Server, Visits
from tests.browser.live_page import LivePage, pixels
from tests.browser.test_z_grid import PLACE
from tests.pages import strangers

NAME = "shapes-2d"
RATE = """async (seconds) => {
  const live = window.__latentLive;
  const decoder = await live.get(live.stats().parcelKeys.find((key) => key.startsWith("decoder:")));
  const end = performance.now() + 1000 * seconds;
  let [seen, looks] = [null, 0];
  while (performance.now() < end) {
    await new Promise(requestAnimationFrame);
    decoder.decode(Float32Array.from({ length: decoder.latentDim }, () => 4 * Math.random() - 2));
    if (decoder.latest !== seen) [seen, looks] = [decoder.latest, looks + 1];
  }
  return looks / seconds;
}"""
"""Images that arrive in a second while each frame asks for another place."""


@pytest.fixture(scope="module")
def served(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("served")
    server = Server(folder / "log.txt", apps.write_app(folder, NAME))
    server.start()
    yield server
    server.stop()


def test_the_place_under_the_pointer_is_decoded_by_the_server_one_request_at_a_time(
    served: Server, visits: Visits
) -> None:
    visit = visits(served, "latent_map")
    chart, live, model = ChartPage(visit, "map"), LivePage(visit), strangers.model(NAME)
    visit.page.wait_for_selector(".st-key-map .latent-live-overlay", state="attached")
    under_way: set[Request] = set()
    most: list[int] = []

    def begin(request: Request) -> None:
        if "/decoded/" in request.url:
            under_way.add(request)
            most.append(len(under_way))

    def end(request: Request) -> None:
        under_way.discard(request)

    visit.page.on("request", begin)
    visit.page.on("requestfinished", end)
    visit.page.on("requestfailed", end)
    sent = visit.sent
    for place in ((0.5, 0.5), (-0.4, 0.2)):
        left, top = (round(value) for value in chart.window(*place))
        visit.page.mouse.move(left, top, steps=20)
        z = np.array([chart.evaluate(PLACE, [left, top])], np.float32)
        live.wait_for_image(model.decode(z))
    assert max(most) == 1
    assert visit.sent == sent
    assert visit.page.evaluate(RATE, 2) >= 10


def test_sliders_and_a_path_have_all_their_images(served: Server, visits: Visits) -> None:
    visit, model = visits(served, "sliders?z=0.5,-1"), strangers.model(NAME)
    live = LivePage(visit)
    live.wait_for_image(model.decode([[0.5, -1.0]]))
    strip = visit.page.locator(".along canvas").first
    codes = np.array([[t, -1.0] for t in np.linspace(-3, 3, 7)], np.float32)
    first = visit.page.locator(".sliders .name").first.inner_text()
    codes = codes if first == "z₁" else np.array([[0.5, t] for t in np.linspace(-3, 3, 7)], np.float32)
    row = np.concatenate(list(model.decode(codes)), axis=1)
    visit.page.wait_for_function("window.__latentLive.stats().decodes >= 15")
    expect(strip).to_be_visible()
    np.testing.assert_allclose(pixels(strip), row, atol=1.6 / 255)
    visit.goto("interpolate?t=1")
    frames = visit.page.locator(".strip canvas")
    frames.first.wait_for()
    live.wait_for_image(pixels(frames.last))
    assert np.abs(pixels(frames.first) - pixels(frames.last)).max() > 0.05


def test_a_strip_keeps_its_images_until_those_of_another_code_have_come(
    served: Server, visits: Visits
) -> None:
    """Python answers first, and the server decodes later."""
    visit, model = visits(served, "sliders?z=0.5,-1"), strangers.model(NAME)
    LivePage(visit).wait_for_image(model.decode([[0.5, -1.0]]))
    visit.page.wait_for_function("window.__latentLive.stats().decodes >= 15")
    strips = visit.page.locator(".along canvas")
    before = [pixels(strips.nth(k)) for k in range(2)]
    held: list[Route] = []
    visit.page.route("**/decoded/**", lambda route: held.append(route))
    with visit.run():
        visit.page.get_by_role("button", name="Draw from the prior").click()
    LivePage(visit).next_frame()
    for number, strip in enumerate(before):
        np.testing.assert_array_equal(pixels(strips.nth(number)), strip)
    assert len(held) == 1
    visit.page.unroute("**/decoded/**")  # which lets it go
    visit.page.wait_for_function("window.__latentLive.stats().decodes >= 30")
    assert not np.array_equal(pixels(strips.first), before[0]) or not np.array_equal(
        pixels(strips.last), before[1]
    )


def test_the_endless_plane_fills_with_images(served: Server, visits: Visits) -> None:
    visit = visits(served, "z_grid")
    canvas = visit.page.locator(".latent-live-sheet canvas").first
    canvas.wait_for()
    visit.page.wait_for_function("window.__latentLive.stats().decodes > 100")
    visit.page.wait_for_function("""() => {
        const canvas = document.querySelector(".latent-live-sheet canvas");
        const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
        let empty = 0;
        for (let k = 3; k < data.length; k += 4) empty += data[k] === 0;
        return empty / (data.length / 4) < 0.2;
    }""")
