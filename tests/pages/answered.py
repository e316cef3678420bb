"""An application of the server, asked in this process."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from starlette.types import ASGIApp, Receive, Send


def answered(app: ASGIApp, scope: dict[str, Any], receive: Receive, send: Send) -> None:
    """Ask it once, in another thread: in this one the loop of a browser may be running."""

    async def ask() -> None:
        await app(scope, receive, send)

    with ThreadPoolExecutor(1) as thread:
        thread.submit(lambda: asyncio.run(ask())).result()
