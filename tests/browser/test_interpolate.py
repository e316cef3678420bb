"""Interpolate in the browser: dragging t, and all pairs in motion."""

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


def test_all_pairs_move(server: Server, visits: Visits) -> None:
    live = LivePage(visits(server, "interpolate?model=mnist-vae-20d&view=all-pairs"))
    live.wait_for_view()
    canvas = live.page.locator("canvas.many").element_handle()
    first = canvas.evaluate("canvas => canvas.toDataURL()")
    live.page.wait_for_function("([canvas, first]) => canvas.toDataURL() !== first", arg=[canvas, first])
