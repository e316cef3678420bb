"""How fast the app answers in a headless browser: decoding live, a click, the start."""

import base64
import json
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.error import URLError

import numpy as np
from numpy.typing import NDArray
from playwright.sync_api import Browser, Page, sync_playwright

from vae import explorer
from vae.web.live import payloads

ROOT = Path(__file__).parents[2]
APP = "app.py"
FLAT, DEEP, CONVOLUTIONAL = "mnist-vae-2d", "mnist-vae-20d", "mnist-conv-vae-20d"
BROWSER = (
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-quic",
)
PATIENCE_S = 60.0
PATIENCE_MS = 1000 * PATIENCE_S
MOVES, CLICKS, DECODES = 180, 20, 300
LARGE = "decoder:large"  # key of `_large_decoder`
STRIP = 12  # images of a path

NO_LIVE_VIEW = "Object.defineProperty(window, '__latentLive', { get: () => undefined, set: () => {} })"
IN_CHART = "document.querySelector('.st-key-map .js-plotly-plot')"
PLACE = f"""([x, y]) => {{
    const chart = {IN_CHART}, box = chart.getBoundingClientRect(), {{ xaxis, yaxis }} = chart._fullLayout;
    return [box.left + xaxis._offset + xaxis.d2p(x), box.top + yaxis._offset + yaxis.d2p(y)];
}}"""
DECODE = """async ([key, count, batch]) => {
    const decoder = await window.__latentLive.get(key), times = [];
    const z = new Float32Array(batch * decoder.latentDim);
    for (let k = 0; k < count; k += 1) {
        z.fill(Math.sin(k));
        const begin = performance.now();
        decoder.decode(z, batch);
        times.push(performance.now() - begin);
    }
    return times;
}"""
PROVIDE = """(parcel) => {
    window.__latentLive.provide({}, Uint8Array.from(atob(parcel), (letter) => letter.charCodeAt(0)));
}"""
COUNT_FRAMES = """() => {
    window.seenFrames = [];
    const see = (now) => { window.seenFrames.push(now); window.counting = requestAnimationFrame(see); };
    window.counting = requestAnimationFrame(see);
}"""
END_FRAMES = "() => { cancelAnimationFrame(window.counting); return window.seenFrames; }"
COUNT_IMAGES = """(canvas) => new Promise((done) => {
    const context = canvas.getContext("2d"), begin = performance.now();
    let before = null, images = 0;
    const see = () => {
        const row = context.getImageData(28, 0, canvas.width - 28, 28).data;
        const now = String(row.reduce((a, b) => a + b, 0));
        images += now !== before;
        before = now;
        if (performance.now() - begin < 4000) requestAnimationFrame(see);
        else done(images / 4);
    };
    requestAnimationFrame(see);
})"""


@contextmanager
def served() -> Iterator[str]:
    """The address of the app, started as the README does, on a free port; it ends with the block.

    Raises:
        RuntimeError: with what the server printed, if it ends or does not answer in time.
    """
    with socket.socket() as probe:
        probe.bind(("localhost", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", APP, "--server.headless", "true"]
    with tempfile.TemporaryFile("w+") as log:
        server = subprocess.Popen(
            [*command, "--server.port", str(port)], cwd=ROOT, stdout=log, stderr=subprocess.STDOUT
        )
        try:
            if not _wait_for(server, f"http://localhost:{port}/_stcore/health"):
                log.seek(0)
                raise RuntimeError(f"The server did not start:\n{log.read()}")
            yield f"http://localhost:{port}"
        finally:
            server.terminate()
            server.wait()


def _wait_for(server: subprocess.Popen[bytes], url: str) -> bool:
    """Whether the server answers before it ends or the time is up."""
    deadline = time.monotonic() + PATIENCE_S
    while not _answers(url):
        if server.poll() is not None or time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:
            return bool(answer.status == 200)
    except (URLError, ConnectionError, TimeoutError):
        return False


@contextmanager
def browser_page() -> Iterator[Page]:
    """A tab of a headless Chromium, 1360 by 860."""
    with browser() as started:
        yield new_page(started)


@contextmanager
def browser() -> Iterator[Browser]:
    """A headless Chromium."""
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=path, args=BROWSER)
        yield started
        started.close()


def new_page(browser: Browser) -> Page:
    """A tab with nothing kept of earlier visits."""
    page = browser.new_page(viewport={"width": 1360, "height": 860})
    page.set_default_timeout(PATIENCE_MS)
    return page


def live() -> dict[str, Any]:
    """Figures of the live view: three decoders, pointer over 10,000 points of the 2-D map, all pairs."""
    with served() as url, browser_page() as page:
        sent: list[int] = []
        page.on("websocket", lambda socket: socket.on("framesent", lambda frame: sent.append(len(frame))))
        convolutional, decode = (_decode(page, url, name) for name in (CONVOLUTIONAL, DEEP))
        page.evaluate(PROVIDE, base64.b64encode(_large_decoder()).decode())
        large = {batch: page.evaluate(DECODE, [LARGE, DECODES // batch, batch]) for batch in (1, STRIP)}
        _open(page, f"{url}/interpolate?model={DEEP}&view=all-pairs")
        pairs = page.locator("canvas.many").evaluate(COUNT_IMAGES)
        _open(page, f"{url}/latent_map?model={FLAT}")
        _wait_for_map(page)
        frames, sent_bytes = _move(page, sent)
        return {
            "decode_ms_median": round(statistics.median(decode), 3),
            "decode_convolutional_ms_median": round(statistics.median(convolutional), 3),
            "decode_rgb_64x64_ms_median": round(statistics.median(large[1]), 3),
            f"decode_{STRIP}_rgb_64x64_ms_median": round(statistics.median(large[STRIP]), 3),
            "all_pairs_frames_per_second": round(pairs, 1),
            "frames_per_second_while_moving": round(frames, 1),
            "bytes_sent_while_moving": sent_bytes,
            "commit_ms_median": round(statistics.median(_click(page, _address_changed)), 1),
        }


def _decode(page: Page, url: str, name: str) -> list[float]:
    """Milliseconds for an image, again and again, of a model whose sliders are then open."""
    _open(page, f"{url}/sliders?model={name}")
    times: list[float] = page.evaluate(DECODE, [f"decoder:{explorer.load(name).fingerprint}", DECODES, 1])
    return times


def _large_decoder() -> bytes:
    """A random decoder as the server would send it: 64 x 64 RGB, 27 million multiply-adds an image."""
    latent_dim, channels, base = 32, (256, 128, 64, 32, 3), 4
    flat = channels[0] * base**2
    shapes = [(flat, latent_dim), *((inputs, outputs, 4, 4) for inputs, outputs in pairwise(channels))]
    noise = np.random.default_rng(0)
    arrays: dict[str, NDArray[Any]] = {}
    for k, (shape, outputs) in enumerate(zip(shapes, (flat, *channels[1:]), strict=True)):
        weight = noise.standard_normal(shape) / np.sqrt(np.prod(shape) / outputs)
        arrays |= {f"weight{k}": weight.astype(np.float16), f"bias{k}": np.zeros(outputs, np.float32)}
    image = {"height": 64, "width": 64, "channels": 3}
    header = {"kind": "decoder", "key": LARGE, "image": image, "activation": "silu", "head": "sigmoid"}
    return payloads.pack(header, arrays)


def click() -> dict[str, Any]:
    """From a click on the 2-D map with 10,000 points to the image that the server decoded, ms."""
    with served() as url, browser_page() as page:
        page.add_init_script(NO_LIVE_VIEW)
        page.goto(f"{url}/latent_map?model={FLAT}")
        _wait_for_map(page)
        times = _click(page, _image_changed)
        return {"click_ms_median": round(statistics.median(times), 1), "clicks": len(times)}


def start() -> dict[str, Any]:
    """From starting the server to the first chart on a page that is opened at once, seconds.

    The second session comes to the same server, from a browser that has nothing of the page yet.
    """
    with browser() as started:
        began = time.monotonic()
        with served() as url:
            first = _first_chart(new_page(started), url, began)
            second = _first_chart(new_page(started), url, time.monotonic())
        return {"first_chart_seconds": round(first, 2), "second_session_seconds": round(second, 2)}


def _first_chart(page: Page, url: str, began: float) -> float:
    """Seconds since `began` when the latent map stands."""
    page.goto(f"{url}/latent_map?model={FLAT}")
    page.wait_for_selector(".st-key-map .js-plotly-plot .main-svg")
    return time.monotonic() - began


def _open(page: Page, url: str) -> None:
    page.goto(url)
    page.wait_for_function("window.__latentLive?.stats().ready > 0")


def _wait_for_map(page: Page) -> None:
    page.wait_for_function(f"{IN_CHART}?._fullLayout?.xaxis?.d2p !== undefined")
    page.wait_for_selector("[data-testid=stApp][data-test-script-state=notRunning]")
    page.wait_for_timeout(1000)  # what the first run left to do


def _move(page: Page, sent: list[int]) -> tuple[float, int]:
    """Frames a second and bytes sent while the pointer moves over the map."""
    places = [page.evaluate(PLACE, [-2 + 4 * k / MOVES, ((k * 7) % 40) / 20 - 1]) for k in range(MOVES)]
    before = len(sent)
    page.evaluate(COUNT_FRAMES)
    for left, top in places:
        page.mouse.move(left, top)
    frames = page.evaluate(END_FRAMES)
    return 1000 * (len(frames) - 1) / (frames[-1] - frames[0]), sum(sent[before:])


def _click(page: Page, changed: Callable[[Page], str]) -> list[float]:
    """Milliseconds from each of several clicks on the map until what `changed` watches has changed."""
    times = []
    for k in range(CLICKS):
        left, top = page.evaluate(PLACE, [-1.5 + 3 * k / CLICKS, 0.9 * (-1) ** k])
        watch = changed(page)
        page.mouse.move(left, top)
        page.wait_for_timeout(400)  # a hand rests before it clicks; a sooner one would be a double click
        late = f"setTimeout(() => fail(Error('nothing changed after the click')), {PATIENCE_MS})"
        promise = f"new Promise((done, fail) => {{ {watch}; {late}; }}).then(() => performance.now())"
        page.evaluate(f"() => {{ window.changed = {promise}; }}")  # not awaited here
        page.evaluate("addEventListener('pointerup', () => { window.clicked = performance.now(); }, true)")
        page.mouse.click(left, top)
        times.append(page.evaluate("async () => (await window.changed) - window.clicked"))
    return times


def _address_changed(page: Page) -> str:
    before = json.dumps(page.evaluate("location.search"))
    return f"const see = () => location.search === {before} ? setTimeout(see, 2) : done(); see();"


def _image_changed(page: Page) -> str:
    page.wait_for_selector("[data-testid=stApp][data-test-script-state=notRunning]")
    source = "document.querySelector('.vae-picture img')?.src"
    before = json.dumps(page.evaluate(source))
    return f"const see = () => [{before}, undefined].includes({source}) ? setTimeout(see, 2) : done(); see();"
