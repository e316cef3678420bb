"""The user's image in the browser: drawn by hand and by keyboard, found on another page, let go."""

import numpy as np
from playwright.sync_api import Page, expect

from tests.browser.chart_page import ChartPage
from tests.browser.conftest import Server, Visits
from vae import explorer
from vae.images import permalink

MODEL = "mnist-vae-2d"
SEVEN = [(0.25, 0.25), (0.75, 0.25), (0.6, 0.5), (0.45, 0.85)]  # shares of the pad
PIN = ".vae-marks .pin"
INKED = """(pad) => pad.getContext("2d").getImageData(0, 0, pad.width, pad.height).data
    .some((value, at) => at % 4 === 0 && value > 128)"""


def draw_a_seven(page: Page) -> None:
    box = page.locator("canvas.pad").bounding_box()
    assert box is not None
    for k, (x, y) in enumerate(SEVEN):
        page.mouse.move(box["x"] + x * box["width"], box["y"] + y * box["height"], steps=5)
        if k == 0:
            page.mouse.down()
    page.mouse.up()


def test_a_digit_drawn_on_the_map_is_found_on_other_pages_until_it_is_let_go(
    server: Server, visits: Visits
) -> None:
    visit = visits(server, f"latent_map?model={MODEL}")
    page, map_ = visit.page, ChartPage(visit, "map")
    expect(page.locator(".your-image")).to_have_count(0)
    page.get_by_role("button", name="Draw your own").click()
    pad = page.get_by_label("Drawing area")
    expect(pad).to_be_focused()  # it takes the keys
    draw_a_seven(page)
    expect(page.locator(PIN)).to_be_visible()
    drawing = permalink.from_text(map_.address("drawing") or "")
    left, top = map_.window(*explorer.load(MODEL).encode(drawing[None]).mu[0].tolist())
    box = page.locator(f"{PIN} circle").bounding_box()
    assert box is not None
    np.testing.assert_allclose(
        [box["x"] + box["width"] / 2, box["y"] + box["height"] / 2], [left, top], atol=2
    )

    page.mouse.click(*map_.window(0, 0))  # another code is chosen, the pin stays
    map_.page.wait_for_function("/[?&](z|image)=/.test(location.search)")
    page.locator(f"{PIN} image").click()  # and back
    map_.page.wait_for_function("!/[?&](z|image)=/.test(location.search)")

    page.goto(page.url.replace("latent_map", "sliders"))  # a link, opened anew
    shown = page.locator(".your-image img")
    expect(shown).to_have_attribute("alt", "Your image: your drawing.")
    let_go = page.get_by_role("button", name="Let go")
    let_go.focus()
    page.keyboard.press("Enter")
    expect(shown).to_have_count(0)
    expect(let_go).to_be_hidden()
    assert "drawing" not in page.url


def test_the_keyboard_draws(server: Server, visits: Visits) -> None:
    page = visits(server, f"reconstruct?model={MODEL}&source=draw").page
    pad = page.get_by_label("Drawing area")
    pad.focus()
    for key in ("Space", *["ArrowDown"] * 14, "Space"):
        page.keyboard.press(key)
    page.wait_for_selector("img[alt='input: your drawing']")
    address = page.evaluate("new URLSearchParams(location.search).get('drawing')")
    image = permalink.from_text(address)[..., 0]
    rows, columns = (np.flatnonzero(image.max(axis=axis) > 0.5) for axis in (1, 0))
    assert len(rows) >= 18  # a line down, as large as MNIST's
    assert len(columns) <= 4
    page.keyboard.press("Backspace")
    expect(page.locator("img[alt='input: your drawing']")).to_have_count(0)
    expect(page.get_by_role("button", name="Clear")).to_be_disabled()
    draw_a_seven(page)
    page.wait_for_selector(".your-image")
    page.get_by_role("button", name="Let go").click()
    expect(page.locator(".your-image")).to_have_count(0)
    page.go_back()  # the address says the drawing again, and the pad shows it
    page.wait_for_selector("img[alt='input: your drawing']")
    expect(page.get_by_role("button", name="Clear")).to_be_enabled()
    assert pad.evaluate(INKED)


def test_a_drawing_of_a_link_comes_back_when_the_strokes_after_it_are_undone(
    server: Server, visits: Visits
) -> None:
    text = permalink.to_text(explorer.load(MODEL).decode(np.zeros((1, 2)))[0])
    visit = visits(server, f"reconstruct?model={MODEL}&source=draw&drawing={text}")
    page, undo = visit.page, visit.page.get_by_role("button", name="Undo stroke")
    drawing = "new URLSearchParams(location.search).get('drawing')"
    assert page.get_by_label("Drawing area").evaluate(INKED)
    expect(undo).to_be_disabled()  # there is no stroke yet
    draw_a_seven(page)
    page.wait_for_function(f"{drawing} !== '{text}'")
    undo.click()
    page.wait_for_function(f"{drawing} === '{text}'")
    expect(undo).to_be_disabled()
    assert page.get_by_label("Drawing area").evaluate(INKED)
    page.get_by_role("button", name="Clear").click()
    page.wait_for_function(f"{drawing} === null")
