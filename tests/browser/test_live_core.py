"""The way of the networks to the browser, and a plane under the pointer; models with random weights."""

from collections.abc import Callable

import numpy as np
import pytest
from playwright.sync_api import expect

from tests.browser.apps.random_model import RandomModel
from tests.browser.conftest import Server, Visits
from tests.browser.live_page import CHART, LivePage

Open = Callable[..., LivePage]


@pytest.fixture
def show(live_server: Server, visits: Visits) -> Open:
    """Opens a view over 300 points and waits until it is ready."""

    def show(query: str, width: int = 1280) -> LivePage:
        live = LivePage(visits(live_server, f"?points=300&{query}", width=width, height=900))
        live.wait_for_view()
        return live

    return show


def test_weights_travel_once_as_float16(show: Open, live_server: Server) -> None:
    live = show("view=plane&dim=20")
    received: list[int] = []
    live.page.on(
        "websocket", lambda socket: socket.on("framereceived", lambda frame: received.append(len(frame)))
    )
    live.visit.goto("?points=300&view=plane&dim=20")
    live.wait_for_view()
    weights = 2 * sum(weight.size for weight, _ in RandomModel(latent_dim=20).decoder_layers())
    large = [size for size in received if size > 500_000]
    assert len(large) == 1
    assert weights < large[0] < weights + 20_000 < 2_600_000
    received.clear()
    for _ in range(2):
        live.rerun()
    assert received
    assert sum(received) < 40_000


def test_a_model_switch_brings_the_other_decoder(show: Open) -> None:
    live = show("view=plane")
    for seed in (1, 0):
        live.page.get_by_text("other model").click()
        live.wait_for_image(RandomModel(seed=seed).decode(np.full((1, 2), 0.1)))


def test_hover_decodes_without_a_message(show: Open) -> None:
    live = show("view=plane&points=10000")
    sent = live.visit.sent
    images = set()
    for k in range(12):
        left, top = live.window(-1 + 0.15 * k, 0.1 * k)
        live.page.mouse.move(left, top)
        live.next_frame()
        images.add(live.image().tobytes())
    z = live.data(left, top)
    live.wait_for_image(RandomModel().decode(np.array([z])))
    expect(live.page.locator(".numbers dd").first).to_have_text(f"{z[0]:.2f}")
    assert len(images) >= 10
    assert live.visit.sent == sent


def test_a_click_anywhere_reaches_python_and_stays_pinned(show: Open) -> None:
    live = show("view=plane")
    left, top = live.window(0.9, -1.3)
    live.page.mouse.click(left, top)
    z = live.answer("pick")
    assert z == pytest.approx(live.data(left, top), abs=1e-4)
    live.page.mouse.move(600, 20)  # off the chart
    expect(live.page.locator(".state")).to_have_text("pinned")
    live.wait_for_image(RandomModel().decode(np.array([z])))


def test_a_drag_pans_and_is_no_click(show: Open) -> None:
    live = show("view=plane")
    before = live.visible_range()
    left, top = live.window(0.5, 0.5)
    live.page.mouse.move(left, top)
    live.page.mouse.down()
    live.page.mouse.move(left + 80, top, steps=6)
    live.page.mouse.up()
    live.wait_out_click()
    assert live.visible_range()[0] < before[0] - 0.1
    assert live.page.get_by_text("pick None").is_visible()
    left, top = live.window(0.25, 0.5)
    live.page.mouse.click(left, top)
    assert live.answer("pick") == pytest.approx(live.data(left, top), abs=1e-4)  # coordinates follow the pan


def test_arrow_keys_move_z_and_enter_commits(show: Open) -> None:
    live = show("view=plane")
    live.page.locator(".st-key-map .js-plotly-plot").focus()
    live.page.keyboard.press("ArrowRight")
    live.page.keyboard.press("Shift+ArrowUp")
    expect(live.page.locator(".state")).to_have_text("live")
    live.page.keyboard.press("Enter")
    z1, z2 = live.answer("pick")
    assert z1 > 0.1
    assert z2 - 0.1 > z1 - 0.1  # Shift takes larger steps
    expect(live.page.locator(".unseen[role=status]")).to_contain_text("reads as")


def test_plus_zooms_at_the_place_that_the_keys_are_on_and_zero_shows_all(show: Open) -> None:
    live = show("view=plane")
    low, high = live.visible_range()
    live.page.locator(".st-key-map .js-plotly-plot").focus()
    live.page.keyboard.press("+")
    live.page.wait_for_function(f"{CHART}._fullLayout.xaxis.range[1] < {high - 0.05 * (high - low)}")
    zoomed = live.visible_range()
    assert (zoomed[0] + zoomed[1]) / 2 == pytest.approx((low + high) / 2, abs=0.02 * (high - low))
    live.page.keyboard.press("0")
    live.page.wait_for_function(f"Math.abs({CHART}._fullLayout.xaxis.range[1] - {high}) < 1e-6")
    live.page.wait_for_timeout(200)  # plotly draws a zoom anew some time after it, and would go back to it
    assert live.visible_range() == pytest.approx([low, high])
    live.page.evaluate(
        f"""for (const key of ["+", "0"]) {CHART}.dispatchEvent(new KeyboardEvent("keydown", {{ key }}))"""
    )
    live.page.wait_for_timeout(400)
    assert live.visible_range() == pytest.approx([low, high])


def test_a_finger_explores_and_its_last_place_is_pinned(show: Open) -> None:
    live = show("view=plane", width=400)
    left, top = live.window(-0.5, 0.75)
    live.page.touchscreen.tap(left, top)
    assert live.answer("pick") == pytest.approx(live.data(left, top), abs=1e-3)
    before, images = live.visible_range(), set()
    touch = live.page.context.new_cdp_session(live.page)
    touch.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [{"x": left, "y": top}]})
    with live.visit.run():
        for step in range(1, 9):
            point = {"x": left + 8 * step, "y": top + 3 * step}
            touch.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": [point]})
            live.next_frame()
            images.add(live.image().tobytes())
        touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    assert len(images) >= 6
    assert live.answer("pick") == pytest.approx(live.data(point["x"], point["y"]), abs=1e-3)
    assert live.page.evaluate("scrollY") == 0
    assert live.visible_range() == before  # plotly did not take it for a zoom or a pan


def test_attaches_again_after_reruns_new_figures_and_a_change_of_theme(show: Open) -> None:
    live = show("view=plane")

    def hover_works(x: float, y: float) -> None:
        live.wait_for_chart()
        live.page.mouse.move(5, 5)
        left, top = live.window(x, y)
        live.page.mouse.move(left, top)
        live.wait_for_image(RandomModel().decode(np.array([live.data(left, top)])))

    hover_works(0.5, 0.5)
    live.rerun()
    hover_works(-0.5, 0.25)
    with live.visit.run():
        live.page.get_by_text("new figure").click()
    hover_works(0.25, -0.75)
    live.page.emulate_media(color_scheme="dark")
    live.page.wait_for_function(
        "getComputedStyle(document.querySelector('.stApp')).backgroundColor.match(/\\d+/)[0] < 80"
    )
    hover_works(-0.25, 0.5)


def test_nothing_is_left_behind_by_reruns_and_new_figures(show: Open) -> None:
    live = show("view=plane&points=100")
    before = live.stats()
    for _ in range(3):  # what one of them leaves shows after the first
        live.rerun()
        with live.visit.run():
            live.page.get_by_text("new figure").click()
    live.wait_for_chart()
    live.page.wait_for_function(f"window.__latentLive.stats().listeners === {before['listeners']}")
    after = live.stats()
    for name in ("instances", "listeners", "watchers", "parcels", "mounted"):
        assert after[name] == before[name], name
    assert live.page.locator(".latent-live-overlay").count() == 1


def test_on_a_map_of_images_the_nearest_code_is_decoded(show: Open) -> None:
    live = show("view=nearest&dim=20")
    model = RandomModel(latent_dim=20)
    mu, _ = model.points(300)
    places = 10 * mu[:, 1::-1]
    left, top = live.window(*places[42])
    live.page.mouse.click(left, top)
    index = live.answer("pick")
    assert index == np.linalg.norm(places - live.data(left, top), axis=1).argmin()
    live.wait_for_image(model.decode(mu[[index]].astype(np.float16).astype(float)))
    expect(live.page.get_by_text(f"decoder mean of test image {index}")).to_be_visible()


def test_a_page_without_the_program_says_so(show: Open) -> None:
    live = show("view=plane")
    live.page.add_init_script(
        "Object.defineProperty(window, '__latentLive', { set() { throw Error('old'); } })"
    )
    live.visit.goto("?points=100&view=plane")
    live.page.get_by_text("could not start in this browser").wait_for()
    assert live.page.get_by_text("pick None").is_visible()
