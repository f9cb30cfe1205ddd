"""Work of one session, followed by its page: opening a source, asking a workspace. (Imports belong to the server.)"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import streamlit as st

from nsgflow_core.intake.work import Work as Work
from nsgflow_core.ui.frame.sign_in import access

T = TypeVar("T")
POLL_SECONDS = 0.5


def leave(work: Work[T] | None) -> None:
    """Nobody follows it any more: what it asks is stopped."""
    if work is not None:
        work.cancel()


def follow(work: Work[T], show: Callable[[Work[T]], None]) -> None:
    """Draw how far it is, again and again; when it is done, the whole page runs once more."""

    @access.live(POLL_SECONDS)
    def _poll() -> None:
        if work.is_done:
            st.rerun()
        show(work)

    _poll()
