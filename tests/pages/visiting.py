"""What tests of pages do: open one with a query, and read what it shows."""

import io
import re
from base64 import b64decode
from html import unescape
from pathlib import Path

import numpy as np
from PIL import Image
from streamlit.testing.v1 import AppTest

APP = Path(__file__).parents[2] / "app.py"
PICTURE = re.compile(r'<img src="data:image/png;base64,([^"]+)" alt="([^"]*)"')
FACT = re.compile(r"<dt>(?:<span[^>]*>)?([^<]*)(?:</span>)?</dt><dd>([^<]*)(?: <small>([^<]*)</small>)?</dd>")


def visit(page: str, model: str = "mnist-vae-2d", **query: str) -> AppTest:
    """The page `pages/<page>.py` after its first run, without an exception."""
    at = AppTest.from_file(str(APP), default_timeout=120).switch_page(f"pages/{page}.py")
    at.query_params["model"] = model
    for name, value in query.items():
        at.query_params[name] = value
    return run(at)


def run(at: AppTest) -> AppTest:
    """The same page after another run, without an exception."""
    at.run()
    assert not at.exception
    return at


def address(at: AppTest, name: str) -> str:
    """What the address says of a value; nothing of one at its default."""
    value = at.query_params.get(name, "")
    return value[-1] if isinstance(value, list) else value


def popover(at: AppTest, label: str) -> str:
    """What the browser knows a popover by; one that is opened stays so as long as this is the same."""
    return next(str(each.proto.id) for each in at.get("popover") if each.proto.popover.label == label)


def html(at: AppTest) -> str:
    """All HTML of the page."""
    return "".join(element.proto.body for element in at.get("html"))


def facts(at: AppTest) -> list[tuple[str, str, str]]:
    """Label, value and unit of all facts, in their order."""
    return FACT.findall(html(at))


def pictures(at: AppTest, caption: str) -> list[np.ndarray]:
    """Pixels in 0 to 255 of the pictures whose caption begins so, in their order."""
    found = (content for content, words in PICTURE.findall(html(at)) if words.startswith(caption))
    return [np.asarray(Image.open(io.BytesIO(b64decode(content)))) for content in found]


def rows(at: AppTest) -> list[list[str]]:
    """The cells of all table rows."""
    return [
        [unescape(cell) for cell in re.findall(r"<td>([^<]*)</td>", row)]
        for row in re.findall(r"<tr>(<td>.*?)</tr>", html(at))
    ]
