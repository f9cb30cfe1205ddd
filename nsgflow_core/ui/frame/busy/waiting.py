"""What is said while an answer is made: what is waited for, for how long, and a way out of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from nsgflow_core.errors import Cancelled
from nsgflow_core.ui.frame.plain import plain

SAID_AFTER = 0.6
"""Seconds without a word: most answers are there sooner, and a line that comes and goes is unrest."""
_STOPPED, _IS_STOPPED, _COUNT = "_stop_asked", "_stopped_run", "_waits"


class Waiting:
    """One answer that is waited for."""

    def __init__(self, words: str) -> None:
        self._words = words
        self._place: DeltaGenerator | None = None
        self._line: DeltaGenerator | None = None

    def tell(self, seconds: float) -> None:
        """Say how long it takes by now. Streamlit leaves the run here when the user did something else meanwhile."""
        if seconds < SAID_AFTER:
            return
        if self._line is None:
            self._line = self._drawn()
        self._line.markdown(plain(f"{self._words} {seconds:.0f} s"))

    def clear(self) -> None:
        """Make room for the answer."""
        if self._place is not None:
            self._place.empty()

    def _drawn(self) -> DeltaGenerator:
        number = st.session_state[_COUNT] = st.session_state.get(_COUNT, 0) + 1
        self._place = st.empty()
        with self._place.container(gap="small"):
            row = st.container(horizontal=True, vertical_alignment="center", gap="small")
            line = row.empty()
            row.button("Cancel", on_click=_stop, icon=":material/close:", type="tertiary", key=f"stop_asking_{number}")
            st.skeleton(height=96)
        return line


def begin_run() -> None:
    """A run begins: it is the one after *Cancel*, or any other."""
    st.session_state[_IS_STOPPED] = st.session_state.pop(_STOPPED, False)
    st.session_state[_COUNT] = 0


def check() -> None:
    """Before anything is asked that is not at hand. Raises Cancelled in the run after the user stopped a question."""
    if st.session_state.get(_IS_STOPPED):
        raise Cancelled("You cancelled the question.", "What was answered before stays. Ask again, or for less.")


@contextmanager
def waiting(words: str) -> Iterator[Waiting]:
    """Around what makes an answer that is not at hand. Raises Cancelled in the run after the user stopped one."""
    check()
    made = Waiting(words)
    try:
        yield made
    finally:
        made.clear()


def _stop() -> None:
    st.session_state[_STOPPED] = True
