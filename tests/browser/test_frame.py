"""The frame in a real browser: links, history, addresses after a restart, and a window of 400 pixels."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import MOST_SHIFT, PICKER, Server, Visits, titles
from vae.web.kit.navigation import PAGES

URLS = {page.stem: page.title for page in PAGES}
MODEL = "mnist-vae-20d"
WIDTH = "document.querySelector('.stMain').scrollWidth"


def test_pages_open_by_their_addresses_after_a_restart(own_server: Server, visits: Visits) -> None:
    own_server.start()
    first = visits(own_server, f"?model={MODEL}", width=400)
    own_server.restart()
    assert first.page.evaluate(WIDTH) <= 400
    assert first.shift < MOST_SHIFT
    for page in PAGES[:: len(PAGES) // 4]:
        first.goto(f"{page.stem}?model={MODEL}")
        expect(first.page.locator("h1")).to_have_text(page.title)
        if page.has_model:
            expect(first.page.locator(PICKER)).to_have_value(titles()[MODEL])
            assert f"model={MODEL}" in first.page.url
        expect(first.page.locator("[data-testid=stException]")).to_have_count(0)
        assert first.page.evaluate(WIDTH) <= 400, f"{page.title} is cut on a narrow window"
        assert first.shift < MOST_SHIFT, page.title


def test_links_keep_the_model_and_history_goes_back(server: Server, visits: Visits) -> None:
    visit = visits(server, f"latent_map?model={MODEL}")
    with visit.run():
        visit.follow("Interpolate")
    expect(visit.page.locator("h1")).to_have_text("Interpolate")
    expect(visit.page).to_have_url(re.compile(rf"/interpolate\?.*model={MODEL}"))
    with visit.run():
        visit.choose_model("mnist-vae-2d")
    expect(visit.page).to_have_url(re.compile("/interpolate$"))
    with visit.run():
        visit.page.go_back()
    expect(visit.page.locator(PICKER)).to_have_value(titles()[MODEL])


def test_one_entry_in_the_history_for_one_action_and_back_undoes_it(server: Server, visits: Visits) -> None:
    visit = visits(server, f"how_it_works?model={MODEL}")
    page, entries = visit.page, "history.length"
    start = page.get_by_role("combobox", name="Start digit")
    before = page.evaluate(entries)
    with visit.run():
        visit.follow("Latent map")
    expect(page).to_have_url(re.compile(rf"/latent_map\?model={MODEL}$"))
    with visit.run():
        page.get_by_text("PCA", exact=True).click()
    expect(page).to_have_url(re.compile("map=pca"))
    with visit.run():
        visit.follow("Interpolate")
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
    link = visit.page.get_by_role("link", name="All numbers, beside").locator("p")
    expect(link).to_have_css("color", "rgb(11, 110, 105)")
    expect(link).to_have_css("text-decoration-line", "underline")
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


def test_the_hand_takes_the_marker_and_a_click_opens_its_place_on_the_map(
    server: Server, visits: Visits
) -> None:
    visit = visits(server)
    page, plane = visit.page, visit.page.locator(".vae-plane")
    page.wait_for_function("window.__latentLive?.stats().ready === 1")
    page.wait_for_function("window.__latentLive.stats().parcelKeys.some((key) => key.startsWith('codes'))")
    plane.hover(position={"x": 30, "y": 30})  # top left, among the zeros
    expect(page.locator(".vae-reading")).to_contain_text("reads as 0")
    expect(page.locator(".vae-decoded")).to_be_visible()
    box, marker = plane.bounding_box(), page.locator(".vae-traveller").bounding_box()
    assert box is not None
    assert marker is not None
    assert (marker["x"] + 8 - box["x"], marker["y"] + 8 - box["y"]) == pytest.approx((30, 30), abs=1.5)
    numbers = re.findall(r"[−.0-9]+", page.locator(".vae-reading").inner_text())[:2]
    plane.click(position={"x": 30, "y": 30})
    expect(page.locator("h1")).to_have_text("Latent map")
    expect(page).to_have_url(re.compile("z="))
    found = re.search(r"[?&]z=([-.0-9]+)(?:,|%2C)([-.0-9]+)", page.url)
    assert found is not None
    shown = [float(number.replace("−", "-")) for number in numbers]
    assert [float(number) for number in found.groups()] == pytest.approx(shown, abs=0.01)


def test_menus_open_one_at_a_time_and_close_again(server: Server, visits: Visits) -> None:
    visit = visits(server, "impute")
    page = visit.page
    groups = {name: page.get_by_role("button", name=name) for name in ("Explore", "Your image")}
    expect(groups["Your image"]).to_have_attribute("aria-current", "true")
    groups["Explore"].focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Latent map")).to_be_focused()
    groups["Your image"].click()
    expect(page.get_by_role("link", name="Compare")).to_be_visible()
    expect(page.get_by_role("link", name="Latent map")).to_be_hidden()
    page.keyboard.press("Escape")
    expect(page.get_by_role("link", name="Compare")).to_be_hidden()
    expect(groups["Your image"]).to_be_focused()
    groups["Explore"].click()
    page.locator("h1").click()
    expect(page.get_by_role("link", name="Latent map")).to_be_hidden()


def test_the_address_can_be_copied(server: Server, visits: Visits) -> None:
    visit = visits(
        server,
        f"sliders?model={MODEL}",
        script="navigator.clipboard.writeText = async (text) => (window.copied = text)",
    )
    page = visit.page
    page.get_by_role("button", name="Copy link").click()
    expect(page.locator(".vae-copy")).to_have_text("Copied")
    assert page.evaluate("window.copied") == page.url
    expect(page.locator(".vae-copy")).to_have_text("Copy link")


def test_on_a_phone_one_menu_has_all_pages(server: Server, visits: Visits) -> None:
    visit = visits(server, "how_it_works", width=400)
    bar = visit.page.locator(".st-key-topbar")
    assert bar.evaluate("bar => bar.clientHeight") < 100
    bar.get_by_role("button", name="Menu").click()
    for title in URLS.values():
        expect(bar.get_by_role("link", name=title, exact=True)).to_be_in_viewport()
    assert visit.page.evaluate(WIDTH) <= 400
    with visit.run():
        bar.get_by_role("link", name="Results").click()
    expect(visit.page.locator("h1")).to_have_text("Results")
    expect(bar.get_by_role("link", name="Labels")).to_be_hidden()


def test_a_bad_address_gets_a_sentence_and_a_working_page(server: Server, visits: Visits) -> None:
    visit = visits(server, "latent_map?model=x")
    expect(visit.page.locator("[data-testid=stAlert]")).to_contain_text("There is no model called x here.")
    expect(visit.page.locator(".js-plotly-plot:visible").first).to_be_visible()
