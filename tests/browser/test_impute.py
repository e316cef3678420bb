"""Impute in a real browser: a column is followed, the brush hides pixels and reveals them again."""

import re

import numpy as np
from playwright.sync_api import Page, expect

from tests.browser.conftest import Server, Visits
from vae.images import masks
from vae.images.spec import ImageSpec

PAD = "Image to hide pixels of"


def painted(page: Page) -> masks.Mask:
    """The mask that the address holds."""
    text = page.evaluate("new URLSearchParams(location.search).get('painted')")
    return masks.from_text(text, ImageSpec(28, 28, 1))


def test_the_brush_hides_what_it_passes_and_all_comes_back(server: Server, visits: Visits) -> None:
    visit = visits(server, f"impute?mask=brush&painted={masks.to_text(np.zeros((28, 28), bool))}")
    pad = visit.page.get_by_role("img", name=PAD)
    box = pad.bounding_box()
    assert box is not None
    pixel = box["width"] / 28
    with visit.run():  # a stroke along row 10, from column 5 to column 20, three pixels wide
        visit.page.mouse.move(box["x"] + 5.5 * pixel, box["y"] + 10.5 * pixel)
        visit.page.mouse.down()
        visit.page.mouse.move(box["x"] + 20.5 * pixel, box["y"] + 10.5 * pixel, steps=4)
        visit.page.mouse.up()
    expected = np.zeros((28, 28), bool)
    expected[9:12, 4:22] = True
    np.testing.assert_array_equal(painted(visit.page), expected)
    expect(visit.page.get_by_text("54 of 784 pixels hidden")).to_be_visible()
    pad.focus()
    pad.press("ArrowLeft")
    with visit.run():
        pad.press(" ")
    assert painted(visit.page).sum() == 63  # nine more around the cursor in the middle
    with visit.run():
        visit.page.get_by_role("button", name="Reveal all").click()
    assert not painted(visit.page).any()


def test_a_click_on_a_column_follows_its_image_and_on_a_phone_the_answer_is_in_view(
    server: Server, visits: Visits
) -> None:
    visit = visits(server, "impute?steps=2", width=400, height=800)
    page = visit.page
    shown = page.locator(".st-key-impute-followed img")
    boxes = [shown.nth(k).bounding_box() for k in range(3)]
    tops = {box["y"] for box in boxes if box}
    assert len(boxes) == 3
    assert len(tops) == 1, "hidden, restored and original are beside each other"
    assert max(box["y"] + box["height"] for box in boxes if box) < 800
    with visit.run():
        page.get_by_role("button", name="Follow test image 4", exact=True).click()
    expect(page).to_have_url(re.compile("image=4"))
    expect(shown.nth(2)).to_have_attribute("alt", "original, test image 4")
    chosen = page.get_by_role("button", name="Follow test image 4", exact=True)
    expect(chosen).to_have_attribute("aria-pressed", "true")
    chosen.press("ArrowLeft")
    with visit.run():
        page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("image=3"))
    captions = page.locator(".st-key-impute-followed figcaption")  # names of files have no spaces
    captions.evaluate_all("(all) => all.forEach((each) => (each.textContent = 'Präparat_'.repeat(9)))")
    assert captions.evaluate_all("(all) => all.every((each) => each.scrollWidth <= each.clientWidth)")
    assert page.evaluate("document.querySelector('.stMain').scrollWidth") <= 400


BOXES = """(cells) => {
    const { left, top, width, height } = document.querySelector(".vae-strips img").getBoundingClientRect();
    const last = [...document.querySelectorAll(".vae-strips img")].at(-1).getBoundingClientRect();
    const at = (share) => cells.getRootNode().elementFromPoint(left + share * width, top + height / 2);
    return [...cells.children].map((cell, column) => {
        const box = cell.getBoundingClientRect();
        return {
            apart: Math.abs(box.left - left - (column * width) / 15),
            wider: box.width - width / 15,
            above: box.top - top,
            covers: box.bottom - last.bottom,
            hit: ["0.1", "0.5", "0.9"].every((inside) => at((column + Number(inside)) / 15) === cell),
        };
    });
}"""


def test_the_frame_and_what_a_click_chooses_is_the_column_of_the_image(
    server: Server, visits: Visits
) -> None:
    visit = visits(server, "impute?steps=2&image=7", width=1440, height=1300)
    page = visit.page
    chosen = page.get_by_role("button", name="Follow test image 7", exact=True)
    expect(chosen).to_have_attribute("aria-pressed", "true")
    boxes = page.locator(".st-key-choose-strips .cells").evaluate(BOXES)
    assert len(boxes) == 15
    assert max(box["apart"] for box in boxes) < 0.5, "px beside the column of the pictures"
    assert max(abs(box["wider"]) for box in boxes) < 0.5
    assert max(abs(box["above"]) for box in boxes) < 0.5
    assert min(box["covers"] for box in boxes) > -0.5
    assert all(box["hit"] for box in boxes)
    strip = page.locator(".vae-strips img").first.bounding_box()
    assert strip is not None
    with visit.run():
        page.mouse.click(strip["x"] + strip["width"] * 14.5 / 15, strip["y"] + strip["height"] / 2)
    expect(page).to_have_url(re.compile("image=14"))
    expect(page.get_by_role("button", name="Follow test image 14", exact=True)).to_have_attribute(
        "aria-pressed", "true"
    )
