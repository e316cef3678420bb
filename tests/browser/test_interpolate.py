"""Interpolate in the browser: dragging t and the ends, and a second way without the live view."""

from playwright.sync_api import expect

from tests.browser.conftest import Server, Visits
from tests.browser.live_page import LivePage


def test_t_follows_the_hand_and_is_kept_when_it_is_let_go(server: Server, visits: Visits) -> None:
    live = LivePage(visits(server, "interpolate?model=mnist-vae-2d"))
    live.wait_for_view()
    box = live.page.locator(".player input").bounding_box()
    assert box is not None
    sent, images = live.visit.sent, set()
    middle = box["y"] + box["height"] / 2
    live.page.mouse.move(box["x"] + 8, middle)
    live.page.mouse.down()
    for step in range(1, 31):
        live.page.mouse.move(box["x"] + 8 + step * (box["width"] / 2 - 8) / 30, middle)
        live.page.wait_for_timeout(40)
        images.add(live.image().tobytes())
    assert live.visit.sent == sent
    assert len(images) >= 20
    with live.visit.run():
        live.page.mouse.up()
    live.page.wait_for_url("**t=0.*")


def test_the_servers_slider_shows_another_image(server: Server, visits: Visits) -> None:
    visit = visits(server, "interpolate?model=mnist-vae-20d&live=0")
    picture = visit.page.get_by_role("img", name="decoder mean at t = 0.0000")
    expect(picture).to_be_visible()
    before = picture.get_attribute("src")
    handle = visit.page.locator("[data-testid=stSlider] input[type=range]")
    handle.focus()
    with visit.run():
        handle.press("End")
    after = visit.page.get_by_role("img", name="decoder mean at t = 1.0000")
    expect(after).to_be_visible()
    assert after.get_attribute("src") != before


def test_all_pairs_move(server: Server, visits: Visits) -> None:
    live = LivePage(visits(server, "interpolate?model=mnist-vae-20d&view=all-pairs"))
    live.wait_for_view()
    canvas = live.page.locator("canvas.many").element_handle()
    first = canvas.evaluate("canvas => canvas.toDataURL()")
    live.page.wait_for_function("([canvas, first]) => canvas.toDataURL() !== first", arg=[canvas, first])
