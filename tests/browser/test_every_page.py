"""Every page, seen once: by axe-core in both themes, with an eye for room, for what moves and what is cut."""

import io
import os
import time
from collections.abc import Iterator
from typing import Literal

import numpy as np
import pytest
from PIL import Image

from tests.browser.conftest import MOST_SHIFT, ROOT, Server, Visit, Visits
from vae.web.kit.navigation import PAGES

AXE = ROOT / "tests" / "javascript" / "node_modules" / "axe-core" / "axe.min.js"
BROKEN = """async (options) => (await axe.run(options)).violations.map(({ id, nodes }) =>
    [id, ...nodes.map(({ target, failureSummary }) => `${target}: ${failureSummary}`)].join("\\n"))"""
THEMES: tuple[tuple[Literal["light", "dark"], dict[str, list[str]]], ...] = (
    ("light", {}),
    ("dark", {"runOnly": ["color-contrast"]}),
)
IS_THEME = "(theme) => getComputedStyle(document.querySelector('.stApp')).colorScheme.includes(theme)"
CUT = """() => {
    const main = document.querySelector(".stMain");
    const wide = main.scrollWidth > main.clientWidth ? [`the page is ${main.scrollWidth} pixels wide`] : [];
    const isCut = (box) => box.width > 0 && (box.left < -1 || box.right > main.clientWidth + 1);
    const isWider = (part) => part.scrollWidth > part.clientWidth + 1;
    const scrolls = (part) => part && (isWider(part) || scrolls(part.parentElement));
    const parts = [...main.querySelectorAll("button, a, input, h1, h2, .stMarkdown")];
    const cut = parts.filter((part) => isCut(part.getBoundingClientRect()) && !scrolls(part.parentElement));
    const widths = [...main.querySelectorAll(".js-plotly-plot")].map((chart) => chart.clientWidth);
    const tiny = widths.filter((width) => width && width < 200).map((width) => `a chart: ${width} pixels`);
    return [...wide, ...tiny, ...cut.map((part) => `cut: ${part.outerHTML.slice(0, 120)}`)];
}"""
THEME_SECONDS = 10.0
BLOCK = 8  # pixels: empty room is looked for in squares of this size


def broken_rules(visit: Visit) -> Iterator[str]:
    """What axe-core finds in the light theme, and in the dark one of contrast, all else being the same."""
    page = visit.page
    page.evaluate(AXE.read_text())
    for theme, options in THEMES:
        page.emulate_media(color_scheme=theme, reduced_motion="reduce")  # no colour is on its way
        page.wait_for_function(IS_THEME, arg=theme)
        visit.settle()
        deadline = time.monotonic() + THEME_SECONDS  # Streamlit draws the words of another theme later
        while (broken := page.evaluate(BROKEN, options)) and time.monotonic() < deadline:
            page.wait_for_timeout(200)
        yield from (f"{theme}: {each}" for each in broken)


def largest_empty(picture: np.ndarray) -> float:
    """The largest rectangle of a picture (H, W, 3) that shows its ground alone, as a share of the picture."""
    is_ground = np.abs(picture.astype(int) - picture[-2, 2].astype(int)).max(axis=-1) <= 3
    rows, columns = (size // BLOCK for size in is_ground.shape)
    squares = is_ground[: rows * BLOCK, : columns * BLOCK].reshape(rows, BLOCK, columns, BLOCK).all((1, 3))
    heights, largest = np.zeros(columns, int), 0
    for row in squares:  # the rectangles that end here: as high as the columns are empty above
        heights = np.where(row, heights + 1, 0)
        for height in np.unique(heights[heights > 0]):
            edges = np.flatnonzero(np.diff(np.r_[0, heights >= height, 0]))
            largest = max(largest, height * int(np.diff(edges)[::2].max()))
    return largest / squares.size


def test_the_largest_empty_rectangle_is_found() -> None:
    picture = np.zeros((160, 320, 3), np.uint8)
    picture[40:80, 80:200] = 255
    assert largest_empty(picture) == pytest.approx(320 * 80 / (320 * 160))


@pytest.mark.parametrize("url", ["", *(page.stem for page in PAGES)])
def test_a_page_keeps_nobody_out_and_little_room_empty(server: Server, visits: Visits, url: str) -> None:
    if not AXE.exists():
        reason = "no axe-core here: npm --prefix tests/javascript ci"
        pytest.fail(reason) if os.environ.get("CI") else pytest.skip(reason)
    visit = visits(server, url, width=1440, height=900)
    if visit.shift >= MOST_SHIFT:  # the first visit of a server that is still starting: see test_frame
        visit.goto(url)
    assert visit.shift < MOST_SHIFT
    seen = Image.open(io.BytesIO(visit.page.screenshot())).convert("RGB")
    empty = largest_empty(np.asarray(seen))
    found = [f"{empty:.0%} of the window is empty"] if empty > 0.25 else []
    found += broken_rules(visit)
    for width, height in ((720, 450), (400, 860)):  # the same window at 200 %, a phone's
        visit.page.set_viewport_size({"width": width, "height": height})
        visit.settle()
        found += [f"{width} pixels wide: {each}" for each in visit.page.evaluate(CUT)]
    assert not found, "\n".join(found)
