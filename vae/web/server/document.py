"""The HTML document that Streamlit draws into, with our style sheets and scripts for the whole page in it.

They work before Streamlit has drawn anything: nothing moves when a style sheet arrives, and no entry of the
history is made on opening a page. What Streamlit asks for when the first elements have arrived is fetched
before; plotly, 4.7 MB, is started while the server runs the page, not before the page is asked for.
"""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit import file_util

from vae.assets import ASSETS
from vae.web.server import javascript

STYLES = (
    "streamlit",
    "style",
    "topbar",
    "home",
    "your_image",
    "stage",
    "map",
    "flow",
    "interpolate",
    "sheets",
    "compare",
    "results",
    "doctor",
    "images",
    "train/page",
    "theory/page",
    "live/sheet/sheet",
)
MODULES = "static/js"  # below Streamlit's folder
CHART = "PlotlyChart"  # what draws charts
ELEMENTS = (CHART, "PageLink", "Selectbox", "Checkbox", "BidiComponent", "Html")  # of nearly every page
IMPORTS = re.compile(rb"""(?:from|import)\s*["']\./([^"']+\.js)["']""")
HEAD = 20_000  # bytes of a module, with all its imports
START_CHART = """
const first = WebSocket.prototype.send;
WebSocket.prototype.send = function (...message) {
  WebSocket.prototype.send = first;
  first.apply(this, message);
  if (location.pathname !== "/") import("%s"); // Home has no chart: there it is started with the next page
};
"""
SCRIPTS = ("history", "topbar", "views", "marks", "upload")
CONDITIONS = {b"accept-encoding", b"if-none-match", b"if-modified-since"}  # for a whole document, as it is


class WithStyles:
    """ASGI middleware that adds the style sheets and the scripts to Streamlit's own document."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request; one for a document by the whole of it, with what is added."""
        if scope["type"] != "http" or "text/html" not in Headers(scope=scope).get("accept", ""):
            await self.app(scope, receive, send)
            return
        asked = [(name, value) for name, value in scope["headers"] if name not in CONDITIONS]
        await self.app({**scope, "headers": asked}, receive, _Answer(send))


class _Answer:
    """Passes an answer on; an HTML document when it is complete, with the addition at its end."""

    def __init__(self, send: Send) -> None:
        self.send = send
        self.start: Message = {}
        self.body = b""

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.start = message
            self.is_document = "text/html" in MutableHeaders(scope=message).get("content-type", "")
        if not self.start or not self.is_document:
            await self.send(message)
        elif message["type"] == "http.response.body":
            self.body += message.get("body", b"")
            if not message.get("more_body"):
                await self._finish()

    async def _finish(self) -> None:
        body = self.body.replace(b"</body>", addition() + b"</body>")
        headers = MutableHeaders(scope=self.start)
        headers["content-length"] = str(len(body))
        for name in ("etag", "last-modified"):
            del headers[name]
        await self.send(self.start)
        await self.send({"type": "http.response.body", "body": body})


@cache
def addition() -> bytes:
    """What is added: after Streamlit's own styles, so that ours win."""
    return "\n".join(_parts()).encode()


def _parts() -> Iterator[str]:
    for name in STYLES:
        yield f"<style>{(ASSETS / f'{name}.css').read_text(encoding='utf-8')}</style>"
    for name in SCRIPTS:
        yield f'<script type="module">{javascript.link(ASSETS / f"{name}.js")}</script>'
    folder = Path(file_util.get_static_dir()) / MODULES
    for name in _modules(folder):
        yield f'<link rel="modulepreload" href="./{MODULES}/{name}">'
    for path in folder.glob(f"{CHART}.*.js"):
        yield f'<script type="module">{START_CHART % f"./{MODULES}/{path.name}"}</script>'


def _modules(folder: Path) -> list[str]:
    """Names of the modules that the elements need, with all that these import, in this order."""
    names = [path.name for element in ELEMENTS for path in folder.glob(f"{element}.*.js")]
    for name in names:  # which grows on the way
        with (folder / name).open("rb") as file:
            imported = [each.decode() for each in IMPORTS.findall(file.read(HEAD))]
        names += [each for each in dict.fromkeys(imported) if each not in names and (folder / each).is_file()]
    return names
