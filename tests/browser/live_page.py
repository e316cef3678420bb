"""What tests of the live views do with a page: look at images, wait for them, point at places of a chart."""

import base64
import json
import re
import time
from typing import Any

import numpy as np
from numpy.typing import NDArray
from playwright.sync_api import Locator, Page

from tests.browser.conftest import PATIENCE, TWO_FRAMES, Visit

CHART = "document.querySelector('.st-key-map .js-plotly-plot')"
LEVEL = 1 / 255
DOUBLE_CLICK_MS = 350  # assets/live/picks.js
TO_BASE64 = (
    "(array) => btoa(Array.from(new Uint8Array(array.buffer), (b) => String.fromCharCode(b)).join(''))"
)


class LivePage:
    """A visit to `apps/live_views.py`."""

    def __init__(self, visit: Visit) -> None:
        self.visit = visit
        self.page: Page = visit.page

    def wait_for_view(self) -> None:
        """Wait until the view has its networks, and its chart if it points at one."""
        self.page.wait_for_function("window.__latentLive?.stats().ready > 0")
        if self.page.locator(".st-key-map").count():
            self.wait_for_chart()

    def wait_for_chart(self) -> None:
        """Wait until the view is attached to the chart."""
        self.page.wait_for_selector(".st-key-map .latent-live-overlay")

    def stats(self) -> dict[str, Any]:
        """The counters of the hub."""
        counters: dict[str, Any] = self.page.evaluate("window.__latentLive.stats()")
        return counters

    def floats(self, script: str, argument: object) -> NDArray[np.float32]:
        """What an asynchronous JavaScript function returns as a Float32Array."""
        call = f"async (argument) => ({TO_BASE64})(await ({script})(argument))"
        return np.frombuffer(base64.b64decode(self.page.evaluate(call, argument)), np.float32)

    def image(self, index: int = 0) -> NDArray[np.float64]:
        """The image (H, W, C) in [0, 1] on the view's canvas of that index."""
        return pixels(self.page.locator("canvas.image").nth(index))

    def wait_for_image(self, expected: NDArray[np.floating], index: int = 0) -> None:
        """Wait until the canvas shows the expected image, of size H W C, to the level or next to it."""
        off, deadline = 1.0, time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            shown = self.image(index).ravel()
            off = float(np.abs(shown - expected.ravel()).max()) if shown.size == expected.size else 1.0
            if off < 1.6 * LEVEL:
                return
            self.next_frame()
        raise AssertionError(f"the canvas differs from the expected image by {off / LEVEL:.1f} levels")

    def next_frame(self) -> None:
        """Wait until what is asked for has been drawn."""
        self.page.evaluate(TWO_FRAMES)

    def wait_out_click(self) -> None:
        """Wait as long as a click waits for a second one before it tells Python."""
        self.page.evaluate(f"new Promise((done) => setTimeout(done, {DOUBLE_CLICK_MS + 50}))")

    def window(self, x: float, y: float) -> tuple[int, int]:
        """The window's pixel nearest to a data point of the chart."""
        script = f"""([x, y]) => {{
            const box = {CHART}.getBoundingClientRect();
            const {{ xaxis, yaxis }} = {CHART}._fullLayout;
            return [box.left + xaxis._offset + xaxis.d2p(x), box.top + yaxis._offset + yaxis.d2p(y)];
        }}"""
        left, top = self.page.evaluate(script, [float(x), float(y)])
        return round(left), round(top)

    def data(self, left: int, top: int) -> list[float]:
        """The data point of the chart under a pixel of the window."""
        script = f"""([left, top]) => {{
            const box = {CHART}.getBoundingClientRect();
            const {{ xaxis, yaxis }} = {CHART}._fullLayout;
            return [xaxis.p2d(left - box.left - xaxis._offset), yaxis.p2d(top - box.top - yaxis._offset)];
        }}"""
        point: list[float] = self.page.evaluate(script, [left, top])
        return point

    def visible_range(self) -> list[float]:
        """The range of the chart's x axis."""
        ends: list[float] = self.page.evaluate(f"[...{CHART}._fullLayout.xaxis.range]")
        return ends

    def wait_for_run(self, run: int) -> None:
        """Wait until the script's run of that number has begun to show."""
        self.page.get_by_text(re.compile(rf"^run {run}$")).wait_for()

    def rerun(self) -> None:
        """Have the script run again and wait for its end."""
        with self.visit.run():
            self.page.get_by_role("button", name="rerun").click()

    def answer(self, name: str) -> Any:
        """What the page's script got from the browser, once it is there."""
        element = self.page.get_by_text(re.compile(rf"^{name} (\[.*\]|\d+)$"))
        element.wait_for()
        return json.loads(element.inner_text().removeprefix(name))


def packed(floats: NDArray[np.floating]) -> str:
    """Numbers as base64 of float32: many of them take long as JSON."""
    return base64.b64encode(np.ascontiguousarray(floats, np.float32).tobytes()).decode()


def pixels(canvas: Locator) -> NDArray[np.float64]:
    """What is on an opaque canvas, (H, W, C) in [0, 1]: one channel where it is grey, else three."""
    script = f"""(canvas) => {{
        const {{ width, height }} = canvas;
        return [height, width, ({TO_BASE64})(canvas.getContext("2d").getImageData(0, 0, width, height).data)];
    }}"""
    height, width, encoded = canvas.evaluate(script)
    levels = np.frombuffer(base64.b64decode(encoded), np.uint8).reshape(height, width, 4)
    assert (levels[..., 3] == 255).all()
    is_grey = (levels[..., :3] == levels[..., :1]).all()
    shown: NDArray[np.float64] = levels[..., : 1 if is_grey else 3] * np.float64(LEVEL)
    return shown
