"""Watches over the requests of one reading or listing: ends what is cancelled or stalls, refuses other answers.

A read timeout alone ends no connection on which a byte drips now and then, and a thread that waits for bytes asks
nobody whether it was cancelled. So the transport tells here which answers are on their way, and a thread beside shuts
their sockets: to the client that is a broken connection, which it tries again three times, and a new try of cancelled
work is refused.
"""

from __future__ import annotations

import re
import threading
import time
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

from azure.core.pipeline.transport import HttpTransport

from nsgflow_core.errors import SourceUnreachable
from nsgflow_core.sources.cancelling import IsCancelled, refuse_cancelled

STALL_SECONDS = 10.0
"""An answer of which nothing came for so long is given up, and asked for again."""
MOST_BYTES = 64 << 20
"""Of an answer that is no range: a page of 5,000 blobs has some MB."""
_LOOK_SECONDS = 0.2
_WATCH = "nsgflow_watch"
_ASKED = re.compile(r"bytes=(\d+)-(\d+)")
_ANSWERED = re.compile(r"bytes (\d+)-(\d+)/(\d+|\*)", re.IGNORECASE)


@dataclass
class _Download:
    """An answer whose body is on its way."""

    body: Any
    """The HTTP client's response (urllib3); it counts the bytes that came in pieces of 4 KB."""
    most: int
    """Bytes that it may have."""
    moved: float
    """When the last bytes came."""
    bytes: int = 0

    def is_bad(self, now: float) -> bool:
        """True when nothing came for STALL_SECONDS, or more than was asked for."""
        came = self.body.tell()
        if came != self.bytes:
            self.bytes, self.moved = came, now
        return now - self.moved > STALL_SECONDS or came > self.most

    def break_off(self) -> bool:
        """Shut the socket; False when the answer is read to its end and the socket no longer its own."""
        try:
            self.body.shutdown()
        except (RuntimeError, ValueError, OSError):
            return False
        return True


class Watch:
    """with Watch(is_cancelled) as watch: client.download_blob(..., **watch.hooks)"""

    def __init__(self, is_cancelled: IsCancelled) -> None:
        """`is_cancelled` is asked from several threads."""
        self._is_cancelled = is_cancelled
        self._lock = threading.Lock()
        self._open: list[_Download] = []

    @property
    def hooks(self) -> dict[str, Any]:
        """Options for each call of the client, whose transport must be `Watched`."""
        return {"raw_request_hook": self._mark}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        _LOOKOUT.leave(self)

    def _mark(self, request: Any) -> None:
        """Called before the first try of a request; the other tries send the same request."""
        setattr(request.http_request, _WATCH, self)

    def may_ask(self) -> None:
        """Raise Cancelled when no request is to be sent any more."""
        refuse_cancelled(self._is_cancelled)

    def follow(self, request: Any, response: Any) -> None:
        """Take an answer whose headers are there. Raises SourceUnreachable when it is to another question."""
        body = response.internal_response.raw
        download = _Download(body, _most_bytes(request, response), time.monotonic())
        with self._lock:
            self._open = [*(each for each in self._open if not each.body.closed), download]
        _LOOKOUT.join(self)

    def look(self) -> None:
        """Break off what is cancelled or stalls."""
        now, is_cancelled = time.monotonic(), self._is_cancelled()
        with self._lock:
            self._open = [each for each in self._open if not (is_cancelled or each.is_bad(now)) or each.break_off()]


class _Lookout:
    """The one thread that looks at all watches with answers on their way; it ends when there are none.

    A thread for each would take a third of what a small blob takes.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._watches: set[Watch] = set()
        self._thread: threading.Thread | None = None

    def join(self, watch: Watch) -> None:
        """Look at it from now on."""
        with self._lock:
            self._watches.add(watch)
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._look, name="nsgflow-watch", daemon=True)
                self._thread.start()

    def leave(self, watch: Watch) -> None:
        """Look at it no more."""
        with self._lock:
            self._watches.discard(watch)

    def _look(self) -> None:
        while watches := self._joined():
            for watch in watches:
                watch.look()
            time.sleep(_LOOK_SECONDS)

    def _joined(self) -> list[Watch]:
        """The watches; without any the thread is over, and the next one begins another."""
        with self._lock:
            if not self._watches:
                self._thread = None
            return list(self._watches)


_LOOKOUT = _Lookout()


class Watched(HttpTransport[Any, Any]):
    """A transport whose requests are watched over by the Watch that they were marked with, at every try."""

    def __init__(self, inner: Any) -> None:
        """`inner` sends: a RequestsTransport."""
        self._inner = inner

    def send(self, request: Any, **options: Any) -> Any:
        """Send it. The body is not waited for before the Watch knows of it."""
        watch: Watch | None = getattr(request, _WATCH, None)
        if watch is None:
            return self._inner.send(request, **options)
        watch.may_ask()
        is_stream = options.pop("stream", False)
        response = self._inner.send(request, stream=True, **options)
        try:
            watch.follow(request, response)
            if not is_stream:
                response.read()
        except BaseException:
            response.close()
            raise
        if not is_stream:
            response.close()
        return response

    def open(self) -> None:
        """As the inner transport does."""
        self._inner.open()

    def close(self) -> None:
        """As the inner transport does."""
        self._inner.close()

    def sleep(self, duration: float) -> None:
        """As the inner transport does."""
        self._inner.sleep(duration)

    def __enter__(self) -> Self:
        self._inner.__enter__()
        return self

    def __exit__(self, *ended: Any) -> None:
        self._inner.__exit__(*ended)


def _most_bytes(request: Any, response: Any) -> int:
    """How long the answer's body may be. Raises SourceUnreachable when its headers tell of other bytes than asked for:
    taken for them, they would be rows."""
    asked = _ASKED.fullmatch(request.headers.get("x-ms-range") or request.headers.get("Range") or "")
    if not asked or response.status_code != 206:
        return MOST_BYTES
    answered = _ANSWERED.fullmatch(str(response.headers.get("Content-Range", "")).strip())
    if not answered or answered[1] != asked[1] or int(answered[2]) > int(asked[2]):
        raise SourceUnreachable(
            "The answer holds other bytes of the blob than those asked for.",
            "A proxy on the way may damage it: try again, or read past the proxy (NO_PROXY).",
        )
    return int(answered[2]) - int(answered[1]) + 1
