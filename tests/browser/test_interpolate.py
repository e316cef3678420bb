"""Interpolate in the browser: dragging t and the ends, and all pairs in motion."""

import pytest
from playwright.sync_api import expect

from tests.browser.chart_page import ChartPage
from tests.browser.conftest import Server, Visits
from tests.browser.live_page import LivePage
from vae import explorer


def test_t_follows_the_hand_and_is_kept_when_it_is_let_go(server: Server, visits: Visits) -> None:
    live = LivePage(visits(server, "interpolate?model=mnist-vae-2d"))
    live.wait_for_view()
    box = live.page.locator("input.t").bounding_box()
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
    field = map_.page.get_by_role("spinbutton", name="B: which 7")
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


def test_all_pairs_move_when_they_are_played_and_a_click_opens_one(server: Server, visits: Visits) -> None:
    live = LivePage(visits(server, "interpolate?model=mnist-vae-20d&view=all-pairs&start_nth=3"))
    live.wait_for_view()
    canvas = live.page.locator("canvas.many").element_handle()
    first = canvas.evaluate("canvas => canvas.toDataURL()")
    live.page.get_by_role("button", name="Play").click()
    live.page.wait_for_function("([canvas, first]) => canvas.toDataURL() !== first", arg=[canvas, first])
    with live.visit.run():
        live.page.get_by_role("button", name="From 2 to 5").click()
    expect(live.page.get_by_role("combobox", name="A: start digit")).to_have_value("2")
    expect(live.page.get_by_role("combobox", name="B: end digit")).to_have_value("5")
    live.page.wait_for_url("**/interpolate?model=mnist-vae-20d&start=2&end=5")
    expect(live.page.locator(".path canvas.image")).to_be_visible()


@pytest.mark.parametrize(("width", "height"), [(1440, 900), (400, 800)])
def test_image_play_and_t_are_in_sight_with_the_map_and_stay_there(
    server: Server, visits: Visits, width: int, height: int
) -> None:
    live = LivePage(visits(server, "interpolate?model=mnist-vae-2d", width=width, height=height))
    live.page.wait_for_function("window.__latentLive?.stats().ready > 0")
    parts = (
        live.page.locator(".path canvas.image"),
        live.page.get_by_role("button", name="Play"),
        live.page.locator("input.t"),
    )
    for down in (0, 420):
        live.page.evaluate(f"document.querySelector('.stMain').scrollTo(0, {down})")
        live.next_frame()
        boxes = [part.bounding_box() for part in parts]
        for box in boxes:
            assert box is not None
            assert 0 <= box["x"] <= box["x"] + box["width"] <= width
            assert 0 <= box["y"] <= box["y"] + box["height"] <= height
        assert boxes[2] is not None
        assert boxes[2]["width"] >= 280
        map_ = live.page.locator(".st-key-path_map").bounding_box()
        assert map_ is not None
        if down or width > 820:  # on a phone the controls stand above it
            assert map_["y"] + map_["height"] <= height


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
