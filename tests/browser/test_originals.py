"""Original test images in the browser: those that ship, to the grey level, beside what is decoded."""

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from playwright.sync_api import Locator, expect

from tests.browser.chart_page import ChartPage
from tests.browser.conftest import Server, Visits
from vae import explorer, home
from vae.images import sets
from vae.model import catalogue, codes

FLAT, DEEP, DIGITS = "mnist-vae-2d", "mnist-vae-20d", "digits-vae-2d"
FAR_OUT = (-3.3, -2.1)  # no code of a test image is near
GREYS = """(canvas) => {
    const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    return Array.from({ length: data.length / 4 }, (_, k) => [...data.slice(4 * k, 4 * k + 4)]);
}"""


def greys(canvas: Locator) -> NDArray[np.uint8]:
    """The grey levels (28, 28, 1) of a canvas, which is grey and opaque."""
    pixels = np.array(canvas.evaluate(GREYS), np.uint8).reshape(28, 28, 4)
    assert (pixels[..., :3] == pixels[..., :1]).all()
    assert (pixels[..., 3] == 255).all()
    return pixels[..., :1]


def called(index: int) -> str:
    """The file of a test image in a folder of a user's."""
    return f"scans/猫/{index:03}.png"


def outermost(mu: NDArray[np.float32]) -> tuple[int, int]:
    """The two images whose codes are farthest to the left and to the right, and so from most others."""
    return int(mu[:, 0].argmin()), int(mu[:, 0].argmax())


def opened(visits: Visits, server: Server, query: str, width: int = 1360) -> ChartPage:
    """The latent map with its live view, the originals there."""
    map_ = ChartPage(visits(server, f"latent_map?{query}", width=width), "map")
    map_.page.wait_for_selector(".st-key-map .latent-live-overlay")
    expect(map_.page.locator("figure.original")).to_be_visible()
    return map_


def pointing_shows(map_: ChartPage, place: Callable[[int], list[float]], index: int, dataset: str) -> None:
    """While a test image is pointed at, its own pixels stand in the column."""
    map_.page.mouse.move(*map_.window(*place(index)))
    original = map_.page.locator("figure.original")
    expect(original.locator("figcaption")).to_have_text(f"original, test image {index}")
    np.testing.assert_array_equal(greys(original.locator("canvas")), sets.load(dataset).pixels[index])


def test_pointing_shows_the_original_beside_what_is_decoded(server: Server, visits: Visits) -> None:
    mu = explorer.load(FLAT).codes("test").mu
    left, right = outermost(mu)
    map_ = opened(visits, server, f"model={FLAT}&image=17")
    original, decoded = map_.page.locator("figure.original"), map_.page.locator(".pair figure").first
    expect(original.locator("figcaption")).to_have_text("original, test image 17")  # of the chosen image
    np.testing.assert_array_equal(greys(original.locator("canvas")), sets.load("mnist").pixels[17])
    sent, place = map_.visit.sent, decoded.bounding_box()
    for index in (left, right):
        pointing_shows(map_, lambda image: mu[image].tolist(), index, "mnist")
    map_.page.mouse.move(*map_.window(*FAR_OUT))
    expect(original).to_be_hidden()
    assert decoded.bounding_box() == place
    assert map_.visit.sent == sent  # all in the browser


def test_small_pictures_at_the_pointer_can_be_switched_off_and_stay_so(
    server: Server, visits: Visits
) -> None:
    mu = explorer.load(FLAT).codes("test").mu
    index, _ = outermost(mu)
    map_ = opened(visits, server, f"model={FLAT}")
    small = map_.page.locator(".latent-live-preview")
    pointing_shows(map_, lambda image: mu[image].tolist(), index, "mnist")
    expect(small).to_be_visible()
    np.testing.assert_array_equal(greys(small.locator("canvas").first), sets.load("mnist").pixels[index])
    map_.page.get_by_label("Pictures at the pointer").uncheck()
    map_.page.reload()
    map_.page.wait_for_selector(".st-key-map .latent-live-overlay")
    expect(map_.page.get_by_label("Pictures at the pointer")).not_to_be_checked()
    pointing_shows(map_, lambda image: mu[image].tolist(), index, "mnist")
    expect(small).to_be_hidden()
    map_.page.get_by_label("Pictures at the pointer").check()


def test_a_map_of_test_images_and_the_digits_show_theirs(server: Server, visits: Visits) -> None:
    deep = explorer.load(DEEP)
    places = deep.embedding(2)
    pointing_shows(
        opened(visits, server, f"model={DEEP}"),
        lambda image: places[image].tolist(),
        outermost(places)[0],
        "mnist",
    )
    mu = explorer.load(DIGITS).codes("test").mu
    pointing_shows(
        opened(visits, server, f"model={DIGITS}"),
        lambda image: mu[image].tolist(),
        outermost(mu)[0],
        "digits",
    )


def test_the_file_of_the_image_under_the_pointer_is_said(
    own_server: Server, visits: Visits, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VAE_HOME", str(tmp_path / "home"))
    path = home.folder("models") / "mine.safetensors"
    path.parent.mkdir(parents=True)
    shutil.copy(catalogue.model_path(DIGITS), path)
    known = explorer.load(DIGITS)
    found = replace(known.codes(), names=[called(index) for index in range(len(known.codes()))])
    codes.save(catalogue.codes_path(path), found, known.fingerprint)
    own_server.start()
    map_ = opened(visits, own_server, "model=mine")
    caption = map_.page.locator("figure.original figcaption")
    for index in outermost(found.mu):
        map_.page.mouse.move(*map_.window(*found.mu[index].tolist()))
        expect(caption).to_have_text(f"original, test image {index}, {called(index)}")
