"""An answer that is cut, wherever: said as what it is, by clients and commands, and nothing of it is repeated."""

from __future__ import annotations

import logging
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import pytest

from nsgflow_core.__main__ import main
from nsgflow_core.errors import StoreUnreachable
from nsgflow_core.stores.data_explorer.client import ClusterClient
from nsgflow_core.stores.log_analytics.client import WorkspaceClient

pytestmark = pytest.mark.usefixtures("stub_token")
ROWS = b'{"tables":[{"name":"PrimaryResult","columns":[{"name":"secret-nsg","type":"int"}],"rows":[[1],[2'
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n"
BROKE, NONE = "broke", "not a query result"
ANSWERS: dict[str, tuple[bytes, str]] = {
    "nothing": (b"", BROKE),
    "no HTTP": (b"secret-nsg\r\n\r\n", BROKE),
    "an endless head": (b"HTTP/1.1 200 OK\r\nX: " + b"a" * 70_000 + b"\r\n\r\n", BROKE),
    "less than it says": (HEAD + b"Content-Length: 100000\r\n\r\n" + ROWS, BROKE),
    "half a chunk": (HEAD + b"Transfer-Encoding: chunked\r\n\r\nff\r\n" + ROWS, BROKE),
    "no gzip": (HEAD + b"Content-Encoding: gzip\r\nContent-Length: 10\r\n\r\nsecret-nsg", BROKE),
    "until the end": (HEAD + b"\r\n" + ROWS, NONE),
    "half as long as it says": (HEAD + b"Content-Length: %d\r\n\r\n" % len(ROWS) + ROWS, NONE),
}
CLIENTS: dict[str, Callable[[str], WorkspaceClient | ClusterClient]] = {
    "workspace": lambda url: WorkspaceClient("ws", endpoint=url, first_wait=0.01),
    "cluster": lambda url: ClusterClient(url, "net", first_wait=0.01),
}


@contextmanager
def saying(answer: bytes) -> Iterator[str]:
    """A place that says this to whoever asks, and hangs up."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def run() -> None:
            with suppress(OSError):
                while True:
                    asking, _ = server.accept()
                    with asking:
                        request = b""
                        while b"\r\n\r\n" not in request or not request.rstrip().endswith(b"}"):
                            request += asking.recv(65536)
                        asking.sendall(answer)

        threading.Thread(target=run, daemon=True).start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}"
        server.shutdown(socket.SHUT_RDWR)


@pytest.mark.parametrize("client", CLIENTS)
@pytest.mark.parametrize("kind", ANSWERS)
def test_it_is_said_as_what_it_is(kind: str, client: str) -> None:
    answer, told = ANSWERS[kind]
    with saying(answer) as url, pytest.raises(StoreUnreachable, match=told) as caught:
        CLIENTS[client](url).run("print 1")
    assert "secret-nsg" not in str(caught.value)
    assert "502" not in str(caught.value), "nobody said so"


@pytest.mark.parametrize("kind", ["less than it says", "half a chunk", "until the end"])
def test_a_command_says_one_line(
    kind: str, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    """Other packages have words of their own for it, which Python prints where nobody listens to them."""
    monkeypatch.setattr(logging.root, "handlers", [])
    with saying(ANSWERS[kind][0]) as url:
        monkeypatch.setenv("NSGFLOW_LOGS_ENDPOINT", url)
        assert main(["denied", "--workspace", "00000000-0000-4000-8000-00000000000a"]) == 2
    said = capfdbinary.readouterr().err.decode()
    assert said.startswith("nsgflow: The ")
    assert said.count("\n") == 1
