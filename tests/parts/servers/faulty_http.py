"""A proxy in front of a storage account that damages the answers it is told to, in the ways that networks do.

with run_faulty_proxy(emulator.url) as proxy:
    proxy.faults["macAddress=00005E005302"] = BLOB_FAULTS["reset in the body"]
    open_source(connection_string_of(proxy.url))
"""

from __future__ import annotations

import http.client
import socket
import struct
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit

from tests.parts.azurite import ACCOUNT, KEY

HTML = b"<!DOCTYPE html><html><body><a href='/sign-in'>Sign in to the network</a></body></html>"
_HOP_BY_HOP = {"connection", "keep-alive", "transfer-encoding", "date", "server"}


@dataclass
class Answer:
    """What the account answered, before anything is done to it."""

    status: int
    headers: dict[str, str]
    body: bytes
    nth: int
    """How often this place was asked for before."""
    query: dict[str, list[str]]


class _Handler(BaseHTTPRequestHandler):
    """Forwards a request, and hands the answer to the fault that is set for its place."""

    protocol_version = "HTTP/1.1"
    server: FaultyProxy

    def do_GET(self) -> None:
        proxy = self.server
        place = unquote(self.path)
        with proxy.lock:
            proxy.asked[urlsplit(place).path] += 1
            nth = proxy.asked[urlsplit(place).path] - 1
        length = int(self.headers.get("Content-Length") or 0)
        upstream = http.client.HTTPConnection(proxy.upstream)
        upstream.request(self.command, self.path, self.rfile.read(length), dict(self.headers))
        told = upstream.getresponse()
        headers = {name.lower(): value for name, value in told.getheaders() if name.lower() not in _HOP_BY_HOP}
        answer = Answer(told.status, headers, told.read(), nth, parse_qs(urlsplit(self.path).query))
        upstream.close()
        fault = next((fault for part, fault in proxy.faults.items() if part in place), None)
        with suppress(OSError):
            (fault or Handing.on)(Handing(self, proxy), answer)

    do_HEAD = do_GET  # noqa: N815

    def log_message(self, *_: object) -> None:
        return


class FaultyProxy(ThreadingHTTPServer):
    """The proxy: `faults` has a part of a path or query -> what is done to the answer."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, upstream: str) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.upstream = urlsplit(upstream).netloc
        self.faults: dict[str, Fault] = {}
        self.asked: Counter[str] = Counter()
        self.lock = threading.Lock()
        self.is_over = threading.Event()

    @property
    def url(self) -> str:
        """The account's URL through the proxy."""
        return f"http://127.0.0.1:{self.server_port}/{ACCOUNT}"

    @property
    def connection_string(self) -> str:
        """The account through the proxy."""
        return f"DefaultEndpointsProtocol=http;AccountName={ACCOUNT};AccountKey={KEY};BlobEndpoint={self.url};"

    def handle_error(self, *_: object) -> None:
        """A client that hangs up is what is tried here."""


@contextmanager
def run_faulty_proxy(upstream: str) -> Iterator[FaultyProxy]:
    """A proxy in front of an account's URL, on a port of its own."""
    proxy = FaultyProxy(upstream)
    thread = threading.Thread(target=proxy.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield proxy
    finally:
        proxy.is_over.set()
        proxy.shutdown()
        proxy.server_close()


@dataclass
class Handing:
    """Ways to hand an answer on."""

    handler: _Handler
    proxy: FaultyProxy
    changes: dict[str, str] = field(default_factory=dict)

    def head(self, answer: Answer, length: str | None = None) -> None:
        """Status and headers."""
        self.handler.send_response_only(answer.status)
        headers = answer.headers | {"content-length": length or str(len(answer.body))} | self.changes
        if "transfer-encoding" in headers:
            del headers["content-length"]
        for name, value in headers.items():
            self.handler.send_header(name, value)
        self.handler.end_headers()
        self.handler.wfile.flush()

    def body(self, content: bytes) -> None:
        """Bytes of the body."""
        if self.handler.command != "HEAD":
            self.handler.wfile.write(content)
            self.handler.wfile.flush()

    def on(self, answer: Answer) -> None:
        """As it is."""
        self.head(answer, answer.headers.get("content-length") if self.handler.command == "HEAD" else None)
        self.body(answer.body)

    def half(self, answer: Answer) -> None:
        """All headers, and half of the body."""
        self.head(answer)
        self.body(answer.body[: len(answer.body) // 2])

    def close(self) -> None:
        """No more on this connection."""
        self.handler.close_connection = True

    def reset(self) -> None:
        """The connection breaks at once, with RST."""
        self.handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.handler.connection.close()
        self.close()

    def wait(self, seconds: float = 120) -> None:
        """Say nothing for so long, or until the proxy ends."""
        self.proxy.is_over.wait(seconds)


Fault = Callable[[Handing, Answer], None]
