"""A visitor far from the server acts again before the answer to her last action is there."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from urllib.parse import parse_qsl, urlsplit

import pytest
from playwright.sync_api import Page, WebSocketRoute, expect
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from tests.browser.conftest import PATIENCE, PICKER, Server, Visit, Visits, titles
from tests.browser.test_latent_map import until
from tests.browser.test_permalinks import are_alike, shown

MODEL, OTHER = "mnist-vae-2d", "mnist-vae-20d"


class Wire:
    """The connection between a tab and the server, whose answers can be held back."""

    def __init__(self) -> None:
        self.sent = 0  # messages of the tab
        self._seen = 0
        self._held: list[bytes] | None = None
        self._is_cut = False
        self._tab: WebSocketRoute | None = None

    def lay(self, route: WebSocketRoute) -> None:
        """Stand between the two."""
        if self._is_cut:
            route.close()
            return
        self._tab = route
        server = route.connect_to_server()

        def ask(message: str | bytes) -> None:
            self.sent += 1
            server.send(message)

        route.on_message(ask)
        server.on_message(self._answer)

    def has_asked(self) -> bool:
        """Whether the tab has sent something since this was asked last."""
        before, self._seen = self._seen, self.sent
        return self.sent > before

    def cut(self) -> None:
        """Break the connection, until `mend`."""
        assert self._tab is not None
        self._is_cut = True
        self._tab.close()

    def mend(self) -> None:
        """Let the tab connect again."""
        self._is_cut = False

    def draws(self) -> bool:
        """Whether the server draws already, which is held back."""
        kinds = (ForwardMsg.FromString(each).WhichOneof("type") for each in self._held or ())
        return "delta" in kinds

    @contextmanager
    def held(self) -> Iterator[None]:
        """While the block lasts no answer arrives; then all do, in their order."""
        assert self._tab is not None
        self._held, self._seen = [], self.sent
        yield
        for message in self._held:
            self._tab.send(message)
        self._held = None

    def _answer(self, message: str | bytes) -> None:
        assert self._tab is not None
        if self._held is None:
            self._tab.send(message)
        else:
            assert isinstance(message, bytes)
            self._held.append(message)


Act = Callable[[Page], None]


def key(selector: str, name: str) -> Act:
    """Presses a key in a control."""
    return lambda page: page.locator(selector).first.press(name)


def click(selector: str) -> Act:
    """Clicks on an element."""
    return lambda page: page.locator(selector).first.click()


def choose(label: str, option: str) -> Act:
    """Chooses in a list."""

    def act(page: Page) -> None:
        page.get_by_role("combobox", name=label).fill(option)
        page.get_by_role("option", name=option, exact=True).click()

    return act


def said(page: Page) -> dict[str, str]:
    """What the address says."""
    return dict(parse_qsl(urlsplit(page.url).query))


def shows_what_the_address_says(visit: Visit) -> bool:
    """Whether the page shows what it shows after a reload."""
    visit.page.mouse.move(0, 0)
    here, address = shown(visit.page), visit.page.url
    visit.goto(address.removeprefix(f"{visit.url}/"))
    deadline = time.monotonic() + PATIENCE
    while not are_alike(here, shown(visit.page)):
        if time.monotonic() > deadline:
            return False
        visit.page.wait_for_timeout(100)
    return visit.page.url == address


def at_once(visit: Visit, wire: Wire, *acts: Act) -> None:
    """Does one after the other before the answer to the first is there; waits for the end of their runs."""
    with visit.run(), wire.held():
        for act in acts:
            act(visit.page)
            until(visit.page, wire.has_asked)
    visit.settle()


def back(page: Page) -> None:
    """Goes back."""
    page.go_back()


@pytest.mark.parametrize(
    ("path", "first", "second", "changes"),
    [
        (
            f"interpolate?model={MODEL}&start=3&path=spherical&t=0.3",
            key("input.t", "End"),
            click("text=Linear"),
            {"t": "1", "path": None},
        ),
        (
            f"interpolate?model={MODEL}&start=3&start_nth=4&path=spherical",
            choose("A: start digit", "5"),
            click("text=Linear"),
            {"start": "5", "start_nth": None, "path": None},
        ),
        (
            "how_it_works?step=autoencoders",
            click("button:has-text('Next')"),
            click("[role=radio]:has-text('Sources')"),
            {"step": "sources"},
        ),
    ],
)
def test_two_quick_actions_both_count(
    server: Server, visits: Visits, path: str, first: Act, second: Act, changes: dict[str, str | None]
) -> None:
    wire = Wire()
    visit = visits(server, path, wire=wire.lay)
    wanted = {name: text for name, text in (said(visit.page) | changes).items() if text is not None}
    at_once(visit, wire, first, second)
    until(visit.page, lambda: said(visit.page) == wanted)
    assert shows_what_the_address_says(visit)
    assert said(visit.page) == wanted


def test_an_action_and_back_at_once_leave_page_and_address_alike(server: Server, visits: Visits) -> None:
    wire = Wire()
    path = f"interpolate?model={MODEL}&start=3&path=spherical&t=0.3"
    visit = visits(server, path, wire=wire.lay)
    page = visit.page
    with visit.run():
        key("input.t", "End")(page)
    until(page, lambda: said(page)["t"] == "1")
    at_once(visit, wire, click("text=Linear"), back)
    assert shows_what_the_address_says(visit)
    assert visit.page.url.endswith(path)


def test_back_counts_though_one_acts_before_its_answer(server: Server, visits: Visits) -> None:
    wire = Wire()
    visit = visits(server, "how_it_works?step=elbo", wire=wire.lay)
    page = visit.page
    with visit.run():
        visit.choose_model(OTHER)
    until(page, lambda: said(page).get("model") == OTHER)
    with visit.run(), wire.held():
        back(page)
        until(page, wire.draws)  # of a run that is broken off before it draws nobody knows
        wire.has_asked()
        click("button:has-text('Next')")(page)
        until(page, wire.has_asked)
    visit.settle()
    until(page, lambda: said(page) == {"step": "kl"})
    assert shows_what_the_address_says(visit)


def test_back_counts_though_an_answer_comes_after_it(server: Server, visits: Visits) -> None:
    wire = Wire()
    start = f"interpolate?model={MODEL}&start=3&path=spherical&t=0.3"
    visit = visits(server, start, wire=wire.lay)
    page = visit.page
    with visit.run():
        key("input.t", "End")(page)
    until(page, lambda: said(page)["t"] == "1")
    at_once(visit, wire, click("text=Linear"), back)
    with visit.run():
        click("text=All pairs")(page)
    until(page, lambda: said(page).get("view") == "all-pairs")
    assert said(page) == {**dict(parse_qsl(urlsplit(start).query)), "view": "all-pairs"}


def test_a_link_to_another_page_right_after_an_action_has_its_own_address(
    server: Server, visits: Visits
) -> None:
    wire = Wire()
    visit = visits(server, f"generate?model={MODEL}&sample=3", wire=wire.lay)
    page = visit.page
    at_once(visit, wire, click("button:has-text('New draws')"), click("a:has-text('Open on the map')"))
    expect(page.locator("h1")).to_have_text("Latent map")
    until(page, lambda: "z" in said(page) and "seed" not in said(page))
    assert shows_what_the_address_says(visit)


def test_a_link_to_where_one_was_before_leads_there(server: Server, visits: Visits) -> None:
    one, other = f"how_it_works?model={MODEL}&step=networks", "mnist-conv-vae-20d"
    visit = visits(server, one)
    page = visit.page
    links = page.locator(".st-key-network-links")
    with visit.run():
        visit.choose_model(other)
    page.wait_for_url(f"**model={other}**")
    with visit.run():
        links.get_by_role("link", name=titles()[MODEL]).click()
    page.wait_for_url(f"**{one}")
    expect(page.locator(PICKER)).to_have_value(titles()[MODEL])


def test_what_a_hand_does_while_the_server_is_away_counts_once_it_is_back(
    server: Server, visits: Visits
) -> None:
    wire = Wire()
    visit = visits(server, f"sliders?model={MODEL}", wire=wire.lay)
    page = visit.page
    slider = page.locator(".sliders input[type=range]").first
    wire.cut()
    page.wait_for_selector("[data-testid=stApp]:not([data-test-connection-state=CONNECTED])")
    slider.press("End")
    wire.mend()
    page.wait_for_selector("[data-testid=stApp][data-test-connection-state=CONNECTED]")
    page.wait_for_url("**%2C3")
    visit.settle()
    assert shows_what_the_address_says(visit)
