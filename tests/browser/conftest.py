"""A running server, and visits to it in a real browser that know when Streamlit has finished a run."""

import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    Page,
    WebSocket,
    WebSocketRoute,
    expect,
    sync_playwright,
)
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from vae.images import sets
from vae.logbook import recipes
from vae.logbook.recipes import RECIPES
from vae.model import catalogue
from vae.web.kit import navigation
from vae.web.pages.train import costs

ROOT = Path(__file__).parents[2]
LIVE_VIEWS = ROOT / "tests" / "browser" / "apps" / "live_views.py"
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FEATURES = [
    "ScriptStreaming",  # else a module is parsed anew on each load, not taken compiled
    # What Playwright turns off, too: Chromium heeds the last such option alone.
    "AvoidCorsURLLoaderRestartOnRedirect",
    "AvoidUnnecessaryBeforeUnloadCheckSync",
    "DestroyProfileOnBrowserClose",
    "HttpsFirstBalancedModeAutoEnable",
    "HttpsUpgrades",
    "LensOverlay",
    "MediaRouter",
    "NetworkTimeServiceQuerying",
    "OptimizationHints",
    "PaintHolding",
    "PreconnectToSearch",
    "ThirdPartyStoragePartitioning",
]
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
    f"--disable-features={','.join(FEATURES)}",
]
STATE = """() => ({
    app: { ...document.querySelector("[data-testid=stApp]")?.dataset },
    focus: (document.activeElement.shadowRoot ?? document).activeElement.outerHTML.slice(0, 90),
    hidden: document.hidden,
})"""
TWO_FRAMES = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
SHIFTS = """new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) window.shift = (window.shift ?? 0) + entry.value;
}).observe({ type: "layout-shift", buffered: true });"""
MOST_SHIFT = 0.1  # while a page loads: next to nothing moves
STREAM = re.compile("/_stcore/stream$")
PICKER = ".st-key-topmodel input"
PATIENCE = 60.0  # seconds; a shared machine is slow at times

expect.set_options(timeout=20_000)


@cache
def titles() -> dict[str, str]:
    """The models' names for people, by their names in addresses."""
    return {name: said["title"] for name, said in catalogue.titled().items()}


class Server:
    """The app, served on a free port of this machine."""

    def __init__(self, log: Path, script: Path = ROOT / "app.py") -> None:
        self.log = log
        self.script = script
        self.port = _free_port()
        self.url = f"http://localhost:{self.port}"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it and wait until it is healthy."""
        command = [sys.executable, "-m", "streamlit", "run", str(self.script)]
        options = ["--server.port", str(self.port), "--server.headless", "true"]
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                command + options,
                cwd=ROOT,
                env=os.environ | {"PYTHONPATH": str(ROOT)},
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        deadline = time.monotonic() + PATIENCE
        while not self._healthy():
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                pytest.fail(f"The server did not start:\n{self.log.read_text()}")
            time.sleep(0.05)

    def stop(self) -> None:
        """End it."""
        if self._process is not None:
            self._process.terminate()
            try:
                self._process.wait(10)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            self._process = None

    def restart(self) -> None:
        """End it and start it again on the same port, without anything in its memory."""
        self.stop()
        self.start()

    def _healthy(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/_stcore/health", timeout=5) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            return False


class Visit:
    """A browser tab on the app. `page` is Playwright's; `errors` are the scripts' uncaught ones."""

    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        self.url = url
        self.errors: list[str] = []
        self.sent = 0  # websocket messages from the browser to the server
        self.bytes = 0  # that the server has sent to it
        self.finished = 0  # runs of the script that have ended
        self.heard: list[str] = []  # what the page said to the console, and its connections
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("console", lambda message: self.heard.append(f"{message.type}: {message.text}"))
        page.on("websocket", self._listen)

    def __str__(self) -> str:
        """How the tab stands: what one wants to know when a test has failed."""
        counts = f"{self.sent} messages sent, {self.finished} runs finished"
        return "\n".join([self.page.url, counts, str(self.page.evaluate(STATE)), *self.heard])

    @property
    def shift(self) -> float:
        """How far things have moved by themselves since the page was loaded, as browsers count it."""
        return float(self.page.evaluate("window.shift ?? 0"))

    def goto(self, path: str = "") -> None:
        """Open a page of the app, its query included, and wait for the end of its first run."""
        with self.run():
            self.page.goto(f"{self.url}/{path}")

    def follow(self, title: str) -> None:
        """Click the link of the page of that title, in the menu of its group; wide windows only."""
        group = next(each.group for each in navigation.PAGES if each.title == title)
        bar = self.page.locator(".st-key-topbar")
        bar.get_by_role("button", name=group).click()
        bar.get_by_role("link", name=title, exact=True).click()

    def choose_model(self, name: str) -> None:
        """Choose a model in the bar."""
        picker = self.page.locator(PICKER)
        picker.fill(titles()[name])
        self.page.get_by_role("option", name=titles()[name], exact=True).click()

    @contextmanager
    def run(self) -> Iterator[None]:
        """At the end of the block, wait until the run of the script that the block started has ended."""
        before = self.finished
        yield
        deadline = time.monotonic() + PATIENCE
        while self.finished == before:
            assert time.monotonic() < deadline, "no run of the script has ended"
            self.page.wait_for_timeout(10)  # lets Playwright hand over what has arrived
        self.settle()

    def settle(self) -> None:
        """Wait until no run is under way and what it sent has been drawn."""
        self.page.wait_for_selector("[data-testid=stApp][data-test-script-state=notRunning]")
        # A part whose script is still loading, the app's style sheet among them, stands as a skeleton.
        self.page.wait_for_selector("[data-testid=stSkeleton]", state="detached")
        self.page.evaluate(TWO_FRAMES)

    def _listen(self, connection: WebSocket) -> None:
        self.heard.append("connected")
        connection.on("close", lambda _: self.heard.append("disconnected"))
        connection.on("framesent", lambda _: self._count(sent=1))
        connection.on("framereceived", lambda frame: self._count(finished=_ends_run(frame), size=len(frame)))

    def _count(self, sent: int = 0, finished: bool = False, size: int = 0) -> None:
        self.sent += sent
        self.bytes += size
        self.finished += finished


Visits = Callable[..., Visit]


def know_rates() -> None:
    """Leave in the home what the page Train would measure, which takes this machine seconds."""
    specs = {sets.dataset(name).image_spec for name in sets.NAMES}
    settings = [recipe.settings for recipe in RECIPES.values()]
    costs.keep({recipes.key(each, spec): 9000.0 for each in settings for spec in specs})


def browser_path() -> str | None:
    """The browser on this machine, None where there is none."""
    return next((found for name in BROWSERS if (found := shutil.which(name))), None)


@pytest.fixture(scope="session")
def at_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BrowserContext]:
    """The browser with a folder of its own, as a user's has: only then does it keep compiled scripts."""
    path = browser_path()
    if path is None:
        reason = f"no browser found: none of {', '.join(BROWSERS)} is on the PATH"
        pytest.fail(reason) if os.environ.get("CI") else pytest.skip(reason)
    folder = tmp_path_factory.mktemp("browser")
    with sync_playwright() as playwright:
        context = playwright.chromium.launch_persistent_context(folder, executable_path=path, args=ARGUMENTS)
        yield context
        context.close()


@pytest.fixture(scope="session")
def browser(at_home: BrowserContext) -> Browser:
    assert at_home.browser is not None
    return at_home.browser


@pytest.fixture(scope="session")
def server(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The app, started once for all tests that share it."""
    know_rates()
    started = Server(tmp_path_factory.mktemp("server") / "log.txt")
    started.start()
    yield started
    started.stop()


@pytest.fixture(scope="session")
def live_server(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A page for each live view over random models, started once."""
    started = Server(tmp_path_factory.mktemp("live") / "log.txt", LIVE_VIEWS)
    started.start()
    yield started
    started.stop()


@pytest.fixture
def own_server(browser: Browser, tmp_path: Path) -> Iterator[Server]:
    """The app, started for one test, which may restart it or set `script` and start it itself."""
    own = Server(tmp_path / "log.txt")
    yield own
    own.stop()


@pytest.fixture(scope="session")
def contexts(at_home: BrowserContext, browser: Browser) -> dict[bool, BrowserContext]:
    """The browser with and without a touch screen; what it has fetched of the app is kept for later tests."""
    made = {False: at_home, True: browser.new_context(has_touch=True)}
    for context in made.values():
        context.set_default_timeout(PATIENCE * 1000)
    return made


@pytest.fixture
def visits(contexts: dict[bool, BrowserContext]) -> Iterator[Visits]:
    """Opens tabs: `visits(server, path="", width=1360, height=860, dark=False, script="", wire=None)`.

    The script runs in the page before its own; `wire` stands between the tab and the server.
    """
    opened: list[Visit] = []

    def visit(
        server: Server,
        path: str = "",
        width: int = 1360,
        height: int = 860,
        dark: bool = False,
        script: str = "",
        wire: Callable[[WebSocketRoute], None] | None = None,
    ) -> Visit:
        page = contexts[width < 600].new_page()
        page.set_viewport_size({"width": width, "height": height})
        page.emulate_media(color_scheme="dark" if dark else "light")
        page.add_init_script(f"{SHIFTS}\n{script}")
        if wire is not None:
            page.route_web_socket(STREAM, wire)
        opened.append(Visit(page, server.url))
        opened[-1].goto(path)
        return opened[-1]

    yield visit
    errors = [error for visit in opened for error in visit.errors]
    for each in opened:
        print(each)  # shown where the test has failed
        each.page.close()
    assert errors == []


def _ends_run(frame: bytes | str) -> bool:
    if isinstance(frame, str):
        return False
    message = ForwardMsg()
    message.ParseFromString(frame)
    return message.WhichOneof("type") == "script_finished"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("localhost", 0))
        return int(probe.getsockname()[1])
