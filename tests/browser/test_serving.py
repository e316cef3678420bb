"""The server as many meet it at once: sessions in Streamlit's own protocol, without a browser around them."""

import asyncio
import socket
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import connect
from websockets.typing import Origin, Subprotocol

from tests.browser.conftest import PATIENCE, ROOT, Server, Visits
from vae.web.server import start

PAGES = ["", *(path.stem for path in sorted((ROOT / "pages").glob("*.py")))]  # the first one is Home


@pytest.fixture
def cold(tmp_path: Path) -> Iterator[Server]:
    """A server that the test starts."""
    server = Server(tmp_path / "log.txt")
    yield server
    server.stop()


def exceptions(server: Server, page: str) -> list[str]:
    """Open a page as a browser does; the exceptions that it shows at the end of its first run."""
    address, ask = server.url.replace("http", "ws") + "/_stcore/stream", BackMsg()
    ask.rerun_script.page_name = page
    shown: list[str] = []
    with connect(
        address, origin=Origin(server.url), subprotocols=[Subprotocol("streamlit")], max_size=None
    ) as tab:
        tab.send(ask.SerializeToString())
        while True:
            answer = ForwardMsg()
            answer.ParseFromString(tab.recv(PATIENCE, decode=False))
            if answer.WhichOneof("type") == "script_finished":
                return shown
            if answer.delta.new_element.WhichOneof("type") == "exception":
                shown.append(f"{page}: {answer.delta.new_element.exception.message}")


def test_twelve_visitors_at_once_on_a_cold_server_meet_no_error(cold: Server) -> None:
    cold.start()
    with ThreadPoolExecutor(len(PAGES)) as visitors:
        shown = [*visitors.map(lambda page: exceptions(cold, page), PAGES)]
    assert not any(shown), cold.log.read_text()


def test_an_answer_does_not_wait_for_an_acknowledgement_of_its_header() -> None:
    """The kernel would hold its second part back for 40 ms."""

    async def delays(prepare: Callable[[asyncio.AbstractEventLoop], None]) -> bool:
        loop, accepted = asyncio.get_running_loop(), asyncio.Event()
        kept: list[socket.socket] = []

        class Listener(asyncio.Protocol):
            def connection_made(self, transport: asyncio.BaseTransport) -> None:
                kept.append(transport.get_extra_info("socket"))
                accepted.set()

        prepare(loop)
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as listening:  # as Streamlit
            listening.bind(("127.0.0.1", 0))
            async with await loop.create_server(Listener, sock=listening):
                with socket.create_connection(listening.getsockname()):
                    await accepted.wait()
                    return not kept[0].getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)

    with ThreadPoolExecutor(1) as thread:  # in this one the browser's loop may be running
        assert thread.submit(lambda: asyncio.run(delays(lambda loop: None))).result()  # else it can go
        assert not thread.submit(lambda: asyncio.run(delays(start.send_at_once))).result()


def test_what_draws_charts_is_fetched_before_it_is_asked_for(server: Server, visits: Visits) -> None:
    visit = visits(server, "sliders")  # without a chart
    fetched = "performance.getEntriesByType('resource').filter(({ name }) => name.includes('PlotlyChart'))"
    visit.page.wait_for_function(f"{fetched}.length === 1")
