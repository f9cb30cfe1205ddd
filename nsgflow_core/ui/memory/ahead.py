"""Answers made before anybody asks for them, while nobody asks for anything: those that a page opens with."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Hashable, Iterator, Mapping
from contextlib import contextmanager
from typing import TypeVar

from nsgflow_core.ui.memory.answers import KeptAnswers

T = TypeVar("T")
REST = 1.0
"""Seconds since a page last ran before one is begun."""
TRIES = 3
"""How often one is begun that others stop, as they ask for something else."""


class Ahead:
    """What is made ahead for one keeper of answers: one at a time, in a thread that there is only while it has work.
    Safe to use from several threads."""

    def __init__(self, answers: KeptAnswers, rest: float = REST) -> None:
        self._answers, self._rest = answers, rest
        self._changed = threading.Condition()
        self._running, self._ran = 0, 0.0
        self._of: Hashable = None
        self._wanted: list[tuple[Hashable, Callable[[], object]]] = []
        self._thread: threading.Thread | None = None

    @contextmanager
    def calm_after(self) -> Iterator[None]:
        """Around what somebody waits for: nothing is begun meanwhile, nor for a moment after."""
        with self._changed:
            self._running += 1
        try:
            yield
        finally:
            with self._changed:
                self._running -= 1
                self._ran = time.monotonic()
                self._changed.notify_all()

    def is_for(self, state: Hashable) -> bool:
        """True when what is wanted of this state was said already."""
        return self._of == state

    def want(self, state: Hashable, wanted: Mapping[Hashable, Callable[[], object]]) -> None:
        """Make these in turn, in place of what was wanted of another state. What fails is left to whoever asks."""
        with self._changed:
            self._of, self._wanted = state, list(wanted.items())
            if self._thread is None and self._wanted:
                self._thread = threading.Thread(target=self._work, name="ahead", daemon=True)
                self._thread.start()

    def made(self, key: Hashable, make: Callable[[], T]) -> T:
        """The answer of a key for what is made ahead itself, in whose thread it is made where there is none."""
        return self._answers.made_here(key, make)

    def _work(self) -> None:
        tries: dict[Hashable, int] = {}
        while (found := self._next(tries)) is not None:
            key, make = found
            tries[key] = tries.get(key, 0) + 1
            self._answers.make_ahead(key, make)

    def _next(self, tries: Mapping[Hashable, int]) -> tuple[Hashable, Callable[[], object]] | None:
        """The first that is not at hand, once it is calm; None, and the thread ends, where there is none."""
        with self._changed:
            while True:
                self._wanted = [
                    each for each in self._wanted if tries.get(each[0], 0) < TRIES and not self._answers.has(each[0])
                ]
                if not self._wanted:
                    self._thread = None
                    return None
                calm_in = self._ran + self._rest - time.monotonic()
                if not self._running and calm_in <= 0:
                    return self._wanted[0]
                self._changed.wait(None if self._running else calm_in)
