"""What the server does once, before it serves the first visitor.

Each visitor's script runs in a thread of its own, so that imports on demand would race: plotly takes pandas
as soon as it stands in `sys.modules`, while another thread is still loading it.
"""

import asyncio
import pkgutil
import socket
import webbrowser
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib import import_module
from typing import Any

import streamlit as st

from vae import web

LAZY = ("pandas", "plotly.graph_objects", "vae.explorer", "vae.figures")  # imported on their first use else


@asynccontextmanager
async def lifespan(app: st.App) -> AsyncIterator[None]:
    """The server's life: it loads what pages need, then opens the browser where there is one."""
    load_pages()
    send_at_once(asyncio.get_running_loop())
    if not st.get_option("server.headless"):
        webbrowser.open(f"http://localhost:{st.get_option('server.port')}")
    yield


def load_pages() -> None:
    """Import everything that the pages import, which no visit then has to."""
    for name in LAZY:
        import_module(name)
    for module in pkgutil.walk_packages(web.__path__, f"{web.__name__}."):
        import_module(module.name)


def send_at_once(loop: asyncio.AbstractEventLoop) -> None:
    """Set TCP_NODELAY on what this loop is going to listen on; its connections take it over.

    asyncio itself sets it only for a socket that names TCP, as Streamlit's does not. Without it the second
    part of an answer, a file's content after its header, waits 40 ms for the client to acknowledge the first.
    """
    listen = loop.create_server

    async def create_server(*given: Any, sock: socket.socket | None = None, **options: Any) -> asyncio.Server:
        if sock is not None and sock.family in (socket.AF_INET, socket.AF_INET6):
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return await listen(*given, sock=sock, **options)

    setattr(loop, "create_server", create_server)  # noqa: B010 - mypy forbids to assign to a method
