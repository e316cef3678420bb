"""z-grid in the browser: which way up it is, what a click and the pointer decode, the file."""

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import FloatRect
from scipy.interpolate import interp1d
from scipy.stats import norm

from tests.browser.chart_page import NO_PROGRAM, ChartPage
from tests.browser.conftest import Server, Visits
from tests.browser.live_page import LivePage
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
    assert marks(grid) == 0  # the code of image 5 does not lie in this slice
    length = float(np.linalg.norm(b - a))
    for x, end in ((-length / 2, a), (length / 2, b)):
        left, top = (round(value) for value in grid.window(x, 0))
        grid.page.mouse.move(left, top)
        x, y = grid.evaluate(PLACE, [left, top])
        upward = (a + b) / 2 - ((a + b) / 2 @ (b - a)) / length**2 * (b - a)
        z = (a + b) / 2 + x * (b - a) / length + y * upward / np.linalg.norm(upward)
        live.wait_for_image(model.decode(z[None]))
        assert likeness(live.image(), model.decode(end[None])[0]) > 0.99
    with grid.visit.run():
        grid.page.mouse.click(left, top)
    assert marks(grid) == 1


def marks(grid: ChartPage) -> int:
    """How many pinned codes are marked on the grid."""
    rings = grid.page.locator(".st-key-sheet .latent-live-overlay circle[r='8'][stroke='var(--ink)']")
    return rings.count()


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


def test_two_grids_at_quantiles_decode_the_code_under_one_pointer(server: Server, visits: Visits) -> None:
    other = "mnist-mse-vae-2d"
    page = f"z_grid?model={FLAT}&spacing=quantiles&grid_beside={other}"
    grid = ChartPage(visits(server, page), "sheet")
    live = LivePage(grid.visit)
    grid.page.wait_for_function("window.__latentLive?.stats().ready > 1")
    for key in ("sheet", "sheet-beside"):
        grid.page.wait_for_selector(f".st-key-{key} .latent-live-overlay", state="attached")
    places = np.linspace(-1.645, 1.645, 15)
    ticks = norm.ppf(np.linspace(norm.cdf(-1.645), norm.cdf(1.645), 15))
    for place in [(-1.5, 0.4), (0.9, 1.7)]:
        left, top = (round(value) for value in grid.window(*place))
        grid.page.mouse.move(left, top)
        u = grid.evaluate(PLACE, [left, top])
        z = interp1d(places, ticks, fill_value="extrapolate")(u)
        for index, name in enumerate((FLAT, other)):
            live.wait_for_image(
                explorer.load(name).decode([z]), 2 * index
            )  # after each the place of an original
