"""Work of one session in a thread of its own: it goes on while pages change, and the page asks it how far it is.

The thread never touches Streamlit. What it holds (a source, a credential) stays with the session that started it.
"""

from __future__ import annotations

import logging
import secrets
import threading
import time
import traceback
from collections.abc import Callable
from typing import Generic, TypeVar

import streamlit as st

from nsgflow_core.errors import NsgflowError

T = TypeVar("T")
POLL_SECONDS = 0.5
_log = logging.getLogger("nsgflow")


class Work(Generic[T]):
    """One task; `result` or `error` is there once `is_done`, `note` is whatever the task last told."""

    def __init__(self, words: str, task: Callable[[Work[T]], T]) -> None:
        """Start it. `task` gets this object, to tell a note and to see whether it was cancelled."""
        self.words = words
        self.note: object = None
        self.result: T | None = None
        self.error: NsgflowError | None = None
        self.started = time.monotonic()
        self._cancelled = threading.Event()
        self._task = task
        self._thread = threading.Thread(target=self._run, name="nsgflow-connect", daemon=True)
        self._thread.start()

    @property
    def is_done(self) -> bool:
        """True when there is a result or an error."""
        return not self._thread.is_alive()

    @property
    def is_cancelled(self) -> bool:
        """True once somebody asked it to stop."""
        return self._cancelled.is_set()

    def cancel(self) -> None:
        """Ask it to stop; it does so at its next safe point."""
        self._cancelled.set()

    def _run(self) -> None:
        try:
            self.result = self._task(self)
        except NsgflowError as error:
            self.error = error
        except Exception as failure:
            self.error = _unexpected(failure)


def _unexpected(failure: Exception) -> NsgflowError:
    """Log where it failed, without its text: that of a foreign error may quote a URL with a SAS."""
    reference = secrets.token_hex(4)
    places = "".join(traceback.format_tb(failure.__traceback__))
    _log.error("%s in the background, reference %s\n%s", type(failure).__name__, reference, places)
    return NsgflowError(
        "Something went wrong on our side.", f"The server's log has the details under {reference}. Nothing was lost."
    )


def follow(work: Work[T], show: Callable[[Work[T]], None]) -> None:
    """Draw how far it is, again and again; when it is done, the whole page runs once more."""

    @st.fragment(run_every=POLL_SECONDS)
    def _poll() -> None:
        if work.is_done:
            st.rerun()
        show(work)

    _poll()
