"""z-grid in the browser: which way up it is, what a click and the pointer decode, the file."""

import base64
import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import FloatRect, expect
from scipy.interpolate import interp1d
from scipy.stats import norm

from tests.browser.chart_page import NO_PROGRAM, ChartPage
from tests.browser.conftest import Server, Visits
from tests.browser.live_page import LEVEL, TO_BASE64, LivePage, pixels
from vae import explorer

FLAT = "mnist-vae-2d"
PLACE = """const box = chart.getBoundingClientRect(), { xaxis, yaxis } = chart._fullLayout;
    const [left, top] = argument;
    return [xaxis.p2d(left - box.left - xaxis._offset), yaxis.p2d(top - box.top - yaxis._offset)];"""


def likeness(first: np.ndarray, second: np.ndarray) -> float:
    """Correlation of two images of the same size."""
    return float(np.corrcoef(first.ravel(), second.ravel())[0, 1])


def test_the_second_coordinate_grows_upward_on_the_screen(server: Server, visits: Visits) -> None:
    grid = ChartPage(visits(server, f"z_grid?model={FLAT}&side=10&trajectory=0&z=0,0"), "sheet")
    pixel = grid.evaluate("return chart._fullLayout.xaxis.d2p(1) - chart._fullLayout.xaxis.d2p(0)")
    half = pixel * (4 / 9) / 2  # between images lie 4/9 of a unit
    corners = [(-2.0, 2.0), (2.0, 2.0), (-2.0, -2.0), (2.0, -2.0)]
    decoded = explorer.load(FLAT).decode(corners)
    for place in corners:
        left, top = grid.window(*place)
        clip = FloatRect(x=left - half, y=top - half, width=2 * half, height=2 * half)
        seen = Image.open(io.BytesIO(grid.page.screenshot(clip=clip))).convert("L")
        seen_small = np.asarray(seen.resize((28, 28), Image.Resampling.BOX), dtype=float)
        alike = [likeness(seen_small, image) for image in decoded]
        assert corners[int(np.argmax(alike))] == place
        assert max(alike) > 0.9


def test_a_click_shows_the_image_large_and_the_grid_can_be_taken_away(
    server: Server, visits: Visits, tmp_path: Path
) -> None:
    grid = ChartPage(visits(server, f"z_grid?model={FLAT}&side=12", script=NO_PROGRAM), "sheet")
    grid.click(1.5, -1.0)
    z = [float(value) for value in (grid.address("z") or "").split(",")]
    assert z == pytest.approx([1.5, -1.0], abs=0.02)
    expected = explorer.load(FLAT).decode([z])[0]
    assert np.abs(grid.picture("decoder mean at z") / 255.0 - expected).max() < 1.5 / 255
    with grid.page.expect_download() as started:
        grid.page.get_by_role("button", name="Download PNG, 336 × 336 pixels").click()
    assert started.value.suggested_filename == f"z-grid-{FLAT}-12x12.png"
    started.value.save_as(tmp_path / "grid.png")
    assert Image.open(io.BytesIO((tmp_path / "grid.png").read_bytes())).size == (336, 336)


def test_the_ends_of_a_path_in_20_d_lie_on_their_own_images(server: Server, visits: Visits) -> None:
    model = explorer.load("mnist-vae-20d")
    codes = model.codes()
    a, b = (codes.mu[np.flatnonzero(codes.labels == digit)[0]] for digit in (0, 7))
    grid = ChartPage(visits(server, "z_grid?model=mnist-vae-20d&slice=path&image=5"), "sheet")
    live = LivePage(grid.visit)
    live.wait_for_view()
    live.wait_for_image(model.decode(codes.mu[5:6]))
    rings = grid.page.locator(".st-key-sheet .latent-live-overlay circle[r='8'][stroke='var(--ink)']")
    expect(rings).to_have_count(0)  # the code of image 5 does not lie in this slice
    length = float(np.linalg.norm(b - a))
    for x, end in ((-length / 2, a), (length / 2, b)):
        left, top = (round(value) for value in grid.window(x, 0))
        grid.page.mouse.move(left, top)
        x, y = grid.evaluate(PLACE, [left, top])
        upward = (a + b) / 2 - ((a + b) / 2 @ (b - a)) / length**2 * (b - a)
        z = (a + b) / 2 + x * (b - a) / length + y * upward / np.linalg.norm(upward)
        live.wait_for_image(model.decode(z[None]))
        assert likeness(live.image(), model.decode(end[None])[0]) > 0.99
    grid.page.mouse.click(left, top)
    expect(rings).to_have_count(1)


def test_the_image_follows_the_pointer_over_the_grid(server: Server, visits: Visits) -> None:
    grid = ChartPage(visits(server, f"z_grid?model={FLAT}"), "sheet")
    live = LivePage(grid.visit)
    live.wait_for_view()
    grid.page.wait_for_selector(".st-key-sheet .latent-live-overlay", state="attached")
    sent = grid.visit.sent
    for place in [(0.0, 0.5), (-1.2, 0.9), (1.1, -1.4)]:
        left, top = (round(value) for value in grid.window(*place))
        grid.page.mouse.move(left, top)
        live.wait_for_image(explorer.load(FLAT).decode([grid.evaluate(PLACE, [left, top])]))
    assert grid.visit.sent == sent


def test_an_image_off_the_slice_that_the_grid_shows_is_said_to_be(server: Server, visits: Visits) -> None:
    page = visits(server, "z_grid?model=mnist-vae-20d&image=17").page
    expect(page.get_by_text("pinned, off this slice", exact=True)).to_be_visible()
    page.locator(".st-key-sheet .js-plotly-plot").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    page.keyboard.press("Escape")
    expect(page.get_by_text("pinned", exact=True)).to_be_visible()


def test_two_grids_at_quantiles_decode_the_code_under_one_pointer(server: Server, visits: Visits) -> None:
    other = "mnist-mse-vae-2d"
    page = f"z_grid?model={FLAT}&spacing=quantiles&grid_beside={other}"
    grid = ChartPage(visits(server, page), "sheet")
    live = LivePage(grid.visit)
    grid.page.wait_for_function("window.__latentLive?.stats().ready > 1")
    for key in ("sheet", "sheet-beside"):
        grid.page.wait_for_selector(f".st-key-{key} .latent-live-overlay", state="attached")
    places, plane = np.linspace(-1.645, 1.645, 15), Plane(grid, side=15, home=1.645)
    ticks = norm.ppf(np.linspace(norm.cdf(-1.645), norm.cdf(1.645), 15))
    for place in [(-1.5, 0.4), (1.2, -1.7)]:
        left, top = (round(value) for value in plane.pixel(*place))
        grid.page.mouse.move(left, top)
        z = interp1d(places, ticks, fill_value="extrapolate")(plane.place(left, top))
        for index, name in enumerate((FLAT, other)):
            live.wait_for_image(
                explorer.load(name).decode([z]), 2 * index
            )  # after each the place of an original


# --- The endless plane ------------------------------------------------------------------------------------

CANVAS = ".latent-live-sheet .sheet-plane canvas"
LEFT, RIGHT, TOP, BOTTOM = 50, 10, 10, 46  # pixels around the plotting area
SIDE, HOME = 10, 2.0


class Plane:
    """The endless plane of a grid of `side` images, ±`home` at home, by its window (x, y, range)."""

    def __init__(self, grid: ChartPage, side: int = 10, home: float = 2.0) -> None:
        self.grid, self.page, self.side, self.home = grid, grid.page, side, home
        self.page.wait_for_selector(CANVAS)
        box = self.page.locator(CANVAS).first.bounding_box()
        assert box is not None
        self.left, self.top = box["x"] + LEFT, box["y"] + TOP
        self.width, self.height = box["width"] - LEFT - RIGHT, box["height"] - TOP - BOTTOM
        self.window = (0.0, 0.0, home)

    @property
    def unit(self) -> float:
        """Pixels of a prior standard deviation."""
        return min(self.width, self.height) / (2 * self.window[2] * self.side / (self.side - 1))

    def pixel(self, x: float, y: float) -> tuple[float, float]:
        """Where a place is in the browser's window."""
        left = self.left + self.width / 2 + (float(x) - self.window[0]) * self.unit
        return left, self.top + self.height / 2 - (float(y) - self.window[1]) * self.unit

    def place(self, left: float, top: float) -> np.ndarray:
        """The place under a pixel of the browser's window."""
        x, y = self.pixel(*self.window[:2])
        return np.array(self.window[:2]) + np.array([left - x, y - top]) / self.unit

    def settle(self) -> tuple[float, ...]:
        """Wait until the address says which part is in sight, and go on from there."""
        self.page.wait_for_function(
            "before => (new URLSearchParams(location.search).get('window') ?? '') !== before",
            arg=""
            if self.window == (0.0, 0.0, self.home)
            else ",".join(f"{each:.4g}" for each in self.window),
        )
        found = self.grid.address("window")
        self.window = (0.0, 0.0, self.home) if found is None else tuple(map(float, found.split(",")))  # type: ignore[assignment]
        return self.window

    def image(self, x: float, y: float, spacing: float) -> np.ndarray:
        """What is drawn for the image at a place, (28, 28) in [0, 1]: the middle of each of its pixels."""
        left, top = self.pixel(x - spacing / 2, y + spacing / 2)
        steps = (np.arange(28) + 0.5) / 28 * spacing * self.unit
        columns, rows = (
            np.floor(at - edge + steps).astype(int)
            for at, edge in ((left, self.left - LEFT), (top, self.top - TOP))
        )
        script = f"""(canvas) => {{
            const {{ width, height }} = canvas;
            return ({TO_BASE64})(canvas.getContext("2d").getImageData(0, 0, width, height).data);
        }}"""
        levels = np.frombuffer(base64.b64decode(self.page.locator(CANVAS).evaluate(script)), np.uint8)
        return levels.reshape(-1, round(self.width) + LEFT + RIGHT, 4)[rows[:, None], columns, 0] * LEVEL

    def assert_decodes(self, x: float, y: float, spacing: float) -> None:
        """Wait until the image at a place is what NumPy decodes there."""
        expected = explorer.load(FLAT).decode([[x, y]])[0, :, :, 0]
        for _ in range(300):
            off = np.abs(self.image(x, y, spacing) - expected).max()
            if off < 1.6 * LEVEL:
                return
            self.page.evaluate("new Promise(requestAnimationFrame)")
        raise AssertionError(f"the image at ({x}, {y}) is off by {off / LEVEL:.1f} levels")


def test_pan_and_zoom_decode_images_beyond_the_grid(server: Server, visits: Visits) -> None:
    grid = ChartPage(visits(server, f"z_grid?model={FLAT}&side={SIDE}&trajectory=0", height=900), "sheet")
    plane, page = Plane(grid), grid.page
    step, entries = 2 * HOME / (SIDE - 1), page.evaluate("history.length")
    plane.assert_decodes(-HOME + 4 * step, -HOME + step, step)
    left, top = plane.pixel(0, 0)
    page.mouse.move(left, top)
    page.mouse.down()
    page.mouse.move(left - 2 * step * plane.unit, top + 3 * step * plane.unit, steps=6)
    page.mouse.up()
    assert plane.settle() == pytest.approx((2 * step, 3 * step, HOME), abs=2e-3)
    plane.assert_decodes(HOME + step, HOME + 2 * step, step)
    assert page.evaluate("history.length") == entries + 1
    x, y = HOME, HOME
    page.mouse.move(*plane.pixel(x, y))
    before = plane.pixel(x, y)
    page.mouse.wheel(0, -600)
    assert plane.settle()[2] < HOME / 2
    assert plane.pixel(x, y) == pytest.approx(before, abs=3)  # what is under the pointer stays there
    plane.assert_decodes(x, y, step / 2)
    plane.assert_decodes(x - step / 2, y + step / 2, step / 2)
    page.reload()
    again = Plane(grid)
    again.window = plane.window
    again.assert_decodes(x - step / 2, y + step / 2, step / 2)


def test_keys_and_buttons_move_zoom_and_lead_home(server: Server, visits: Visits) -> None:
    grid = ChartPage(
        visits(server, f"z_grid?model={FLAT}&side={SIDE}&trajectory=0&z=0,0", height=900), "sheet"
    )
    plane, page, live = Plane(grid), grid.page, LivePage(grid.visit)
    step = 2 * HOME / (SIDE - 1)
    page.locator(".st-key-sheet [role=application]").focus()
    page.keyboard.press("ArrowRight")
    live.wait_for_image(explorer.load(FLAT).decode([[step, 0.0]]))
    page.keyboard.press("Shift+ArrowUp")
    assert plane.settle() == pytest.approx((0, plane.height / plane.unit / 4, HOME), abs=2e-3)
    live.wait_for_image(explorer.load(FLAT).decode([[step, plane.window[1]]]))
    page.keyboard.press("+")
    assert plane.settle()[2] == pytest.approx(HOME / 1.25)
    page.keyboard.press("0")
    assert plane.settle() == (0, 0, HOME)
    buttons = page.get_by_role("group", name="View")
    buttons.get_by_role("button", name="Zoom out").click()
    assert plane.settle() == pytest.approx((0, 0, 1.5 * HOME))
    page.get_by_text("In sight:").wait_for(state="attached")  # for screen readers
    buttons.get_by_role("button", name="Home").click()
    assert plane.settle() == (0, 0, HOME)
    assert grid.address("window") is None


def test_an_end_of_the_path_is_dragged_and_its_frames_follow(server: Server, visits: Visits) -> None:
    grid = ChartPage(visits(server, f"z_grid?model={FLAT}&side={SIDE}", height=900), "sheet")
    plane, page, model = Plane(grid), grid.page, explorer.load(FLAT)
    start, end = (model.codes().mu[np.flatnonzero(model.codes().labels == digit)[0]] for digit in (0, 7))
    page.mouse.move(*plane.pixel(*start))
    page.mouse.down()
    left, top = (round(at) for at in plane.pixel(-1.0, -0.5))
    page.mouse.move(left, top, steps=4)
    moved = np.array([-1.0, -0.5]) + (np.array([left, top]) - plane.pixel(-1.0, -0.5)) / [
        plane.unit,
        -plane.unit,
    ]
    codes = np.linspace(moved, end, 11)
    page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    frames = pixels(page.locator(".trajectory canvas"))[..., 0]
    for k, expected in enumerate(model.decode(codes)):
        assert np.abs(frames[:, 30 * k : 30 * k + 28] - expected[..., 0]).max() < 1.6 * LEVEL
    with grid.visit.run():
        page.mouse.up()
    assert [float(each) for each in (grid.address("start_z") or "").split(",")] == pytest.approx(
        moved, abs=1e-3
    )
