"""Make the README's screenshot: `python -m tests.browser.screenshot`."""

import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

from tests.browser.conftest import ARGUMENTS, ROOT, Server, browser_path

PAGE = "latent_map?model=mnist-vae-2d"
PLACE = (0.35, -0.6)  # where the pointer rests, in prior standard deviations
AT = """([x, y]) => {
    const chart = document.querySelector(".st-key-map .js-plotly-plot"), box = chart.getBoundingClientRect();
    const { xaxis, yaxis } = chart._fullLayout;
    return [box.left + xaxis._offset + xaxis.d2p(x), box.top + yaxis._offset + yaxis.d2p(y)];
}"""


def main() -> None:
    """Open the latent map, point at a place, and keep the picture."""
    server = Server(Path(tempfile.mkdtemp()) / "log.txt")
    server.start()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=browser_path(), args=ARGUMENTS)
        page = browser.new_page(viewport={"width": 1360, "height": 860}, device_scale_factor=1)
        page.goto(f"{server.url}/{PAGE}")
        page.wait_for_function("window.__latentLive?.stats().ready > 0")
        page.wait_for_selector(".st-key-map .latent-live-overlay")
        page.mouse.move(*page.evaluate(AT, PLACE))
        page.get_by_text("live", exact=True).wait_for()
        page.screenshot(path=ROOT / "assets" / "screenshot.png")
        browser.close()
    server.stop()


if __name__ == "__main__":
    main()
