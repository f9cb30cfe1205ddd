"""A gate before the storage emulator: blobs pass one by one as the test lets them; listings always pass."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

from tests.parts.azurite import Emulator

PATIENCE = 90.0


@dataclass
class Gate:
    """What stands between the client and the emulator; `account` is the emulator behind it."""

    account: Emulator
    _passes: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    _is_open: threading.Event = field(default_factory=threading.Event)

    def let(self, blobs: int) -> None:
        """Let so many more readings of a blob through."""
        self._passes.release(blobs)

    def open(self) -> None:
        """Let everything through from now on."""
        self._is_open.set()
        self._passes.release(1000)

    def wait(self) -> None:
        """Until a reading may pass."""
        if not self._is_open.is_set():
            self._passes.acquire(timeout=PATIENCE)


@contextmanager
def run_gate(account: Emulator) -> Iterator[Gate]:
    """A closed gate on a free port of loopback."""
    behind = urlsplit(account.url)

    class Keeper(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            if "comp=" not in self.path and "restype=" not in self.path:
                gate.wait()
            asked = HTTPConnection(behind.hostname or "", behind.port or 0, timeout=PATIENCE)
            asked.request("GET", self.path, headers=dict(self.headers))
            answer = asked.getresponse()
            content = answer.read()
            self.send_response(answer.status)
            for name, value in answer.getheaders():
                if name.lower() not in ("transfer-encoding", "content-length", "connection", "keep-alive"):
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)
            asked.close()

        def log_message(self, *_words: object) -> None:
            """Not to the test's output."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Keeper)
    server.daemon_threads = True
    gate = Gate(Emulator(f"http://127.0.0.1:{server.server_address[1]}{behind.path}"))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield gate
    finally:
        gate.open()
        server.shutdown()
        server.server_close()
