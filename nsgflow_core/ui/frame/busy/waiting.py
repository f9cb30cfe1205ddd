"""What is said while an answer is made: what is waited for, for how long, and a way out of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from nsgflow_core.errors import Cancelled, StoreBusy
from nsgflow_core.ui.frame.plain import plain
from nsgflow_core.ui.memory.answers import KeptAnswers

SAID_AFTER = 0.6
"""Seconds without a word: most answers are there sooner, and a line that comes and goes is unrest."""
_STOPPED, _IS_STOPPED, _COUNT, _BUSY = "_stop_asked", "_stopped_run", "_waits", "_busy_store"
T = TypeVar("T")


class Waiting:
    """One answer that is waited for."""

    def __init__(self, words: str, *, ends_early: bool = True) -> None:
        self._words, self._ends_early = words, ends_early
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
            if self._ends_early:
                row.button(
                    "Cancel", on_click=_stop, icon=":material/close:", type="tertiary", key=f"stop_asking_{number}"
                )
            st.skeleton(height=96)
        return line


def begin_run() -> None:
    """A run begins: it is the one after *Cancel*, or any other."""
    st.session_state[_IS_STOPPED] = st.session_state.pop(_STOPPED, False)
    st.session_state[_COUNT] = 0
    st.session_state.pop(_BUSY, None)


def opened(make: Callable[[], T]) -> T:
    """What a store tells first. Somebody else may have its file open: a page says that it waits, once a run.

    Raises StoreBusy, at once where this run has waited before.
    """
    if busy := st.session_state.get(_BUSY):
        raise busy
    with _said("Waiting for the store, which somebody else has open…", ends_early=False) as shown:
        try:
            return KeptAnswers(0).once("", make, shown.tell)
        except StoreBusy as busy:
            st.session_state[_BUSY] = busy
            raise


def check() -> None:
    """Before anything is asked that is not at hand. Raises Cancelled in the run after the user stopped a question."""
    if st.session_state.get(_IS_STOPPED):
        raise Cancelled("You cancelled the question.", "What was answered before stays. Ask again, or for less.")


@contextmanager
def waiting(words: str) -> Iterator[Waiting]:
    """Around what makes an answer that is not at hand. Raises Cancelled in the run after the user stopped one."""
    check()
    with _said(words, ends_early=True) as made:
        yield made


@contextmanager
def _said(words: str, *, ends_early: bool) -> Iterator[Waiting]:
    made = Waiting(words, ends_early=ends_early)
    try:
        yield made
    finally:
        made.clear()


def _stop() -> None:
    st.session_state[_STOPPED] = True
