"""Interpolate in the browser: dragging t and the ends, and all pairs in motion."""

from playwright.sync_api import expect

from tests.browser.chart_page import ChartPage
from tests.browser.conftest import Server, Visits
from tests.browser.live_page import LivePage
from vae import explorer


def test_t_follows_the_hand_and_is_kept_when_it_is_let_go(server: Server, visits: Visits) -> None:
    live = LivePage(visits(server, "interpolate?model=mnist-vae-2d"))
    live.wait_for_view()
    box = live.page.locator(".player input").bounding_box()
    assert box is not None
    sent, images = live.visit.sent, set()
    middle = box["y"] + box["height"] / 2
    live.page.mouse.move(box["x"] + 8, middle)
    live.page.mouse.down()
    for step in range(1, 13):
        live.page.mouse.move(box["x"] + 8 + step * (box["width"] / 2 - 8) / 12, middle)
        live.next_frame()
        images.add(live.image().tobytes())
    assert live.visit.sent == sent
    assert len(images) >= 8
    with live.visit.run():
        live.page.mouse.up()
    live.page.wait_for_url("**t=0.*")


def test_a_closed_menu_does_not_bring_a_dragged_end_back(server: Server, visits: Visits) -> None:
    map_ = ChartPage(visits(server, "interpolate?model=mnist-vae-2d&end_z=1,0"), "path_map", is_marked=False)
    map_.page.wait_for_selector(".st-key-path_map .latent-live-overlay", state="attached")
    map_.page.get_by_role("button", name="Images").click()
    field = map_.page.get_by_role("spinbutton", name="End: which 7")
    field.fill("2")
    with map_.visit.run():
        field.press("Enter")
    map_.wait_for("end_nth", "2")
    field.press("Escape")
    expect(field).to_have_count(0)
    codes = explorer.load("mnist-vae-2d").codes("test")
    map_.page.mouse.move(*map_.window(*codes.mu[codes.labels == 7][1].tolist()))
    map_.page.mouse.down()
    map_.page.mouse.move(*map_.window(-2, 0.5), steps=6)
    with map_.visit.run():
        map_.page.mouse.up()
    dragged = map_.address("end_z")
    assert dragged is not None
    with map_.visit.run():
        map_.page.get_by_text("Spherical", exact=True).click()
    map_.wait_for("path", "spherical")
    assert map_.address("end_z") == dragged


def test_all_pairs_move(server: Server, visits: Visits) -> None:
    live = LivePage(visits(server, "interpolate?model=mnist-vae-20d&view=all-pairs"))
    live.wait_for_view()
    canvas = live.page.locator("canvas.many").element_handle()
    first = canvas.evaluate("canvas => canvas.toDataURL()")
    live.page.wait_for_function("([canvas, first]) => canvas.toDataURL() !== first", arg=[canvas, first])


def test_an_end_is_dragged_by_a_finger_with_its_image_in_sight(server: Server, visits: Visits) -> None:
    live = LivePage(visits(server, "interpolate?model=mnist-vae-2d", width=400, height=800))
    live.page.wait_for_function("window.__latentLive?.stats().ready > 0")
    start = live.page.get_by_role("button", name="Start of the path")
    start.scroll_into_view_if_needed()
    box = start.bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    finger = live.page.context.new_cdp_session(live.page)
    for kind, down in [("touchStart", 0), ("touchMove", 30), ("touchMove", 60)]:
        finger.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x, "y": y + down}]})
    preview = live.page.locator(".latent-live-preview canvas").last
    expect(preview).to_be_visible()
    with live.visit.run():
        finger.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    expect(preview).to_be_hidden()
    expect(live.page.get_by_text("The live view stopped")).to_have_count(0)
    live.page.wait_for_url("**start_z=*")
