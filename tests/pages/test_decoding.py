"""The address at which the server decodes: codes in, levels out, and nothing else is answered."""

from typing import Any

import numpy as np
import pytest
from starlette.applications import Starlette

from tests.pages import strangers
from tests.pages.answered import answered
from vae.web.server import decoding

APP = Starlette(routes=[decoding.ROUTE])


def post(path: str, body: bytes, kind: str = decoding.BYTES, method: str = "POST") -> tuple[int, bytes]:
    """Status and body of the answer."""
    sent: list[Any] = []
    parts = [{"type": "http.request", "body": body[:100], "more_body": True}]
    parts.append({"type": "http.request", "body": body[100:], "more_body": False})

    async def receive() -> Any:
        return parts.pop(0)

    async def send(message: Any) -> None:
        sent.append(message)

    headers = [(b"content-type", kind.encode())]
    scope = {"type": "http", "method": method, "path": path, "query_string": b"", "headers": headers}
    answered(APP, scope, receive, send)
    return sent[0]["status"], b"".join(message.get("body", b"") for message in sent[1:])


def test_codes_are_answered_by_the_levels_of_their_images() -> None:
    model = strangers.model("foreign-3d")
    z = np.random.default_rng(0).standard_normal((5, 3), np.float32)
    status, levels = post(decoding.offer(model), z.tobytes())
    assert status == 200
    expected = 255 * model.decode(z)
    np.testing.assert_allclose(np.frombuffer(levels, np.uint8), expected.ravel(), atol=0.51)


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"", decoding.BYTES, 400),
        (b"12345", decoding.BYTES, 400),
        (np.full(3, np.nan, np.float32).tobytes(), decoding.BYTES, 400),
        (np.full(3, 1e9, np.float32).tobytes(), decoding.BYTES, 400),
        (bytes(12 * decoding.MOST_CODES + 12), decoding.BYTES, 400),
        (bytes(12), "text/plain", 415),
    ],
)
def test_anything_else_is_refused(body: bytes, kind: str, status: int) -> None:
    assert post(decoding.offer(strangers.model("foreign-3d")), body, kind)[0] == status


def test_a_model_that_no_page_has_offered_is_not_decoded() -> None:
    assert post(f"{decoding.FOLDER}/nothing", bytes(12))[0] == 404
    assert post(decoding.offer(strangers.model("foreign-3d")), bytes(12), method="GET")[0] == 405


def test_of_many_models_those_offered_last_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decoding, "OFFERED", 1)
    first = decoding.offer(strangers.model("foreign-3d"))
    decoding.offer(strangers.model("blobs-3d"))
    assert post(first, bytes(12))[0] == 404
