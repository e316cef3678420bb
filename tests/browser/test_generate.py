"""Generate in a real browser: a sample is pinned by a click or a key, and opened on the map."""

import re

from playwright.sync_api import expect

from tests.browser.conftest import Server, Visits
from vae.latent import prior


def test_a_click_pins_a_sample_and_the_map_opens_at_its_z(server: Server, visits: Visits) -> None:
    visit = visits(server, "generate")
    page = visit.page
    sheet = page.locator(".st-key-cells-mnist-vae-2d img").bounding_box()
    assert sheet is not None
    side = sheet["width"] / 8
    with visit.run():  # row 2, column 4
        page.mouse.click(sheet["x"] + 3.5 * side, sheet["y"] + 1.5 * side)
    expect(page).to_have_url(re.compile(r"sample=11(&|$)"))
    expect(page.get_by_role("heading", name="Sample 12")).to_be_visible()
    pinned = page.get_by_role("button", name="Sample 12, row 2, column 4")
    expect(pinned).to_have_attribute("aria-pressed", "true")
    pinned.press("ArrowDown")
    with visit.run():
        page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"sample=19(&|$)"))
    with visit.run():
        page.get_by_role("link", name="Open on the map").click()
    z = prior.samples(64, 2, seed=0)[19]
    expect(page).to_have_url(re.compile(rf"/latent_map\?.*z={z[0]:.4g}(,|%2C){z[1]:.4g}"))
