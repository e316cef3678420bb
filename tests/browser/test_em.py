"""EM and the walk on a posterior as the browser computes them, against scikit-learn and a quadrature."""

import re
import warnings

import numpy as np
import pytest
from playwright.sync_api import Page, expect
from sklearn.exceptions import ConvergenceWarning
from sklearn.mixture import GaussianMixture

from tests.browser.conftest import TWO_FRAMES, Server, Visits
from vae.web.pages.how_it_works.derivation import em


def numbers(page: Page, *names: str) -> list[float]:
    """What the figure says, once it is drawn."""
    page.evaluate(TWO_FRAMES)
    texts = (page.locator(f"output[data-name='{name}']").inner_text() for name in names)
    return [float(text.replace("−", "-")) for text in texts]


def likelihood(steps: int) -> float:
    """Mean log-likelihood after so many steps of scikit-learn's from the same start, nats per point."""
    unit = np.tile(np.eye(2), (3, 1, 1))
    mixture = GaussianMixture(
        3,
        weights_init=[1 / 3] * 3,
        means_init=em.MEANS,
        precisions_init=unit,
        max_iter=steps,
        tol=0,
        reg_covar=0,
    )
    points = em.points().round(3)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # it is stopped on purpose
        return float(mixture.fit(points).score(points))


def test_em_takes_scikit_learns_steps_and_no_half_of_one_lowers_the_bound(
    server: Server, visits: Visits
) -> None:
    page = visits(server, "how_it_works?step=em").page
    half = page.get_by_role("button", name=re.compile("^[EM] step"))
    before = numbers(page, "bound")[0]
    for step in range(1, 13):
        half.click()
        evidence, bound = numbers(page, "log-likelihood", "bound")
        assert bound == pytest.approx(evidence, abs=1e-3)  # the E step lifts it until it touches
        assert bound >= before - 1e-3
        half.click()
        evidence, after, q, entropy = numbers(page, "log-likelihood", "bound", "q", "entropy")
        assert q + entropy == pytest.approx(after, abs=2e-3)
        assert bound - 1e-3 <= after <= evidence + 1e-3
        if step in (1, 2, 5, 12):
            assert evidence == pytest.approx(likelihood(step), abs=1e-3)
        before = after


def test_a_part_that_is_left_with_one_point_does_not_close_on_it(server: Server, visits: Visits) -> None:
    page = visits(server, "how_it_works?step=em").page
    part = page.locator("circle.mean").last.bounding_box()
    assert part
    page.mouse.move(part["x"] + part["width"] / 2, part["y"] + part["height"] / 2)
    page.mouse.down()
    page.mouse.move(part["x"] + 2000, part["y"] - 400, steps=4)  # the corner of the plane
    page.mouse.up()
    half = page.get_by_role("button", name=re.compile("^[EM] step"))
    bounds = []
    while half.is_enabled():
        half.click()
        bounds += numbers(page, "bound")
    assert len(bounds) == 40
    assert np.diff(bounds).min() >= -1e-3  # false of NaN


def test_the_walk_has_the_posteriors_mean_and_spread_in_the_end(server: Server, visits: Visits) -> None:
    page = visits(server, "how_it_works?step=em&before=walk&image=3").page
    page.get_by_role("button", name="100×").click()
    page.get_by_role("button", name="Play").click()
    expect(page.get_by_text("5,000 steps, each")).to_be_visible()
    for axis in (0, 1):
        (mean, sd), (expected, spread) = (
            [float(each.replace("−", "-")) for each in cell.inner_text().split(" ± ")]
            for cell in (page.locator(f"[data-name={name}-{axis}]") for name in ("chain", "grid"))
        )
        assert mean == pytest.approx(expected, abs=0.3 * spread)  # 5,000 steps are some 300 free draws
        assert sd == pytest.approx(spread, rel=0.25)
