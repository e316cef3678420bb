"""An address opened in another browser shows the picture that it was copied from: one of each page."""

import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.chart_page import ChartPage
from tests.browser.conftest import PATIENCE, Server, Visit, Visits
from vae.web.kit.navigation import PAGES

FLAT = "mnist-vae-2d"
SHOWN = """() => {
    const found = { words: [], pictures: [], drawn: [], fields: [], traces: [], ranges: [] };
    const isSeen = (element) => element.checkVisibility?.({ visibilityProperty: true });
    const isOther = (element) => element.closest(".js-plotly-plot, style, script, [role=status]");
    const ends = (axis) => axis?.range?.map(Number) ?? [];
    const small = (canvas) => { // 28 by 28 levels
        const copy = Object.assign(document.createElement("canvas"), { width: 28, height: 28 });
        const context = copy.getContext("2d");
        context.drawImage(canvas, 0, 0, 28, 28);
        return [...context.getImageData(0, 0, 28, 28).data];
    };
    const states = ["aria-checked", "aria-pressed", "aria-selected", "data-selected"];
    const look = (root) => {
        for (const element of root.querySelectorAll("*")) {
            if (element.shadowRoot) look(element.shadowRoot);
            if (element.matches(".js-plotly-plot")) {
                const { xaxis, yaxis } = element._fullLayout ?? {};
                const traces = element.data?.map(({ x, visible }) => [x?.length, visible]);
                found.traces.push(traces);
                const sheet = element.querySelector(".latent-live-sheet canvas"); // has axes of its own
                if (sheet) found.drawn.push(small(sheet));
                else found.ranges.push(...ends(xaxis), ...ends(yaxis));
            }
            if (!isSeen(element) || isOther(element)) continue;
            const own = [...element.childNodes].filter((node) => node.nodeType === Node.TEXT_NODE);
            found.words.push(...own.map((node) => node.data.trim()).filter(Boolean));
            if (element.matches("img")) found.pictures.push(element.src);
            if (element.matches("canvas")) found.drawn.push(small(element));
            if (element.matches("input[type=checkbox]")) found.fields.push(element.checked);
            else if (element.matches("input")) found.fields.push(element.value);
            const state = states.map((name) => element.getAttribute(name)).join();
            if (state !== ",,,") found.fields.push(state);
        }
    };
    look(document.querySelector(".stMain"));
    return found;
}"""


def shown(page: Page) -> dict[str, list[Any]]:
    """All that a page shows: words, pictures, drawings, the state of its controls, the charts' ranges."""
    found: dict[str, list[Any]] = page.evaluate(SHOWN)
    return found


def are_alike(here: dict[str, list[Any]], there: dict[str, list[Any]]) -> bool:
    """Whether two pages show the same, but for the four digits that an address keeps of a number."""
    exact = ("words", "pictures", "fields", "traces")
    if any(here[part] != there[part] for part in exact):
        return False
    for part, off in {"ranges": 0.01, "drawn": 6}.items():  # prior standard deviations, levels
        first, second = np.array(here[part]), np.array(there[part])
        if first.shape != second.shape or not np.allclose(first, second, rtol=0, atol=off):
            return False
    return True


@pytest.fixture(scope="module")
def elsewhere(browser: Browser) -> Iterator[BrowserContext]:
    """A browser that has never been to the app."""
    context = browser.new_context()
    context.set_default_timeout(PATIENCE * 1000)
    yield context
    context.close()


def plane(key: str, *keys: str) -> Callable[[Visit], None]:
    """Presses keys on a plane."""

    def act(visit: Visit) -> None:
        ChartPage(visit, key)
        visit.page.wait_for_selector(f".st-key-{key} .latent-live-overlay", state="attached")
        visit.page.locator(f".st-key-{key} .js-plotly-plot").focus()
        for each in keys:
            visit.page.keyboard.press(each)

    return act


def press(selector: str, key: str) -> Callable[[Visit], None]:
    """Presses a key in the first control there."""
    return lambda visit: visit.page.locator(selector).first.press(key)


def click(selector: str) -> Callable[[Visit], None]:
    """Clicks on the first element there."""
    return lambda visit: visit.page.locator(selector).first.click()


ACTIONS: dict[str, tuple[str, tuple[Callable[[Visit], None], ...]]] = {
    f"latent_map?model={FLAT}": ("z", (plane("map", "Shift+ArrowUp", "ArrowRight", "Enter", "Escape"),)),
    f"z_grid?model={FLAT}": ("window", (plane("sheet", "+", "Shift+ArrowRight", "Enter", "Escape"),)),
    f"interpolate?model={FLAT}&start=3&path=spherical": ("t", (press("input.t", "Shift+ArrowRight"),)),
    f"sliders?model={FLAT}": ("z", (press(".sliders input[type=range]", "End"),)),
    f"reconstruct?model={FLAT}": ("image", (click(".st-key-example-5 button"),)),
    f"compare?model={FLAT}": ("image", (click(".st-key-example-5 button"),)),
    f"generate?model={FLAT}": ("seed", (click("button:has-text('New draws')"),)),
    f"impute?model={FLAT}": ("mask", (click("text='Random'"),)),
    f"labels?model={FLAT}": ("learner", (click("text=k nearest neighbours"),)),
    f"inference?model={FLAT}": ("image", (click(".st-key-example-5 button"),)),
    "how_it_works?step=kl": ("mean", (press("input[type=range]", "End"),)),
    "results?model=mnist-vae-20d": ("model", ()),
    "train?data=digits": ("recipe", (click("text=20-D, sharp"),)),
    f"doctor?model={FLAT}": ("loss_from", (click("text=From β to the weight"),)),
    "images?data=digits": ("data", ()),
}
"""For each page an address, what is done there, and a name in the address after it."""


def test_every_page_has_a_permalink_here() -> None:
    assert {address.partition("?")[0] for address in ACTIONS} == {page.stem for page in PAGES}


@pytest.mark.parametrize("start", ACTIONS)
def test_an_address_shows_the_same_elsewhere(
    server: Server, visits: Visits, elsewhere: BrowserContext, start: str
) -> None:
    name, actions = ACTIONS[start]
    visit = visits(server, start)
    for act in actions:
        act(visit)
    visit.page.wait_for_function("(name) => new URLSearchParams(location.search).has(name)", arg=name)
    visit.page.mouse.move(0, 0)
    visit.settle()
    other = Visit(elsewhere.new_page(), server.url)
    other.page.set_viewport_size({"width": 1360, "height": 860})
    other.goto(visit.page.url.removeprefix(f"{server.url}/"))
    deadline = time.monotonic() + PATIENCE
    while (
        not are_alike(here := shown(visit.page), there := shown(other.page)) and time.monotonic() < deadline
    ):
        other.page.wait_for_timeout(100)
    assert other.errors == []
    expect(other.page.locator("[data-testid=stException]")).to_have_count(0)
    other.page.close()
    assert are_alike(here, there), (here, there)
