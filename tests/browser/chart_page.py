"""What tests of the maps do with a page: point at places of a chart, look at what the server drew."""

import base64
import io
import re
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from playwright.sync_api import Page

from tests.browser.conftest import PATIENCE, Visit

NO_PROGRAM = "Object.defineProperty(window, '__latentLive', { get: () => undefined, set: () => {} })"
"""A script that keeps the live view from starting, so that the server answers clicks."""


class ChartPage:
    """A visit to a page with a plotly chart under the key `key`."""

    def __init__(self, visit: Visit, key: str, is_marked: bool = True) -> None:
        self.visit = visit
        self.page: Page = visit.page
        self.chart = f"document.querySelector('.st-key-{key} .js-plotly-plot')"
        drawn = f"{self.chart}?._fullLayout?.width > 0"
        self.page.wait_for_function(drawn, timeout=3 * PATIENCE * 1000)  # 3-D without a graphics card
        if is_marked:
            self.page.wait_for_selector(f".st-key-{key} .vae-marks", state="attached")

    def evaluate(self, script: str, argument: object = None) -> Any:
        """What a function of the chart (and an argument) returns; `chart` is its element."""
        return self.page.evaluate(f"(argument) => {{ const chart = {self.chart}; {script} }}", argument)

    def window(self, x: float, y: float) -> tuple[float, float]:
        """The window's place of a data point."""
        script = """const box = chart.getBoundingClientRect(), { xaxis, yaxis } = chart._fullLayout;
            const [x, y] = argument;
            return [box.left + xaxis._offset + xaxis.d2p(x), box.top + yaxis._offset + yaxis.d2p(y)];"""
        left, top = self.evaluate(script, [x, y])
        return left, top

    def click(self, x: float, y: float) -> None:
        """Click at a data point and wait for the end of the run that follows."""
        with self.visit.run():
            self.page.mouse.click(*self.window(x, y))

    def zoom(self, x: float, y: float, turns: int = 1) -> None:
        """Zoom in around a data point by the wheel, until plotly takes it for done."""
        self.evaluate("chart.zoomed = false; chart.once('plotly_relayout', () => (chart.zoomed = true))")
        self.page.mouse.move(*self.window(x, y))
        for _ in range(turns):
            self.page.mouse.wheel(0, -240)
        self.page.wait_for_function(f"{self.chart}.zoomed")

    def range(self) -> list[float]:
        """The visible range of the x axis."""
        limits: list[float] = self.evaluate("return chart._fullLayout.xaxis.range")
        return limits

    def picture(self, caption: str) -> NDArray[np.uint8]:
        """The server's picture with that caption, (H, W, C) in levels, once it is there."""
        source = self.page.get_by_role("img", name=caption, exact=True).first.get_attribute("src") or ""
        picture = Image.open(io.BytesIO(base64.b64decode(source.partition(",")[2])))
        return np.asarray(picture).reshape(picture.height, picture.width, -1)

    def address(self, name: str) -> str | None:
        """What the address says of a shared value."""
        found = re.search(rf"[?&]{name}=([^&]*)", self.page.url)
        return found and found[1].replace("%2C", ",")

    def wait_for(self, name: str, value: str) -> None:
        """Wait until the address says this of a shared value."""
        self.page.wait_for_function(
            "([name, value]) => new URLSearchParams(location.search).get(name) === value", arg=[name, value]
        )
