"""The figures that the browser moves, without the server: their numbers against PyTorch and scikit-learn."""

import re
from typing import Any

import numpy as np
import pytest
import torch
from playwright.sync_api import Locator, Page, expect
from torch.distributions import Normal, kl_divergence

from tests.browser.conftest import Server, Visits
from vae.latent import swiss_roll

PRIOR = Normal(torch.tensor(0.0), torch.tensor(1.0))


def move(page: Page, name: str, value: float) -> None:
    """Drag a slider of a figure without letting go."""
    script = "(input, value) => { input.value = value; input.dispatchEvent(new Event('input')); }"
    page.get_by_role("slider", name=name, exact=True).evaluate(script, value)


def number(text: str) -> float:
    return float(text.replace("−", "-"))


def places(page: Page, kind: str, panel: int) -> np.ndarray:
    """Pixels across of a panel's dots of one kind, in their order, once they are drawn."""
    dots = page.locator(".pair section").nth(panel).locator(f"circle.dot.{kind}")
    expect(dots).to_have_count(16)
    return np.array(dots.evaluate_all("dots => dots.map(dot => Number(dot.getAttribute('cx')))"))


def drawn(page: Page) -> None:
    """Wait for the animation frame in which a change is drawn."""
    page.evaluate("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")


def test_the_kl_in_the_browser_is_pytorchs_and_needs_no_server(server: Server, visits: Visits) -> None:
    visit = visits(server, "how_it_works?step=kl&mean=-2&sd=0.5")
    page, shown = visit.page, visit.page.locator("[data-name=kl]")
    sent = visit.sent
    for mean, sd in ((-2.0, 0.5), (0.0, 1.0), (3.25, 0.2), (-0.6, 2.5)):
        move(page, "mean of q", mean)
        move(page, "sd of q", sd)
        drawn(page)
        expected = kl_divergence(Normal(torch.tensor(mean), torch.tensor(sd)), PRIOR).item()
        assert number(shown.inner_text()) == pytest.approx(expected, abs=6e-4)
        area = re.search(r"slices: (\S+) nats", page.locator(".result").inner_text())
        assert area is not None
        assert number(area[1]) == pytest.approx(expected, abs=2e-3)
    assert visit.sent == sent
    with visit.run():
        page.get_by_role("button", name="KL(p ‖ q)").click()
    expected = kl_divergence(PRIOR, Normal(torch.tensor(-0.6), torch.tensor(2.5))).item()
    assert number(shown.inner_text()) == pytest.approx(expected, abs=6e-4)
    expect(page).to_have_url(re.compile(r"mean=-0\.6&.*sd=2\.5.*direction=pq"))

    move(page, "mean of q", 0.8)
    seen = play(page)  # in the source's positions
    assert set(seen) <= {f"{value:.2f}" for value in np.linspace(-2, 2, 41)}
    assert len(seen) > 3
    expect(page).to_have_url(re.compile("mean=2(&|$)"))


def play(page: Page) -> list[str]:
    """Press Play and return the means that q takes on its way to 2."""
    mean = page.locator(".knobs output").first
    mean.evaluate(
        """output => {
            window.seen = [];
            new MutationObserver(() => seen.push(output.textContent)).observe(output, { childList: true });
        }"""
    )
    page.get_by_role("button", name="Play").click()
    expect(mean).to_have_text("2.00")
    seen: list[str] = page.evaluate("seen")
    return seen


CONTRAST = """button => {
    const { color, backgroundColor } = getComputedStyle(button);
    const brightness = (colour) => colour.match(/[\\d.]+/g).slice(0, 3).map((level) => level / 255)
        .map((level) => (level <= 0.04045 ? level / 12.92 : ((level + 0.055) / 1.055) ** 2.4))
        .reduce((sum, level, k) => sum + level * [0.2126, 0.7152, 0.0722][k], 0.05);
    const [low, high] = [brightness(color), brightness(backgroundColor)].sort((a, b) => a - b);
    return high / low;
}"""  # WCAG 2.2, contrast ratio


def test_buttons_can_be_read_and_a_drag_selects_no_text(server: Server, visits: Visits) -> None:
    for dark in (False, True):
        page = visits(server, "how_it_works?step=kl&mean=-2", dark=dark).page
        following = page.get_by_role("button", name="Next: Sampling")
        assert following.evaluate(CONTRAST) >= 4.5
        following.hover()
        assert following.evaluate(CONTRAST) >= 4.5
    plot = page.get_by_role("img", name="Densities of p and q")
    box = plot.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 40, box["y"] + box["height"] - 8)  # on the numbers of the axis
    page.mouse.down()
    page.mouse.move(box["x"] + 400, box["y"] + box["height"] + 60, steps=5)
    assert page.evaluate("getSelection().toString()") == ""
    page.mouse.up()
    expect(page.locator(".knobs output").first).not_to_have_text("−2.00")  # q was dragged


def test_draws_follow_mean_and_sd_only_where_noise_is_scaled(server: Server, visits: Visits) -> None:
    visit = visits(server, "how_it_works?step=sampling&mean=0&sd=1")
    page = visit.page
    noise, z, left_behind = places(page, "p", 0), places(page, "q", 0), places(page, "stale", 1)
    np.testing.assert_allclose(noise, z, atol=0.11)  # mean 0 and sd 1 leave the noise as it is
    np.testing.assert_allclose(left_behind, z, atol=0.11)
    middle, unit = axis(page.locator(".pair section svg.plot").first)
    move(page, "mean", 1.5)
    move(page, "sd", 0.5)
    drawn(page)
    eps = (noise - middle) / unit
    moved = 1.5 + 0.5 * eps
    np.testing.assert_allclose((places(page, "q", 0) - middle) / unit, moved, atol=0.01)
    np.testing.assert_array_equal(places(page, "stale", 1), left_behind)
    gradient = [float(np.mean(2 * moved)), float(np.mean(2 * moved * eps))]
    through, around = gradients(page, 0), gradients(page, 1)
    np.testing.assert_allclose(through[:, 0], gradient, atol=0.02)
    np.testing.assert_array_equal(through[:, 2], [3.0, 1.0])  # of E[z²] = mean² + sd²
    score = [float(np.mean(eps**3)), float(np.mean(eps**2 * (eps**2 - 1)))]  # where they were drawn: N(0, 1)
    np.testing.assert_allclose(around[:, 0], score, atol=0.25)  # the places of the dots are rounded
    np.testing.assert_array_equal(around[:, 2], [0.0, 2.0])
    many = np.random.default_rng(0).standard_normal(400_000)
    spread = [np.std(2 * (1.5 + 0.5 * many)), np.std(2 * (1.5 + 0.5 * many) * many)]
    np.testing.assert_allclose(through[:, 1], np.array(spread) / 4, rtol=0.02)  # of 16 draws
    spread = [np.std(many**3), np.std(many**2 * (many**2 - 1))]
    np.testing.assert_allclose(around[:, 1], np.array(spread) / 4, rtol=0.04)
    page.get_by_role("button", name="Draw fresh noise").click()
    drawn(page)
    assert (np.abs(places(page, "p", 0) - noise) > 0.5).sum() > 8
    np.testing.assert_allclose(places(page, "stale", 1), places(page, "q", 0), atol=0.11)


def gradients(page: Page, panel: int) -> np.ndarray:
    """In mean and in sd: the estimate, its error and the truth that a panel says, (2, 3)."""
    text = page.locator(".pair section").nth(panel).inner_text()
    found = re.findall(r":\s+(\S+) ± (\S+) \(all draws: (\S+)\)", text)
    return np.array([[number(each) for each in line] for line in found])


def axis(plot: Locator) -> tuple[float, float]:
    """Where 0 lies on the x axis of a plot, and how long a unit is, in pixels."""
    ticks: dict[str, Any] = plot.evaluate(
        """plot => Object.fromEntries([...plot.querySelectorAll("text[text-anchor=middle]")]
            .map(text => [text.textContent, Number(text.getAttribute("x"))]))"""
    )
    return ticks["0"], (ticks["4"] - ticks["0"]) / 4


def test_the_log_of_a_mean_lies_above_the_mean_of_the_logs_until_all_are_equal(
    server: Server, visits: Visits
) -> None:
    page = visits(server, "how_it_works?step=elbo&part_of_elbo=jensen").page
    evidence, elbo, gap = (page.locator(f"[data-name={name}]") for name in ("evidence", "elbo", "gap"))
    page.get_by_role("slider", name="weight 1").focus()
    page.keyboard.press("ArrowRight")
    drawn(page)
    weights = np.array([0.2, 0.6, 1.4, 2.6, 5.25])
    expected = [np.log(weights.mean()), np.log(weights).mean()]
    assert [number(each.inner_text()) for each in (evidence, elbo)] == pytest.approx(expected, abs=1e-3)
    page.get_by_role("button", name="Play").click()
    expect(gap).to_have_text("0.000")
    assert number(elbo.inner_text()) == pytest.approx(expected[0], abs=1e-3)


INK_AT_THE_EDGE = """canvas => {
    const { width, height } = canvas, context = canvas.getContext("2d");
    const edges = [[0, 0, width, 2], [0, height - 2, width, 2], [0, 0, 2, height], [width - 2, 0, 2, height]];
    return edges.flatMap((edge) => [...context.getImageData(...edge).data]).filter((level) => level).length;
}"""


def test_the_roll_turns_and_two_points_of_it_are_compared_through_the_air_and_along_the_sheet(
    server: Server, visits: Visits
) -> None:
    visit = visits(server, "how_it_works?step=manifold")
    page = visit.page
    space, sheet = page.locator("canvas.cloud").nth(0), page.locator("canvas.cloud").nth(1)
    straight, along = (page.locator(f"[data-name={name}]") for name in ("straight", "along"))
    space.focus()
    for key in ["ArrowLeft"] * 12 + ["ArrowUp"] * 6 + ["ArrowDown"] * 16:
        page.keyboard.press(key)
        drawn(page)
        assert space.evaluate(INK_AT_THE_EDGE) == 0
    page.get_by_role("button", name="Turn").click()
    before = space.get_attribute("data-yaw")
    expect(space).not_to_have_attribute("data-yaw", before or "")

    roll = swiss_roll.load()
    a, b = roll.detour()
    assert number(straight.inner_text()) == pytest.approx(roll.straight()[a, b], abs=0.051)
    assert number(along.inner_text()) == pytest.approx(roll.along()[a, b], abs=0.051)
    box = sheet.bounding_box()
    assert box is not None
    size = np.array([box["width"], box["height"]])
    low, high = roll.unrolled.min(axis=0), roll.unrolled.max(axis=0)
    scale = ((size - 24) / (high - low)).min()
    other = int(np.abs(roll.unrolled - (low + high) / 2).sum(axis=1).argmin())

    def place(index: int) -> tuple[float, float]:
        x, y = scale * (roll.unrolled[index] - (low + high) / 2) * (1, -1) + size / 2
        return box["x"] + x, box["y"] + y

    page.mouse.move(*place(a))
    page.mouse.down()
    page.mouse.move(*place(other), steps=4)
    page.mouse.up()
    assert number(straight.inner_text()) == pytest.approx(roll.straight()[other, b], abs=0.051)
    assert number(along.inner_text()) == pytest.approx(roll.along()[other, b], abs=0.051)
    with visit.run():
        page.get_by_role("button", name="Next: Likelihood").click()
    expect(page).to_have_url(re.compile("step=likelihood"))
    page.wait_for_function("document.querySelector('.stMain').scrollTop === 0")


SHOWN = """chart => JSON.stringify(chart._fullData.map(({ x, y, z }) => [x, y, z].map((values) =>
    values && Array.from(values, (row) => row.length ? Array.from(row).join() : row).join())))"""


@pytest.mark.parametrize(
    "step",
    ["adversarial&adversarial_part=critic", "four-points", "eight-schools"],
    ids=lambda step: step[:12],
)
def test_a_recorded_training_is_played_by_keyboard(server: Server, visits: Visits, step: str) -> None:
    visit = visits(server, f"how_it_works?step={step}")
    page = visit.page
    chart = page.locator(".js-plotly-plot").filter(has=page.locator(".updatemenu-container"))
    slider = page.get_by_role("slider", name="Play the training")
    end = slider.get_attribute("aria-valuetext") or ""
    trained, sent = chart.evaluate(SHOWN), visit.sent
    slider.press("Home")
    expect(page.locator("output", has_text=re.compile("^after step 0$"))).to_be_visible()
    begun = chart.evaluate(SHOWN)
    assert begun != trained
    page.get_by_role("button", name="Play the training").press("Enter")
    expect(slider).to_have_attribute("aria-valuetext", end, timeout=30_000)
    assert end != "after step 0"
    assert chart.evaluate(SHOWN) == trained
    assert visit.sent == sent  # without the server
    expect(page.locator(".updatemenu-container")).to_be_hidden()
