"""Views of images of any size, grey and RGB, on a blank page: what is painted, and how large."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from playwright.sync_api import Browser, Locator, Page

from tests.browser.blank_page import Floats, RandomNetworks, blank_page, provide

MODELS = [
    RandomNetworks(64, 64, 3, (8, 8), latent_dim=4),
    RandomNetworks(20, 12, 3, (8, 8)),
    RandomNetworks(9, 13, 1, (8,), latent_dim=2),
]
MOUNT = """async (data) => {
    const host = document.createElement("div");
    host.style.width = "640px";
    document.body.replaceChildren(host);
    window.__latentLive.retire();
    const component = { parentElement: host.attachShadow({ mode: "open" }), data, setStateValue: () => {} };
    window.__latentLive.mount(component);
    const frame = () => new Promise((done) => requestAnimationFrame(done));
    for (let k = 0; k < 3 || window.__latentLive.stats().ready === 0; k += 1) await frame();
}"""
PIXELS = """(canvas) => {
    const { width, height } = canvas;
    return { width, height, bytes: [...canvas.getContext("2d").getImageData(0, 0, width, height).data] };
}"""


@pytest.fixture(scope="module")
def blank(browser: Browser) -> Iterator[Page]:
    """A page with the decoders of all models."""
    page = blank_page(browser)
    for model in MODELS:
        provide(page, model.parcel("decoder"))
    yield page
    page.close()


@pytest.fixture(params=MODELS, ids=lambda model: model.name)
def model(request: pytest.FixtureRequest) -> RandomNetworks:
    chosen: RandomNetworks = request.param
    return chosen


def mount(page: Page, model: RandomNetworks, mode: str, **data: Any) -> None:
    """Show a view and wait until it is drawn."""
    common = {"mode": mode, "model": model.name, "plot_key": None, "places": None}
    page.evaluate(MOUNT, common | data)


def codes(model: RandomNetworks, count: int) -> Floats:
    return np.random.default_rng(3).standard_normal((count, model.latent_dim)).astype(np.float32).round(4)


def painted(canvas: Locator) -> NDArray[np.int64]:
    """The colours (H, W, 3) of a canvas, which is opaque."""
    found = canvas.evaluate(PIXELS)
    pixels = np.array(found["bytes"]).reshape(found["height"], found["width"], 4)
    assert (pixels[..., 3] == 255).all()
    return pixels[..., :3]


def assert_shows(canvas: Locator, image: Floats) -> None:
    """The canvas shows the image (H, W, C) in [0, 1], to the level or next to it."""
    expected = np.broadcast_to(255 * image, (*image.shape[:2], 3))
    pixels = painted(canvas)
    assert pixels.shape == expected.shape
    assert np.abs(pixels - expected).max() < 0.51


def test_a_view_paints_the_image_in_whole_multiples_of_its_pixels(blank: Page, model: RandomNetworks) -> None:
    z = codes(model, 1)
    mount(blank, model, "sliders", start=None, z=z[0].tolist(), extent=3.0)
    canvas = blank.locator("canvas.image")
    assert_shows(canvas, model.decode(z)[0])
    beside = 280 if model.latent_dim > 3 else min(476, 0.34 * blank.evaluate("innerWidth"))
    for width, room in ((960, beside), (640, 112)):  # the image stands beside the sliders, or above them
        blank.evaluate("(width) => (document.body.firstElementChild.style.width = `${width}px`)", width)
        box = canvas.bounding_box()
        assert box is not None
        scale = room // max(model.height, model.width)
        assert (box["width"], box["height"]) == (scale * model.width, scale * model.height)


def test_the_strip_of_a_path_shows_its_images(blank: Page, model: RandomNetworks) -> None:
    ends = codes(model, 2)
    a, b = ends.tolist()
    mount(blank, model, "path", a=a, b=b, t=0.5, path="linear", frames=12, labels=["", ""])
    for share in (0, 5, 11):
        z = ends[:1] + np.float32(share / 11) * (ends[1:] - ends[:1])
        assert_shows(blank.locator(".strip canvas").nth(share), model.decode(z)[0])


def test_all_pairs_stand_in_a_grid_with_gaps(blank: Page, model: RandomNetworks) -> None:
    ends = codes(model, 3)
    mount(blank, model, "pairs", ends=ends.tolist(), labels=list("abc"))
    grid = np.zeros((3 * (model.height + 1) - 1, 3 * (model.width + 1) - 1, model.channels), np.float32)
    halfway = (ends[:, None] + ends[None]).reshape(9, -1) / np.float32(2)  # where t is at first
    middles = model.decode(halfway)
    for place, image in enumerate(middles):
        top, left = place // 3 * (model.height + 1), place % 3 * (model.width + 1)
        grid[top : top + model.height, left : left + model.width] = image
    assert_shows(blank.locator("canvas.many"), grid)
