"""Inference in a real browser: the search plays, its ellipses move and its ELBO grows, without the server."""

from typing import Any

from playwright.sync_api import expect

from tests.browser.conftest import Server, Visits
from vae.latent.posterior_search import STEPS
from vae.web.pages.inference.answer import ENCODER

STATE = """(chart, name) => {
    const [rings, point] = chart._fullData.filter((trace) => trace.name === name);
    return { x: rings.x[0], elbo: point.y[0], frames: chart._transitionData._frames.length };
}"""


def test_the_search_plays_and_its_elbo_grows(server: Server, visits: Visits) -> None:
    visit = visits(server, "inference?model=mnist-vae-2d&image=8")
    chart = visit.page.locator(".st-key-inference-search .js-plotly-plot")
    contours = chart.locator(".contourlayer path").first
    expect(contours).to_be_attached()

    def state() -> dict[str, Any]:
        found: dict[str, Any] = chart.evaluate(STATE, ENCODER)
        return found

    before, sent = state(), visit.sent
    ring = chart.locator(".scatterlayer .trace path.js-line").nth(2)  # after the two of the encoder's q
    visit.settle()
    drawn = ring.get_attribute("d") or ""
    visit.page.get_by_role("button", name=f"Play the search, {STEPS} steps").press("Enter")
    expect(visit.page.locator("output", has_text=f"after step {STEPS}")).to_be_visible(timeout=60_000)
    after = state()
    assert after["frames"] > 10
    assert after["elbo"] > before["elbo"] + 1
    assert after["x"] != before["x"]
    expect(ring).not_to_have_attribute("d", drawn)
    expect(contours).to_be_attached()
    assert visit.sent == sent
    visit.page.get_by_role("slider", name="Play the search").press("Home")
    expect(ring).to_have_attribute("d", drawn)
    assert visit.page.evaluate("document.querySelector('.stMain').scrollWidth") <= 1360
    cells = visit.page.locator(".st-key-inference-gaps td:not(:first-child)")  # as of images in colour:
    cells.evaluate_all("(all) => all.forEach((each) => (each.textContent = '−12345.67 ±\u00a00.01'))")
    table, place = (
        visit.page.locator(f".st-key-inference-gaps {each}").bounding_box()
        for each in ("table", ".vae-table")
    )
    assert table is not None
    assert place is not None
    assert table["width"] <= place["width"] + 0.5


def test_a_search_under_way_can_be_stopped_and_made_again(server: Server, visits: Visits) -> None:
    visit = visits(server, "inference?model=mnist-ae-2d")
    with visit.run():
        visit.page.goto(f"{visit.url}/inference?model=mnist-vae-20d&image=8")
        visit.page.get_by_test_id("stMainBlockContainer").get_by_role("button", name="Stop").click()
    chart = visit.page.locator(".st-key-inference-search .js-plotly-plot")
    expect(visit.page.get_by_text("The search was stopped.")).to_be_visible()
    progress = visit.page.get_by_test_id("stProgress")
    expect(progress).to_have_count(0)
    expect(chart).to_have_count(0)
    with visit.run():
        visit.page.get_by_role("button", name="Search again").click()
        expect(progress).to_contain_text("s left", timeout=60_000)
    expect(chart).to_be_visible()
    assert not visit.errors
