"""The brush on a blank page: masks as text as Python writes them, and images of any size and colour."""

import json
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser, Page

from vae.assets import ASSETS
from vae.images import masks
from vae.images.spec import ImageSpec
from vae.web.kit.component import script

TEXTS = json.loads((Path(__file__).parents[1] / "images" / "test_masks.json").read_text())
COLOUR = (64, 92, 158)
IMPORT = 'source => import("data:text/javascript;charset=utf-8," + encodeURIComponent(source))'
MOUNT = f"""async ({{ source, data }}) => {{
    const brush = await ({IMPORT})(source);
    const parentElement = document.body.appendChild(document.createElement("div"));
    brush.default({{ parentElement, data, setStateValue: (_, value) => (window.sent = value) }});
}}"""
TWIN = f"""async ({{ source, text }}) => {{
    const {{ bitsOf, textOf }} = await ({IMPORT})(source);
    const bits = bitsOf(text);
    return [textOf(bits), bits.flatMap((isHidden, index) => (isHidden ? [index] : [])), bits.length];
}}"""
SHOWN = """() => {
    const canvas = document.querySelector("canvas");
    return [...canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data];
}"""


@pytest.fixture
def blank(browser: Browser) -> Iterator[Page]:
    """A blank page."""
    page = browser.new_page()
    yield page
    page.close()


def test_the_browser_reads_and_writes_masks_as_python_does(blank: Page) -> None:
    source = (ASSETS / "masks.js").read_text(encoding="utf-8")
    for each in TEXTS:
        text, hidden, count = blank.evaluate(TWIN, {"source": source, "text": each["text"]})
        assert (text, hidden, count) == (each["text"], each["hidden"], np.prod(each["shape"]))


@pytest.mark.parametrize("spec", [ImageSpec(64, 64, 3), ImageSpec(20, 12, 1)], ids=["colour", "narrow"])
def test_a_stroke_hides_pixels_of_any_image(blank: Page, spec: ImageSpec) -> None:
    image = np.random.default_rng(0).integers(0, 255, spec.shape, np.uint8)
    data = {
        "image": b64encode(image.tobytes()).decode(),
        "height": spec.height,
        "width": spec.width,
        "channels": spec.channels,
        "size": spec.css_width(252),
        "hidden": masks.to_text(np.zeros(spec.shape[:2], bool)),
        "colour": COLOUR,
    }
    blank.evaluate(MOUNT, {"source": script("brush.js"), "data": data})
    box = blank.locator("canvas").bounding_box()
    assert box is not None
    pixel = box["width"] / spec.width
    assert (pixel, box["height"] / spec.height) == (spec.css_width(252) / spec.width,) * 2
    blank.get_by_label("Width of the brush").fill("1")
    blank.mouse.move(box["x"] + 2.5 * pixel, box["y"] + 10.5 * pixel)
    blank.mouse.down()
    blank.mouse.move(box["x"] + 8.5 * pixel, box["y"] + 10.5 * pixel, steps=3)
    blank.mouse.up()
    expected = np.zeros(spec.shape[:2], bool)
    expected[10, 2:9] = True
    np.testing.assert_array_equal(masks.from_text(blank.evaluate("window.sent"), spec), expected)
    shown = np.array(blank.evaluate(SHOWN), np.uint8).reshape(spec.height, spec.width, 4)[..., :3]
    np.testing.assert_array_equal(shown, np.where(expected[..., None], np.array(COLOUR, np.uint8), image))
