"""A proxy in front of a storage account that damages the answers it is told to, in the ways that networks do.

with run_faulty_proxy(emulator.url) as proxy:
    proxy.faults["macAddress=00005E005302"] = BLOB_FAULTS["reset in the body"]
    open_source(connection_string_of(proxy.url))
"""

from __future__ import annotations

import gzip
import http.client
import re
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


def other(status: int, body: bytes, **headers: str) -> Fault:
    """Another answer in the place of the account's, with only these headers."""

    def answer_otherwise(hand: Handing, _answer: Answer) -> None:
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        hand.on(Answer(status, given, body, 0, {}))

    return answer_otherwise


def changed(**headers: str) -> Fault:
    """The account's answer with other headers."""

    def change(hand: Handing, answer: Answer) -> None:
        hand.changes = {name.replace("_", "-"): value for name, value in headers.items()}
        hand.on(answer)
        hand.close()

    return change


def _stall_first(hand: Handing, answer: Answer) -> None:
    hand.wait()
    hand.close()


def _stall_inside(hand: Handing, answer: Answer) -> None:
    hand.half(answer)
    hand.wait()
    hand.close()


def _stall_then_drip(hand: Handing, answer: Answer) -> None:
    (_stall_first if answer.nth == 0 else _drip)(hand, answer)


def _stall_once(hand: Handing, answer: Answer) -> None:
    (_stall_inside if answer.nth == 0 else Handing.on)(hand, answer)


def _reset_first(hand: Handing, answer: Answer) -> None:
    hand.reset()


def _reset_inside(hand: Handing, answer: Answer) -> None:
    hand.half(answer)
    hand.reset()


def _cut(hand: Handing, answer: Answer) -> None:
    hand.half(answer)
    hand.close()


def _short(hand: Handing, answer: Answer) -> None:
    half = answer.body[: len(answer.body) // 2]
    hand.on(Answer(answer.status, answer.headers, half, 0, {}))


def _garbage(hand: Handing, answer: Answer) -> None:
    hand.on(Answer(answer.status, answer.headers, b"\x00\x91" * (len(answer.body) // 2), 0, {}))


def _other_range(hand: Handing, answer: Answer) -> None:
    hand.changes = {"content-range": re.sub(r"bytes (\d+)-(\d+)", r"bytes 7\1-7\2", answer.headers["content-range"])}
    hand.on(answer)


def _busy_twice(hand: Handing, answer: Answer) -> None:
    (other(503, b"", x_ms_error_code="ServerBusy") if answer.nth < 2 else Handing.on)(hand, answer)


def _gzipped(hand: Handing, answer: Answer) -> None:
    hand.changes = {"content-encoding": "gzip"}
    hand.on(Answer(answer.status, answer.headers, gzip.compress(answer.body), 0, {}))


def _drip(hand: Handing, answer: Answer) -> None:
    hand.head(answer)
    for at in range(len(answer.body)):
        hand.body(answer.body[at : at + 1])
        hand.wait(0.1)
        if hand.proxy.is_over.is_set():
            break
    hand.close()


def _endless(hand: Handing, answer: Answer) -> None:
    hand.changes = {"transfer-encoding": "chunked"}
    hand.head(Answer(answer.status, {k: v for k, v in answer.headers.items() if k != "content-length"}, b"", 0, {}))
    block = b"10000\r\n" + b"," * 0x10000 + b"\r\n"
    while not hand.proxy.is_over.is_set():
        hand.body(block)
    hand.close()


BLOB_FAULTS: dict[str, Fault] = {
    "stall before the answer": _stall_first,
    "stall in the body": _stall_inside,
    "slow drip": _drip,
    "stall, then slow drip": _stall_then_drip,
    "reset before the answer": _reset_first,
    "reset in the body": _reset_inside,
    "truncated body": _cut,
    "short body": _short,
    "endless body": _endless,
    "empty body": lambda hand, answer: hand.on(Answer(answer.status, answer.headers, b"", 0, {})),
    "garbage of the same length": _garbage,
    "other Content-Range": _other_range,
    "damaged Content-Range": changed(content_range="bytes one-two/many"),
    "no sense in Content-Length": changed(content_length="many"),
    "HTML with status 200": other(200, HTML, content_type="text/html"),
    "HTML with status 206": other(206, HTML, content_type="text/html"),
    "redirect": other(302, b"", location="http://attacker.example/sign-in"),
    "redirect to itself": other(307, b"", location="/"),
    "gzip on the way": _gzipped,
    "500 for ever": other(500, b"", x_ms_error_code="InternalError"),
    "503 for ever": other(503, b""),
    "403 of a firewall": other(403, HTML, content_type="text/html"),
    "another ETag": changed(etag='"0x0"'),
}
"""What is done to the answers for one blob, for ever."""

PASSING_FAULTS: dict[str, Fault] = {"503 then fine": _busy_twice, "stall once": _stall_once}
"""What is over when it is asked for again."""


def _pages(one_page: Callable[[Answer], tuple[str, str]]) -> Fault:
    def answer_page(hand: Handing, answer: Answer) -> None:
        entries, marker = one_page(answer)
        body = (
            f'<?xml version="1.0" encoding="utf-8"?><EnumerationResults ServiceEndpoint="x" ContainerName="x">'
            f"<Blobs>{entries}</Blobs><NextMarker>{marker}</NextMarker></EnumerationResults>"
        )
        hand.on(Answer(200, {"content-type": "application/xml"}, body.encode(), 0, {}))

    return answer_page


def _folder_below(answer: Answer) -> str:
    folder = answer.query.get("prefix", [""])[0]
    return f"<BlobPrefix><Name>{folder}deeper/</Name></BlobPrefix>"


_JUNK = (
    "<Blob><Name>junk{n}.json</Name><Properties><Etag>0x1</Etag><Content-Length>1</Content-Length>"
    "<BlobType>BlockBlob</BlobType></Properties></Blob>"
)

LIST_FAULTS: dict[str, Fault] = {
    "the same marker for ever": _pages(lambda answer: ("", "again")),
    "ever new empty pages": _pages(lambda answer: ("", f"page{answer.nth}")),
    "ever new pages of junk": _pages(lambda answer: (_JUNK.format(n=answer.nth), f"page{answer.nth}")),
    "a folder below each folder": _pages(lambda answer: (_folder_below(answer), "")),
    "a folder in itself": _pages(
        lambda answer: (f"<BlobPrefix><Name>{answer.query.get('prefix', ['a/'])[0]}</Name></BlobPrefix>", "")
    ),
    "names of another folder": _pages(lambda answer: ("<BlobPrefix><Name>../../etc/</Name></BlobPrefix>", "")),
    "garbage XML": other(200, b"<?xml version='1.0'?><Enumeration\xff\xfe<<<", content_type="application/xml"),
    "half XML": _cut,
    "HTML with status 200": BLOB_FAULTS["HTML with status 200"],
    "empty body": other(200, b"", content_type="application/xml"),
    "redirect": BLOB_FAULTS["redirect"],
    "500 for ever": BLOB_FAULTS["500 for ever"],
    "stall in the body": _stall_inside,
    "slow drip": _drip,
    "endless body": _endless,
    "reset before the answer": _reset_first,
}
"""What is done to the answers for a listing, for ever."""
