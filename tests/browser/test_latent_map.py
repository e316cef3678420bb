"""Latent map in the browser: what a click chooses, what stays as it was, and the ways round a live view."""

import re
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from tests.browser.chart_page import NO_PROGRAM, ChartPage
from tests.browser.conftest import PATIENCE, Server, Visits
from tests.browser.live_page import CHART, LivePage, pixels
from vae import explorer

FLAT, DEEP = "mnist-vae-2d", "mnist-vae-20d"
LATE_PROGRAM = """Object.defineProperty(window, '__latentLive', {
    get: () => (window.isReleased ? window.hub : undefined), set: (hub) => (window.hub = hub) })"""
PREVIEW = ".latent-live-preview canvas:last-child"  # what is decoded, after the original
FAR_OUT = (-3.3, -2.1)  # no code of a test image is near


def alone() -> int:
    """The test image whose code is farthest to the left, and so from most others."""
    return int(explorer.load(FLAT).codes("test").mu[:, 0].argmin())


def test_a_click_between_points_decodes_that_place_and_keeps_the_zoom(server: Server, visits: Visits) -> None:
    map_ = ChartPage(visits(server, f"latent_map?model={FLAT}&image=17", script=NO_PROGRAM), "map")
    map_.evaluate("chart.isTheSame = true")
    before = map_.range()
    map_.zoom(0, 0)
    zoomed = map_.range()
    assert zoomed[0] > before[0] + 0.1
    map_.click(*FAR_OUT)
    z = [float(value) for value in (map_.address("z") or "").split(",")]
    pixel = map_.evaluate("return chart._fullLayout.xaxis.p2d(1) - chart._fullLayout.xaxis.p2d(0)")
    assert z == pytest.approx(FAR_OUT, abs=2 * pixel)
    expected = explorer.load(FLAT).decode([z])[0]
    assert np.abs(map_.picture("decoder mean at z") / 255.0 - expected).max() < 1.5 / 255
    assert map_.range() == zoomed
    assert map_.evaluate("return chart.isTheSame")


def test_dragging_the_map_is_no_click_and_a_click_on_a_point_shows_that_test_image(
    server: Server, visits: Visits
) -> None:
    map_ = ChartPage(visits(server, f"latent_map?model={FLAT}&image=3", script=NO_PROGRAM), "map")
    before, sent = map_.range(), map_.visit.sent
    left, top = map_.window(0, 0)
    map_.page.mouse.move(left, top)
    map_.page.mouse.down()
    map_.page.mouse.move(left + 80, top + 30, steps=5)
    map_.page.mouse.up()
    map_.page.wait_for_function(f"{map_.chart}._fullLayout.xaxis.range[0] < {before[0] - 0.1}")
    assert map_.visit.sent == sent
    assert map_.address("image") == "3"
    index = alone()
    x, y = explorer.load(FLAT).codes("test").mu[index].tolist()
    map_.click(x, y)
    assert map_.address("image") == str(index)
    map_.click(x, y)
    assert map_.address("image") == str(index)
    assert map_.picture(f"decoder mean, test image {index}").shape == (28, 28, 1)


def test_the_map_fills_a_window_of_any_size_unless_the_user_has_zoomed(
    server: Server, visits: Visits
) -> None:
    map_ = ChartPage(visits(server, f"latent_map?model={FLAT}", width=400), "map")
    reach = float(np.abs(np.quantile(explorer.load(FLAT).codes("test").mu, [0.005, 0.995], axis=0)).max())
    map_.page.wait_for_function(f"{map_.chart}._fullLayout.xaxis.range[1] < {reach + 0.6}")
    narrow = map_.range()
    map_.page.set_viewport_size({"width": 1300, "height": 860})
    map_.page.wait_for_function(f"{map_.chart}._fullLayout.xaxis.range[1] > {narrow[1] + 1}")
    map_.page.set_viewport_size({"width": 400, "height": 860})
    map_.page.wait_for_function(f"{map_.chart}._fullLayout.xaxis.range[1] < {narrow[1] + 0.01}")
    assert map_.range() == pytest.approx(narrow, abs=1e-3)
    map_.zoom(0, 0)
    zoomed = map_.range()
    assert zoomed[0] > narrow[0] + 0.1
    map_.page.set_viewport_size({"width": 380, "height": 860})
    map_.page.wait_for_function(f"{map_.chart}._fullLayout.width < 360")
    assert map_.range() == pytest.approx(zoomed, abs=0.1)


def more(map_: ChartPage) -> None:
    """Open the menu of what is wanted now and then."""
    map_.page.get_by_role("button", name="More").click()


def test_the_priors_circles_lie_over_the_map_and_leave_the_zoom(server: Server, visits: Visits) -> None:
    map_ = ChartPage(visits(server, f"latent_map?model={FLAT}"), "map")
    map_.evaluate("chart.isTheSame = true")
    assert map_.page.locator(".vae-marks ellipse").count() == 0
    more(map_)
    with map_.visit.run():
        map_.page.get_by_text("Prior", exact=True).click()
    expect(map_.page.locator(".vae-marks ellipse")).to_have_count(3)
    radius = float(map_.page.locator(".vae-marks ellipse").nth(1).get_attribute("rx") or "nan")
    unit = map_.evaluate("return chart._fullLayout.xaxis.d2p(1) - chart._fullLayout.xaxis.d2p(0)")
    assert radius == pytest.approx(2 * unit, rel=1e-3)
    assert map_.evaluate("return chart.isTheSame")


def test_the_image_follows_the_pointer_without_the_server_and_a_click_pins_it(
    server: Server, visits: Visits
) -> None:
    live = LivePage(visits(server, f"latent_map?model={FLAT}"))
    live.wait_for_view()
    live.page.mouse.move(*live.window(-0.5, -0.5))
    sent, images = live.visit.sent, set()
    for step in range(12):
        left, top = live.window(-0.5 + 0.2 * step, 0.1 * step)
        live.page.mouse.move(left, top)
        live.wait_for_image(explorer.load(FLAT).decode([live.data(left, top)]))
        images.add(live.image().tobytes())
    assert len(images) == 12
    assert live.visit.sent == sent
    map_ = ChartPage(live.visit, "map")
    received = live.visit.bytes
    map_.click(*FAR_OUT)
    z = [float(value) for value in (map_.address("z") or "").split(",")]
    assert z == pytest.approx(FAR_OUT, abs=0.05)
    assert 0 < live.visit.bytes - received < 16_000  # no program among them
    live.page.mouse.move(5, 5)
    live.wait_for_image(explorer.load(FLAT).decode([z]))
    assert map_.page.get_by_role("img", name="decoder mean at z").count() == 0


def test_on_the_map_of_many_dimensions_a_click_keeps_the_nearest_image(
    server: Server, visits: Visits
) -> None:
    live = LivePage(visits(server, f"latent_map?model={DEEP}&map=pca"))
    live.wait_for_view()
    map_ = ChartPage(live.visit, "map")
    index = 1234
    place = map_.evaluate(
        """for (const { customdata, x, y } of chart._fullData) {
            const row = customdata?.indexOf?.(argument) ?? -1;
            if (row >= 0) return [x[row], y[row]];
        }""",
        index,
    )
    map_.click(*place)
    chosen = int(map_.address("image") or -1)
    model = explorer.load(DEEP)
    live.page.mouse.move(5, 5)
    live.wait_for_image(model.decode(model.codes("test").mu[chosen][None]))


def test_without_the_live_program_the_server_still_draws_what_is_clicked(
    server: Server, visits: Visits
) -> None:
    map_ = ChartPage(visits(server, f"latent_map?model={FLAT}", script=NO_PROGRAM), "map")
    expect(map_.page.get_by_text("after a click the server draws the picture")).to_be_visible()
    map_.click(*FAR_OUT)
    expected = explorer.load(FLAT).decode([[float(value) for value in (map_.address("z") or "").split(",")]])
    assert np.abs(map_.picture("decoder mean at z") / 255.0 - expected[0]).max() < 1.5 / 255


def test_the_live_view_takes_over_and_nothing_is_shown_twice(server: Server, visits: Visits) -> None:
    map_ = ChartPage(visits(server, f"latent_map?model={FLAT}", script=LATE_PROGRAM), "map")
    map_.click(*FAR_OUT)
    served = map_.page.get_by_role("img", name="decoder mean at z", exact=True)
    expect(served).to_be_visible()
    map_.page.wait_for_function("window.hub")
    map_.evaluate("window.isReleased = true; window.dispatchEvent(new Event('latent-live'))")
    expect(map_.page.get_by_role("img", name="Decoder mean", exact=True)).to_be_visible()
    expect(served).not_to_be_visible()
    expect(map_.page.get_by_text("Nearest class", exact=True)).not_to_be_visible()


@pytest.mark.parametrize("script", ["", NO_PROGRAM], ids=["live", "served"])
def test_no_point_of_a_hidden_class_is_picked(server: Server, visits: Visits, script: str) -> None:
    map_ = ChartPage(visits(server, f"latent_map?model={DEEP}&map=pca", script=script), "map")
    if not script:
        map_.page.wait_for_selector(".st-key-map .latent-live-overlay", state="attached")
    labels = explorer.load(DEEP).codes("test").known_labels
    map_.page.get_by_role("button", name="3", exact=True).click()
    map_.page.wait_for_function(f"{map_.chart}._fullData[8].visible === 'legendonly'")
    places = map_.evaluate("const { x, y } = chart._fullData[8]; return [[x[0], y[0]], [x[1], y[1]]]")
    if not script:
        map_.page.mouse.move(*map_.window(*places[0]))
        expect(map_.page.locator(".state")).to_have_text("live")
        caption = map_.page.locator("figure.original figcaption", has_text="test image")
        caption.wait_for()
        assert labels[int(re.findall(r"\d+", caption.inner_text())[0])] == 3
    map_.click(*places[1])
    expect(map_.page).to_have_url(re.compile(r"[?&]image=\d"))
    assert labels[int(map_.address("image") or -1)] == 3


def test_a_double_click_resets_the_view_and_picks_nothing_and_keys_pin_exactly(
    server: Server, visits: Visits
) -> None:
    live = LivePage(visits(server, f"latent_map?model={FLAT}&image=17"))
    live.wait_for_view()
    map_ = ChartPage(live.visit, "map")
    whole = map_.range()
    x, y = explorer.load(FLAT).codes("test").mu[17].tolist()
    map_.zoom(x, y)
    assert map_.range()[0] > whole[0] + 0.1
    sent = map_.visit.sent
    left, top = map_.window(0.3, -0.4)
    map_.page.mouse.dblclick(left, top)
    map_.page.wait_for_function(f"Math.abs({map_.chart}._fullLayout.xaxis.range[0] - {whole[0]}) < 1e-2")
    live.wait_out_click()
    assert map_.visit.sent == sent
    assert map_.address("image") == "17"
    width, height = map_.evaluate(
        "const { xaxis, yaxis } = chart._fullLayout;"
        "return [xaxis, yaxis].map(({ range }) => range[1] - range[0])"
    )
    for key in ("ArrowRight", "ArrowRight", "Shift+ArrowUp"):
        map_.page.keyboard.press(key)
    with map_.visit.run():
        map_.page.keyboard.press("Enter")
    map_.page.wait_for_function("new URLSearchParams(location.search).has('z')")
    z = [float(value) for value in (map_.address("z") or "").split(",")]
    assert z == pytest.approx([x + 0.02 * width, y + 0.05 * height], abs=1e-3)


def test_going_to_an_image_while_zoomed_brings_it_into_view(server: Server, visits: Visits) -> None:
    map_ = ChartPage(visits(server, f"latent_map?model={FLAT}&image=1"), "map")
    mu, whole = explorer.load(FLAT).codes("test").mu, map_.range()
    x, y = mu[1].tolist()
    map_.zoom(x, y, turns=12)
    zoomed = map_.range()
    assert zoomed[1] - zoomed[0] < (whole[1] - whole[0]) / 2
    bulk = np.quantile(mu, [0.05, 0.95], axis=0)
    inside = ((mu > bulk[0]) & (mu < bulk[1])).all(axis=1)
    away = int(np.where(inside, np.linalg.norm(mu - mu[1], axis=1), 0).argmax())
    more(map_)
    field = map_.page.get_by_label("Test image", exact=True)
    field.fill(str(away))
    with map_.visit.run():
        field.press("Enter")
    x, y = mu[away].tolist()
    map_.page.wait_for_function(
        f"(() => {{ const {{ xaxis: {{ range: [left, right] }}, yaxis: {{ range: [low, high] }} }} = "
        f"{map_.chart}._fullLayout; return left < {x} && {x} < right && low < {y} && {y} < high; }})()"
    )
    left, right = map_.range()
    assert right - left == pytest.approx(zoomed[1] - zoomed[0], rel=1e-3)


def test_a_closed_menu_does_not_undo_what_was_chosen_on_the_map_since(server: Server, visits: Visits) -> None:
    map_ = ChartPage(visits(server, f"latent_map?model={FLAT}"), "map")
    more(map_)
    field = map_.page.get_by_label("Test image", exact=True)
    field.fill("13")
    with map_.visit.run():
        field.press("Enter")
    field.press("Escape")
    expect(field).to_have_count(0)
    index = alone()
    map_.click(*explorer.load(FLAT).codes("test").mu[index].tolist())
    map_.wait_for("image", str(index))
    more(map_)
    with map_.visit.run():
        map_.page.get_by_text("Prior", exact=True).click()
    map_.wait_for("prior", "1")
    assert (map_.address("image"), map_.address("z")) == (str(index), None)


def test_the_decoded_image_stays_in_sight_under_a_finger_and_in_full_screen(
    server: Server, visits: Visits
) -> None:
    live = LivePage(visits(server, f"latent_map?model={FLAT}", width=400, height=800))
    live.page.wait_for_selector(".st-key-map .latent-live-overlay", state="attached")
    preview = live.page.locator(PREVIEW)
    finger = live.page.context.new_cdp_session(live.page)
    for place in [(0.2, -0.4), (0.8, 0.6)]:
        left, top = live.window(*place)
        kind = "touchStart" if place == (0.2, -0.4) else "touchMove"
        finger.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": left, "y": top}]})
        expect(preview).to_be_visible()
        box = preview.bounding_box()
        assert box is not None
        assert box["y"] + box["height"] < top - 20 or not box["x"] <= left <= box["x"] + box["width"]
        assert 0 <= box["x"] <= 400 - box["width"]
        assert box["y"] >= 0
    expected = explorer.load(FLAT).decode([live.data(left, top)])[0]
    assert np.abs(pixels(preview) - expected).mean() < 0.02
    finger.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    expect(preview).not_to_be_visible()
    live.page.set_viewport_size({"width": 1360, "height": 860})
    live.page.wait_for_function(f"{CHART}._fullLayout.width > 600")
    live.page.mouse.move(*live.window(0.5, 0.5))
    expect(live.page.locator(".state")).to_have_text("live")
    expect(preview).to_be_visible()
    live.page.get_by_label("Pictures at the pointer").uncheck()
    live.page.mouse.move(*live.window(0.5, 0.5))
    expect(preview).not_to_be_visible()  # the large one is
    width = live.page.evaluate(f"{CHART}._fullLayout.width")
    live.page.locator(".st-key-map").get_by_role("button", name="Fullscreen").click()
    live.page.wait_for_function(f"{CHART}._fullLayout.width > {width}")
    live.page.mouse.move(*live.window(0.4, 0.4))
    expect(preview).to_be_visible()
    live.page.evaluate("localStorage.clear()")  # the tab's neighbours remember, too


def alone_on(map_: ChartPage) -> str:
    """The classes that the chart shows."""
    script = """const isShown = ({ mode, visible }) => mode === "markers" && visible === true;
        return chart._fullData.filter(isShown).map(({ name }) => name).join();"""
    return str(map_.evaluate(script))


def test_a_chip_shows_its_class_alone_and_again_all_and_keeps_the_zoom(
    server: Server, visits: Visits
) -> None:
    map_ = ChartPage(visits(server, f"latent_map?model={FLAT}&class=5"), "map")
    map_.page.wait_for_function(f"{map_.chart}._fullData[3].visible === 'legendonly'")
    chip = map_.page.get_by_role("group", name="Show one class alone").get_by_role("button")
    assert [chip.nth(k).get_attribute("aria-pressed") == "true" for k in range(10)] == [
        k == 5 for k in range(10)
    ]
    assert alone_on(map_) == "5"
    map_.zoom(0, 0)
    zoomed = map_.range()
    chip.nth(3).focus()
    with map_.visit.run():
        map_.page.keyboard.press("Enter")
    map_.wait_for("class", "3")
    assert alone_on(map_) == "3"
    with map_.visit.run():
        chip.nth(3).click()
    map_.page.wait_for_function("!new URLSearchParams(location.search).has('class')")
    assert alone_on(map_) == ",".join("0123456789")
    assert map_.range() == pytest.approx(zoomed)


def test_a_click_in_three_dimensions_marks_and_shows_the_image(server: Server, visits: Visits) -> None:
    place = f"latent_map?model={DEEP}&dims=3&image=0"
    map_ = ChartPage(visits(server, place, script=NO_PROGRAM), "map")
    map_.page.wait_for_selector(".vae-marks .crosshair:visible")
    box = map_.page.locator(".st-key-map .js-plotly-plot").bounding_box()
    assert box is not None
    before = map_.page.locator(".vae-marks .crosshair").get_attribute("transform")
    map_.page.wait_for_function(f"{map_.chart}._fullLayout.scene._scene.glplot?.cameraParams?.model")
    map_.page.mouse.move(box["x"] + 0.6 * box["width"], box["y"] + 0.4 * box["height"])
    with map_.visit.run():
        map_.page.mouse.down()
        map_.page.mouse.up()
    index = map_.address("image")
    assert index != "0"
    assert map_.picture(f"decoder mean, test image {index}").shape == (28, 28, 1)
    assert map_.page.locator(".vae-marks .crosshair").get_attribute("transform") != before


def test_in_three_dimensions_the_point_seen_nearest_to_the_pointer_is_decoded(
    server: Server, visits: Visits
) -> None:
    """In front where several are: by the scene's camera, applied here anew."""
    live = LivePage(visits(server, "latent_map?model=mnist-vae-3d&image=0"))
    live.wait_for_view()
    live.page.wait_for_selector(".st-key-map .latent-live-overlay", state="attached")
    model = explorer.load("mnist-vae-3d")
    live.wait_for_image(model.decode(model.codes().mu[:1]))
    live.page.wait_for_function(f"{CHART}._fullLayout.scene._scene.glplot?.cameraParams?.model")
    left, top, width, height, *numbers = live.page.evaluate(f"""() => {{
        const scene = {CHART}._fullLayout.scene._scene, box = scene.container.getBoundingClientRect();
        const {{ model, view, projection }} = scene.glplot.cameraParams;
        const {{ left, top, width, height }} = box;
        return [left, top, width, height, ...scene.dataScale, ...model, ...view, ...projection];
    }}""")
    scale, matrices = np.array(numbers[:3]), np.array(numbers[3:]).reshape(3, 4, 4).transpose(0, 2, 1)
    points = np.concatenate([model.codes().mu * scale, np.ones((10_000, 1))], axis=1)
    for matrix in matrices:
        points = points @ matrix.T
    seen = points[:, :3] / points[:, 3:]
    places = np.stack([left + (1 + seen[:, 0]) / 2 * width, top + (1 - seen[:, 1]) / 2 * height], axis=1)
    pointer = np.round(np.median(places, axis=0))
    away = np.maximum(np.linalg.norm(places - pointer, axis=1), 5)
    index = int(np.lexsort([seen[:, 2], away])[0])
    sent = live.visit.sent
    live.page.mouse.move(*pointer.tolist())
    live.wait_for_image(model.decode(model.codes().mu[index : index + 1]))
    expect(live.page.locator(".state")).to_have_text("live")
    expect(live.page.locator(PREVIEW)).to_be_visible()
    live.page.locator(".st-key-map .js-plotly-plot").focus()
    live.page.keyboard.press("ArrowRight")
    caption = live.page.locator("figure.original figcaption")
    expect(caption).not_to_have_text(f"original, test image {index}")
    (other,) = re.findall(r"\d+", caption.inner_text())
    right, down = places[int(other)] - places[index]
    assert right > abs(down)
    assert live.visit.sent == sent


LONG = f"latent_map?model={DEEP}&points=10000&dims=3&perplexity=100"  # half a minute of two cores' work


PICTURES = """window.pictures = new Set();
setInterval(() => {
    for (const { shadowRoot } of document.querySelectorAll(".st-key-moving *")) {
        const canvas = shadowRoot?.querySelector("canvas");
        if (canvas?.checkVisibility() && canvas.width > 300) window.pictures.add(canvas.toDataURL());
    }
}, 100);"""


def test_the_points_of_t_sne_move_while_it_is_computed(server: Server, visits: Visits) -> None:
    page = visits(server, LONG, script=PICTURES).page
    page.get_by_text("Your t-SNE", exact=True).click()
    page.wait_for_function("window.pictures.size >= 3")
    assert "points=10000" in page.url


def test_a_computation_ends_with_the_tab_that_asked_for_it(server: Server, visits: Visits) -> None:
    page = visits(server, LONG.replace("perplexity=100", "perplexity=99")).page
    page.get_by_text("Your t-SNE", exact=True).click()
    until(page, lambda: bool(computing("99.0")))
    page.goto("about:blank")
    until(page, lambda: not computing("99.0"), seconds=15)  # less than it takes


def computing(perplexity: str) -> list[Path]:
    """The processes that compute a t-SNE in three dimensions with that perplexity."""
    words = b"\0".join([b"vae.jobs.worker", b"tsne", b"3", perplexity.encode()])
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):  # it may have ended
            if words in path.read_bytes():
                found.append(path)
    return found


def until(page: Page, is_so: Callable[[], bool], seconds: float = PATIENCE) -> None:
    """Wait until it is so."""
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline
        page.wait_for_timeout(50)
