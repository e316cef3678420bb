"""The HTML document that Streamlit draws into, with our style sheets and scripts for the whole page in it.

They work before Streamlit has drawn anything: nothing moves when a style sheet arrives, and no entry of the
history is made on opening a page. Plotly, 4.7 MB that Streamlit asks for when the first chart has arrived, is
fetched and started while the server still runs the page.
"""

from collections.abc import Iterator
from functools import cache
from pathlib import Path

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit import file_util

ASSETS = Path(__file__).parents[2] / "assets"
STYLES = ("style", "stage", "flow", "sheets", "compare", "theory/page")
CHARTS = "static/js/PlotlyChart.*.js"  # below Streamlit's folder: what draws charts
SCRIPTS = ("history", "views")
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
        yield f'<script type="module">{(ASSETS / f"{name}.js").read_text(encoding="utf-8")}</script>'
    for path in Path(file_util.get_static_dir()).glob(CHARTS):
        file = f"./static/js/{path.name}"
        yield f'<link rel="modulepreload" href="{file}">'
        # Home has no chart: there it is started with the next page
        yield f'<script type="module">if (location.pathname !== "/") import("{file}");</script>'
