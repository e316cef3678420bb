"""By keyboard alone, and with less motion."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import TWO_FRAMES, Server, Visits

MODEL = "mnist-vae-2d"
MOVING = """() => document.getAnimations()
    .filter((one) => one.playState === "running" && one.effect.getComputedTiming().activeDuration > 1)
    .map((one) => one.animationName ?? one.transitionProperty)"""
CANVASES = """() => {
    const look = (root) => [...root.querySelectorAll("*")].flatMap((element) => [
        ...(element.shadowRoot ? look(element.shadowRoot) : []),
        ...(element.matches("canvas") ? [element.toDataURL()] : []),
    ]);
    return look(document);
}"""
FOCUSED = """() => {
    let element = document.activeElement;
    while (element.shadowRoot?.activeElement) element = element.shadowRoot.activeElement;
    return element === document.body ? "" : `${element.getAttribute("aria-label") ?? element.innerText}`;
}"""


def tab_to(page: Page, words: str, most: int = 60) -> None:
    """Press Tab until the focus is on what is called so."""
    for _ in range(most):
        page.keyboard.press("Tab")
        if page.evaluate(FOCUSED).startswith(words):
            return
    raise AssertionError(f"{most} times Tab do not reach {words}")


def test_from_home_to_a_pinned_place_on_the_map_by_keyboard_alone(server: Server, visits: Visits) -> None:
    visit = visits(server)
    page = visit.page
    tab_to(page, "Explore")
    page.keyboard.press("Enter")
    tab_to(page, "Latent map", most=2)
    with visit.run():
        page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("Latent map")
    page.wait_for_selector(".st-key-map .latent-live-overlay", state="attached")
    tab_to(page, "Model")
    tab_to(page, "Draw your own")
    tab_to(page, "Latent plane")
    for key in ("Shift+ArrowRight", "ArrowUp"):
        page.keyboard.press(key)
    expect(page.get_by_text("live", exact=True)).to_be_visible()
    voice = page.locator(".unseen[role=status]").first
    expect(voice).to_contain_text("z ")
    expect(voice).to_contain_text("reads as")
    with visit.run():
        page.keyboard.press("Enter")
    page.wait_for_url("**z=**")


HELD = """{
    const own = window.requestAnimationFrame.bind(window);
    const held = [];
    window.requestAnimationFrame = (call) => (window.goesOn ? own(call) : held.push(call));
    window.goOn = () => ((window.goesOn = true), held.forEach(own));
}"""


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("how_it_works?step=kl", "mean=4"),
        ("how_it_works?step=sampling", "mean=4"),
        (f"sliders?model={MODEL}", "z="),
    ],
)
def test_a_key_before_the_first_frame_is_not_lost(
    server: Server, visits: Visits, path: str, told: str
) -> None:
    visit = visits(server, "images")
    visit.page.add_init_script(HELD)
    visit.page.goto(f"{server.url}/{path}")
    visit.page.locator("input[type=range]").first.press("End")
    visit.page.evaluate("goOn()")
    expect(visit.page).to_have_url(re.compile(f"[?&]{told}"))


def test_nothing_plays_by_itself_where_less_motion_is_asked_for(server: Server, visits: Visits) -> None:
    visit = visits(server, f"labels?model={MODEL}")
    page = visit.page
    page.emulate_media(reduced_motion="reduce")
    for path in ("", "how_it_works?step=manifold", "how_it_works?step=encodings"):
        visit.goto(path)
        assert page.evaluate(MOVING) == []
    expect(page.locator("img.moving")).to_be_hidden()
    expect(page.locator("img.still")).to_be_visible()
    visit.goto("how_it_works?step=manifold")
    page.get_by_role("button", name="Turn").wait_for()
    before = page.evaluate(CANVASES)
    for _ in range(5):
        page.evaluate(TWO_FRAMES)
    assert page.evaluate(CANVASES) == before
