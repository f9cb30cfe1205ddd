"""Answers kept by what was asked: bounded in bytes, and made once where several ask for one at a time.

Streamlit's caches are bounded by a number of entries, and an entry can hold a row or a million of them: 500 of them
were more than a gigabyte. The answers that nobody asked for longest go first. They are shared, not copied; see `shared`
for frames.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator, Mapping
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import TypeVar, cast

import pandas as pd

from nsgflow_core.errors import Cancelled
from nsgflow_core.ui.memory.making import LOOK, Making
from nsgflow_core.ui.memory.weight import WeighedParts, parts_held, weight

T = TypeVar("T")
_POOL = ThreadPoolExecutor(2, "together")
"""For all sessions: more questions at a time would take more memory, and be answered no sooner."""


class _Unasked:
    """The answer that is made ahead in this process, if any."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.making: Making[_Kept] | None = None

    def stop(self) -> None:
        """Others are to have the processor: it ends, where nobody joined it."""
        with self.lock:
            making, self.making = self.making, None
        if making is not None:
            making.give_up()


_unasked = _Unasked()


@dataclass(frozen=True, slots=True)
class _Kept:
    answer: object
    parts: WeighedParts
    since: float


class KeptAnswers:
    """Answers by their keys. Safe to use from several threads.

    `most_bytes` bounds what they hold together, and `most` how many there are, where they hold files; the newest stays
    however large it is. After `seconds` one is made anew.
    """

    def __init__(self, most_bytes: int, seconds: float = 1_800, most: int | None = None) -> None:
        self._most_bytes, self._seconds, self._most = most_bytes, seconds, most
        self._kept: OrderedDict[Hashable, _Kept] = OrderedDict()
        self._making: dict[Hashable, Making[_Kept]] = {}
        self._begun: dict[Hashable, Future[_Kept]] = {}
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._kept)

    @property
    def bytes(self) -> int:
        """What they hold together."""
        with self._lock:
            return self._weight()

    def once(self, key: Hashable, make: Callable[[], T], tell: Callable[[float], None] = lambda _: None) -> T:
        """The answer of a key, made if there is none; what making it raises goes to all who wait for it.

        It is made in a thread of its own, without a session. `tell` is called with the seconds so far while it is made,
        and what it raises leaves; when all have left, the questions to a store's engine are stopped.
        """
        found = self._found(key) or self._of_begun(key, tell) or self._made(key, make, tell)
        return cast(T, found.answer)

    @contextmanager
    def begun(self, wanted: Mapping[Hashable, Callable[[], object]]) -> Iterator[None]:
        """Inside, those of these answers that are not at hand are made in turn, two at a time in this process: an
        engine's question has stages that leave a core idle. Whoever asks for one waits for its turn.

        At the end no other is begun, and what nobody waits for is stopped.
        """
        left = threading.Event()
        new = {key: make for key, make in wanted.items() if not self.has(key)}
        with self._lock:
            made = {
                key: _POOL.submit(self._made, key, make, partial(_leave_if, left))
                for key, make in new.items()
                if key not in self._begun
            }
            self._begun |= made
        try:
            yield
        finally:
            left.set()
            with self._lock:
                for key in made:
                    del self._begun[key]
            for each in made.values():
                each.cancel()

    def _of_begun(self, key: Hashable, tell: Callable[[float], None]) -> _Kept | None:
        """The answer of a key that is `begun`; None where there is none, or whoever began it left."""
        made = self._begun.get(key)
        if made is None:
            return None
        since = time.monotonic()
        while not (wait((made,), LOOK).done or made.done()):  # of one cancelled, `wait` tells when its turn comes
            tell(time.monotonic() - since)
        try:
            return made.result()
        except (Cancelled, CancelledError):
            return None

    def _made(self, key: Hashable, make: Callable[[], object], tell: Callable[[float], None]) -> _Kept:
        return self._found(key) or self._joined(key, make).wait(tell)

    def make_ahead(self, key: Hashable, make: Callable[[], object]) -> bool:
        """Make an answer that nobody asked for yet; True when it is at hand then. Whoever asks for it meanwhile waits
        for it; as soon as anybody asks for another one in this process, it is stopped."""
        with _unasked.lock, self._lock:
            if key in self._making:
                return False
            making = self._new(key, make)
            _unasked.making = making
        is_made = making.ended()
        with _unasked.lock:
            if _unasked.making is making:
                _unasked.making = None
        return is_made

    def made_here(self, key: Hashable, make: Callable[[], T]) -> T:
        """The answer of a key; where there is none it is made in this thread, as a part of what that makes."""
        return cast(T, (self._found(key) or self._put(key, make())).answer)

    def _joined(self, key: Hashable, make: Callable[[], object]) -> Making[_Kept]:
        """The making of a key that somebody began, else a new one."""
        with self._lock:
            making = self._making.get(key)
            if making is not None and making.join():
                return making
            making = self._new(key, make)
        _unasked.stop()
        return making

    def _new(self, key: Hashable, make: Callable[[], object]) -> Making[_Kept]:
        making = Making(lambda: self._found(key) or self._put(key, make()), partial(self._drop, key))
        self._making[key] = making
        return making

    def _drop(self, key: Hashable, ended: Making[_Kept]) -> None:
        with self._lock:
            if self._making.get(key) is ended:  # else another took the place of one that was stopped
                del self._making[key]

    def has(self, key: Hashable) -> bool:
        """True when the answer of a key is at hand."""
        return self._found(key) is not None

    def _found(self, key: Hashable) -> _Kept | None:
        with self._lock:
            found = self._kept.get(key)
            if found is None or time.monotonic() - found.since > self._seconds:
                return None
            self._kept.move_to_end(key)
            return found

    def _put(self, key: Hashable, answer: object) -> _Kept:
        made = _Kept(answer, parts_held(answer), time.monotonic())
        with self._lock:
            self._kept[key] = made
            self._kept.move_to_end(key)
            while len(self._kept) > 1 and self._is_full():
                self._kept.popitem(last=False)
        return made

    def _is_full(self) -> bool:
        return self._weight() > self._most_bytes or (self._most is not None and len(self._kept) > self._most)

    def _weight(self) -> int:
        return weight(kept.parts for kept in self._kept.values())


def _leave_if(left: threading.Event, _: float) -> None:
    if left.is_set():
        raise Cancelled("The question was stopped.", "Ask again.")


def shared(answer: T) -> T:
    """A kept answer for one who may change it: a frame of its own over the same columns, which pandas copies only when
    they are changed (pandas 3, "Copy-on-Write")."""
    if isinstance(answer, pd.DataFrame):
        return answer.copy(deep=False)
    return cast(T, list(answer)) if isinstance(answer, list) else answer
