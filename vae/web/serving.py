"""What the server does once, before it serves the first visitor.

Each visitor's script runs in a thread of its own, so that imports on demand would race: plotly takes pandas
as soon as it stands in `sys.modules`, while another thread is still loading it.
"""

import pkgutil
import webbrowser
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib import import_module

import streamlit as st

from vae import web

LAZY = ("pandas", "plotly.graph_objects", "vae.explorer", "vae.figures")  # imported on their first use else


@asynccontextmanager
async def lifespan(app: st.App) -> AsyncIterator[None]:
    """The server's life: it loads what pages need, then opens the browser where there is one."""
    load_pages()
    if not st.get_option("server.headless"):
        webbrowser.open(f"http://localhost:{st.get_option('server.port')}")
    yield


def load_pages() -> None:
    """Import everything that the pages import, which no visit then has to."""
    for name in LAZY:
        import_module(name)
    for module in pkgutil.walk_packages(web.__path__, f"{web.__name__}."):
        import_module(module.name)
