"""Watches over the requests of one reading or listing: ends what is cancelled or stalls, refuses other answers.

A read timeout alone ends no connection on which a byte drips now and then, and a thread that waits for bytes asks
nobody whether it was cancelled. So the client's own hooks tell here what is on its way, and a thread beside shuts its
socket: to the client that is a broken connection, which it tries again, and a new try of cancelled work is refused.

Of the hooks (azure-storage-blob 12.31) `raw_request_hook` is called at the first try of a request alone, `retry_hook`
before each other; `raw_response_hook` is forgotten when the first try broke off, so its place in the request's context
is filled instead, where it stays.
"""

from __future__ import annotations

import re
import threading
import time
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

from nsgflow_core.errors import SourceUnreachable
from nsgflow_core.sources.cancelling import IsCancelled, refuse_cancelled

STALL_SECONDS = 10.0
"""An answer of which nothing came for so long is given up, and asked for again."""
_LOOK_SECONDS = 0.2
_ASKED = re.compile(r"bytes=(\d+)-(\d+)")
_ANSWERED = re.compile(r"bytes (\d+)-(\d+)/(\d+|\*)", re.IGNORECASE)


@dataclass
class _Download:
    """An answer whose body is on its way."""

    body: Any
    """The HTTP client's response (urllib3); it counts the bytes that came in pieces of 4 KB."""
    bytes: int
    moved: float
    """When the last byte came."""

    def is_late(self, now: float) -> bool:
        """True when nothing came for STALL_SECONDS."""
        came = self.body.tell()
        if came != self.bytes:
            self.bytes, self.moved = came, now
        return now - self.moved > STALL_SECONDS

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
        self._is_over = threading.Event()
        self._thread: threading.Thread | None = None

    @property
    def hooks(self) -> dict[str, Any]:
        """Options for each call of the client."""
        return {"raw_request_hook": self._asked, "retry_hook": self._asked_again}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._is_over.set()

    def _asked(self, request: Any) -> None:
        refuse_cancelled(self._is_cancelled)
        request.context["response_callback"] = self._answered

    def _asked_again(self, **_settings: Any) -> None:
        refuse_cancelled(self._is_cancelled)

    def _answered(self, response: Any) -> None:
        """Called when the headers are there."""
        _refuse_other_range(response.http_request, response.http_response)
        body = response.http_response.internal_response.raw
        with self._lock:
            self._open = [*self._open[-16:], _Download(body, body.tell(), time.monotonic())]
            if self._thread is None:
                self._thread = threading.Thread(target=self._look, name="nsgflow-watch", daemon=True)
                self._thread.start()

    def _look(self) -> None:
        while not self._is_over.wait(_LOOK_SECONDS):
            now, is_cancelled = time.monotonic(), self._is_cancelled()
            with self._lock:
                self._open = [
                    each for each in self._open if not (is_cancelled or each.is_late(now)) or each.break_off()
                ]


def _refuse_other_range(request: Any, response: Any) -> None:
    """Raise when an answer says that it holds other bytes than those asked for: taken for them, they would be rows."""
    asked = _ASKED.fullmatch(request.headers.get("x-ms-range") or request.headers.get("Range") or "")
    if not asked or response.status_code != 206:
        return
    answered = _ANSWERED.fullmatch(str(response.headers.get("Content-Range", "")).strip())
    if not answered or answered[1] != asked[1] or int(answered[2]) > int(asked[2]):
        raise SourceUnreachable(
            "The answer holds other bytes of the blob than those asked for.",
            "A proxy on the way may damage it: try again, or read past the proxy (NO_PROXY).",
        )
