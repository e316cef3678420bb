"""A new user's first five minutes: a picture of each step, of which the README shows three.

`python -m tests.browser.first_minutes` makes the README's anew, in `assets`.
"""

import io
import tempfile
from collections.abc import Callable
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, expect, sync_playwright

from tests.browser.chart_page import ChartPage
from tests.browser.conftest import ARGUMENTS, ROOT, Server, Visit, browser_path

WINDOW = {"width": 1360, "height": 860}
README = ("home", "map", "path")
QUALITY = 70  # of a picture: none is larger than 150 kB
TWO = [(0.3, 0.32), (0.4, 0.2), (0.55, 0.17), (0.68, 0.28), (0.65, 0.42), (0.5, 0.6), (0.3, 0.8), (0.72, 0.8)]
"""A digit, drawn in one stroke: shares of the pad."""


def walk(visit: Visit, keep: Callable[[str], None], gif: Path) -> None:
    """Home, the hand over it, a click, a digit drawn and seen on the map, its path to a 7, the file of it.

    Arguments:
        visit: A tab on Home.
        keep: Takes a picture of the window, by the name of the step.
        gif: Where the path is downloaded to.
    """
    page = visit.page
    _point_at_home(page)
    keep("home")
    with visit.run():
        page.mouse.down()
        page.mouse.up()
    map_ = ChartPage(visit, "map")
    page.wait_for_selector(".st-key-map .latent-live-overlay", state="attached")
    page.mouse.move(*map_.window(0.35, -0.6))
    expect(page.get_by_text("live", exact=True)).to_be_visible()
    keep("hover")
    map_.click(1.0, 0.0)
    keep("click")
    page.get_by_role("button", name="Draw your own").click()
    expect(page.get_by_label("Drawing area")).to_be_focused()
    with visit.run():
        draw(page)
    expect(page.locator(".vae-marks .pin")).to_be_visible()
    page.wait_for_selector(".your-image")
    keep("map")
    page.get_by_role("button", name="Explore").click()
    keep("menu")
    with visit.run():
        page.get_by_role("link", name="Interpolate").click()
    expect(page.get_by_role("combobox", name="A: start digit")).to_have_value("your image")
    expect(page.get_by_role("combobox", name="B: end digit")).to_have_value("7")
    page.wait_for_function("window.__latentLive?.stats().ready > 0")
    page.wait_for_selector(".st-key-path_map .latent-live-overlay", state="attached")
    with visit.run():
        page.locator("input.t").press("End")
    expect(page.locator(".path .reading strong")).to_have_text("7")
    keep("path")
    with page.expect_download() as started:
        page.get_by_role("button", name="Download GIF").click()
    started.value.save_as(gif)
    keep("download")


def draw(page: Page) -> None:
    """Draw the digit on the pad."""
    box = page.get_by_label("Drawing area").bounding_box()
    assert box is not None
    places = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in TWO]
    page.mouse.move(*places[0])
    page.mouse.down()
    for place in places[1:]:
        page.mouse.move(*place, steps=4)
    page.mouse.up()


def keeper(page: Page, folder: Path) -> Callable[[str], None]:
    """What saves a picture of the window in a folder."""

    def keep(name: str) -> None:
        page.evaluate("document.fonts.ready")
        picture = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
        folder.mkdir(parents=True, exist_ok=True)
        picture.save(folder / f"{name}.webp", quality=QUALITY, method=6)

    return keep


def _point_at_home(page: Page) -> None:
    """Hold the pointer over the plane of Home until its place is decoded."""
    page.wait_for_function("window.__latentLive?.stats().ready > 0")
    box = page.locator(".vae-plane").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 0.6 * box["width"], box["y"] + 0.45 * box["height"])
    expect(page.locator(".vae-reading")).to_contain_text("z = ")


def main() -> None:
    """Walk, and keep the README's pictures."""
    folder = Path(tempfile.mkdtemp())
    server = Server(folder / "log.txt")
    server.start()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=browser_path(), args=ARGUMENTS)
        page = browser.new_page(viewport={"width": WINDOW["width"], "height": WINDOW["height"]})
        visit = Visit(page, server.url)
        visit.goto()
        walk(visit, keeper(page, folder), folder / "path.gif")
        browser.close()
    server.stop()
    for name in README:
        (folder / f"{name}.webp").replace(ROOT / "assets" / f"screenshot-{name}.webp")


if __name__ == "__main__":
    main()
