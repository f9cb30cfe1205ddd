"""Watches over the requests of one reading or listing: ends what is cancelled or stalls, refuses other answers.

A read timeout alone ends no connection on which a byte drips now and then, and a thread that waits for bytes asks
nobody whether it was cancelled. So the transport tells here which answers are on their way, and a thread beside, one
for all of a client's, shuts their sockets: to the client that is a broken connection, which it tries again three times,
and a new try of cancelled work is refused.
"""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

from azure.core.pipeline.transport import HttpTransport

from nsgflow_core.credentials.transport import Reply
from nsgflow_core.errors import SourceUnreachable
from nsgflow_core.sources.cancelling import IsCancelled, refuse_cancelled

STALL_SECONDS = 10.0
"""An answer of which nothing came for so long is given up, and asked for again."""
PIECE = 32 << 10
"""Bytes of an answer that are read at a time; a line so slow that they take STALL_SECONDS counts as dead."""
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
    """The HTTP client's response (urllib3); it counts the bytes that came, in pieces of `PIECE`."""
    most: int
    """Bytes that it may have."""
    moved: float
    """When the last bytes came."""
    watch: Watch
    bytes: int = 0

    @property
    def has_ended(self) -> bool:
        """True when nobody waits for it any more."""
        return bool(self.body.closed) or self.watch.is_over

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
        self.is_cancelled = is_cancelled
        self.is_over = False

    @property
    def hooks(self) -> dict[str, Any]:
        """Options for each call of the client, whose transport must be `Watched`."""
        return {"raw_request_hook": self._mark}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.is_over = True

    def _mark(self, request: Any) -> None:
        """Called before the first try of a request; the other tries send the same request."""
        setattr(request.http_request, _WATCH, self)

    def may_ask(self) -> None:
        """Raise Cancelled when no request is to be sent any more."""
        refuse_cancelled(self.is_cancelled)


class _Lookout:
    """The thread that looks over all answers on their way to one client; there is none while none is."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._open: list[_Download] = []
        self._thread: threading.Thread | None = None

    def follow(self, download: _Download) -> None:
        """Look over this answer, too."""
        with self._lock:
            self._open.append(download)
            if self._thread is None:
                self._thread = threading.Thread(target=self._look, name="nsgflow-watch", daemon=True)
                self._thread.start()

    def _look(self) -> None:
        while True:
            time.sleep(_LOOK_SECONDS)
            now = time.monotonic()
            with self._lock:
                open_ones = [each for each in self._open if not each.has_ended]
                is_cancelled = {watch: watch.is_cancelled() for watch in {each.watch for each in open_ones}}
                self._open = [
                    each for each in open_ones if not (is_cancelled[each.watch] or each.is_bad(now)) or each.break_off()
                ]
                if not self._open:
                    self._thread = None
                    return


class Watched(HttpTransport[Any, Any]):
    """A transport whose requests are watched over by the Watch that they were marked with, at every try."""

    def __init__(self, inner: Any) -> None:
        """`inner` sends: a OneHostTransport."""
        self._inner = inner
        self._lookout = _Lookout()

    def send(self, request: Any, **options: Any) -> Any:
        """Send it. The body is not waited for before the Watch knows of it."""
        watch: Watch | None = getattr(request, _WATCH, None)
        if watch is None:
            return self._inner.send(request, **options)
        watch.may_ask()
        is_stream = options.pop("stream", False)
        response = self._inner.send(request, stream=True, **options)
        try:
            self._lookout.follow(_download(request, response, watch))
            if not is_stream:
                response.read()
        except BaseException:
            response.close()
            raise
        if not is_stream:
            response.close()
        return response

    def fetch(self, url: str, headers: Mapping[str, str], most: int, watch: Watch) -> Reply | None:
        """One GET of at most so many bytes, as `OneHostTransport.fetch` sends it, watched over."""
        watch.may_ask()

        def follow(body: Any) -> None:
            self._lookout.follow(_Download(body, most, time.monotonic(), watch))

        answer: Reply | None = self._inner.fetch(url, headers, 206, most, follow)
        return answer

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


def _download(request: Any, response: Any, watch: Watch) -> _Download:
    """An answer whose headers are there. Raises SourceUnreachable when it is to another question."""
    return _Download(response.internal_response.raw, _most_bytes(request, response), time.monotonic(), watch)


def _most_bytes(request: Any, response: Any) -> int:
    """How long the answer's body may be. Raises SourceUnreachable when its headers tell of other bytes than asked for:
    taken for them, they would be rows."""
    asked = _ASKED.fullmatch(request.headers.get("x-ms-range") or request.headers.get("Range") or "")
    if not asked or response.status_code != 206:
        return MOST_BYTES
    answered = str(response.headers.get("Content-Range", ""))
    if not answers_range(asked[0], answered):
        raise SourceUnreachable(
            "The answer holds other bytes of the blob than those asked for.",
            "A proxy on the way may damage it: try again, or read past the proxy (NO_PROXY).",
        )
    first, last = _ends(_ANSWERED, answered)
    return last - first + 1


def answers_range(asked: str, answered: str) -> bool:
    """True when a Content-Range begins where the asked range does, and goes no further."""
    (first, last), (begins, ends) = _ends(_ASKED, asked), _ends(_ANSWERED, answered)
    return begins == first and 0 <= ends <= last


def _ends(form: re.Pattern[str], text: str) -> tuple[int, int]:
    """First and last byte of a range; (-1, -1) for a text that is none."""
    found = form.fullmatch(text.strip())
    return (int(found[1]), int(found[2])) if found else (-1, -1)
