"""One process that runs queries (`worker`), as seen by whoever asks it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

import pandas as pd

from nsgflow_core.errors import InputError, StoreError, StoreLimit
from nsgflow_core.stores.kql_on_local import limits, worker

_KEPT = ("PATH", "SYSTEMROOT", "TMPDIR", "TEMP", "TMP", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")
"""What a process needs of our environment to start; keys and tokens are not among them."""
_EXTRA_BYTES = 32 << 20
"""What an answer's names, offsets and padding may add to its values."""


class QueryProcess:
    """A started process with the tables open. One query at a time."""

    def __init__(self, tables: Path) -> None:
        """Start it. Raises StoreError when it cannot be."""
        kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
        home = str(Path(__file__).resolve().parents[3])
        paths = os.pathsep.join([home, *(path for path in sys.path if path)])
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", worker.__name__, str(tables)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env={**kept, "PYTHONPATH": paths, "PYTHONIOENCODING": "utf-8", "OPENBLAS_NUM_THREADS": "1"},
                start_new_session=True,
            )
        except OSError as failure:
            raise _not_started(failure.strerror or str(failure)) from None
        frame, is_late = self._next_frame(limits.START_SECONDS)
        if frame is None:
            self.end()
            raise _not_started("it took too long" if is_late else "it ended at once")

    @property
    def pid(self) -> int:
        """Its number."""
        return self._process.pid

    @property
    def is_alive(self) -> bool:
        """True while it can be asked."""
        return self._process.poll() is None

    def ask(self, query: str, now: datetime | None, seconds: float) -> pd.DataFrame:
        """The answer. Raises InputError and StoreLimit; after the latter end it: what it took it may still hold."""
        try:
            self._stdin.write(json.dumps([query, now.isoformat() if now else None]).encode() + b"\n")
            self._stdin.flush()
        except OSError:
            pass  # it has ended: reading says so
        frame, is_late = self._next_frame(seconds)
        if frame is None:
            if is_late:
                raise StoreLimit(f"The query took longer than {seconds:g} seconds.", "Filter it earlier.")
            raise StoreLimit(
                "The query made the engine give up: it is too large, or nests too deeply.",
                "Filter it earlier, or write it with fewer steps.",
            )
        kind, content = frame
        if kind == worker.ANSWER:
            return worker.from_bytes(content)
        message, hint = json.loads(content)
        if kind == worker.LIMIT:
            raise StoreLimit(message, hint)
        raise InputError(message, hint)

    def kill(self) -> None:
        """Let its work end at once, from another thread: whoever asks it sees that it gave up."""
        self._process.kill()

    def end(self) -> None:
        """End it, whatever it does."""
        self.kill()
        for pipe in (self._process.stdin, self._process.stdout):
            with suppress(OSError):
                if pipe:
                    pipe.close()
        self._process.wait()

    @property
    def _stdin(self) -> BinaryIO:
        assert self._process.stdin is not None
        return self._process.stdin  # type: ignore[return-value]

    def _next_frame(self, seconds: float) -> tuple[tuple[bytes, bytes] | None, bool]:
        """The next frame, or None when the process ended or said too much; and whether that was for its time."""
        late = threading.Event()

        def stop() -> None:
            late.set()
            self.kill()

        timer = threading.Timer(seconds, stop)
        timer.daemon = True
        timer.start()
        try:
            return self._frame(), late.is_set()
        finally:
            timer.cancel()

    def _frame(self) -> tuple[bytes, bytes] | None:
        out = self._process.stdout
        head = out.read(9) if out else b""
        length = int.from_bytes(head[1:], "big")
        if out is None or len(head) < 9 or length > limits.ANSWER_BYTES + _EXTRA_BYTES:
            return None
        content = out.read(length)
        return (head[:1], content) if len(content) == length else None


def _not_started(why: str) -> StoreError:
    return StoreError(f"The process that runs queries could not be started: {why}.", "Try again, or restart nsgflow.")
