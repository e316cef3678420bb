"""Step 0 of How it works in the browser: one place on two maps, a training that plays when asked to."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.chart_page import ChartPage
from tests.browser.conftest import Server, Visit, Visits
from vae.analysis.studies import study as studies

BOTH = ".plane.together"
SUM = """canvas => canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data
    .reduce((sum, level) => sum + level)"""


def test_step_0_decodes_under_the_pointer_and_plays_when_asked_to(server: Server, visits: Visits) -> None:
    visit = visits(server, "how_it_works?look=0")
    decodes_one_place_on_both_maps(visit)
    watch_the_training(visit)


def decodes_one_place_on_both_maps(visit: Visit) -> None:
    page, images = visit.page, visit.page.get_by_role("img", name="Decoder mean", exact=True)
    expect(images).to_have_count(2)
    for first in page.locator(f"{BOTH} .numbers").all():
        expect(first.locator("dd")).to_have_text(["−1.50", "−0.40"])  # the hole
    before = [images.nth(k).evaluate(SUM) for k in range(2)]
    map_ = ChartPage(visit, "theory-VAE", is_marked=False)
    page.locator(".st-key-theory-VAE").scroll_into_view_if_needed()
    page.mouse.move(*map_.window(1.0, 0.5))
    for shown in page.locator(f"{BOTH} .numbers").all():
        expect(shown.locator("dd").first).to_have_text(re.compile(r"^(0\.9|1\.0)\d$"))
    after = [images.nth(k).evaluate(SUM) for k in range(2)]
    assert all(old != new for old, new in zip(before, after, strict=True))


def watch_the_training(visit: Visit) -> None:
    page, looks = visit.page, studies.read("training-watched").said["looks"]
    slider, time = page.get_by_role("slider", name="Moment of the training"), page.locator("output.time")
    expect(time).to_have_text("before the first step")  # nothing has played by itself
    assert cost(page, "loss") == pytest.approx(looks[0]["nll"] + looks[0]["kl"], abs=0.051)
    slider.focus()
    with visit.run():
        page.keyboard.press("End")
    expect(time).to_have_text("epoch 20")
    assert cost(page, "KL") == pytest.approx(looks[-1]["kl"], abs=0.051)
    assert "look=" not in page.url  # the last one is the default
    sent = visit.sent
    page.get_by_role("button", name="Play", exact=True).click()
    expect(time).to_have_text("epoch 1")  # from the beginning
    assert visit.sent == sent  # without the server
    with visit.run():
        page.get_by_role("button", name="Pause", exact=True).click()
    expect(page).to_have_url(re.compile(r"look=\d+"))


def cost(page: Page, name: str) -> float:
    """A number of the loss, nats per image."""
    return float(page.locator(f".costs [data-name={name}]").inner_text())
