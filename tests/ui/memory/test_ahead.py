"""What is made ahead waits for calm, gives way to whoever asks, and is shared with who asks for the same."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Hashable
from functools import partial

import pytest

from nsgflow_core.stores.stopping import ended_by
from nsgflow_core.ui.memory.ahead import TRIES, Ahead
from nsgflow_core.ui.memory.answers import KeptAnswers


def wait_until(is_so: Callable[[], bool]) -> None:
    end = time.monotonic() + 60
    while not is_so():
        assert time.monotonic() < end
        time.sleep(0.002)


class Slow:
    """An answer that is made until it is let go or stopped."""

    def __init__(self) -> None:
        self.begun, self.stopped = 0, 0
        self.let_go = threading.Event()

    def __call__(self) -> str:
        interrupted = threading.Event()
        with ended_by(interrupted.set):
            self.begun += 1
            while not self.let_go.wait(0.002):
                if interrupted.is_set():
                    self.stopped += 1
                    raise InterruptedError
        return "slow"


@pytest.fixture
def kept() -> KeptAnswers:
    return KeptAnswers(1 << 20)


def test_they_are_made_in_turn_once_no_page_runs(kept: KeptAnswers) -> None:
    made: list[int] = []
    ahead = Ahead(kept, rest=0.05)
    wanted: dict[Hashable, Callable[[], object]] = {number: partial(made.append, number) for number in range(3)}
    with ahead.calm_after():
        ahead.want("state", wanted)
        time.sleep(0.2)
        assert made == []
        ended = time.monotonic()
    wait_until(lambda: len(made) == 3)
    assert time.monotonic() - ended >= 0.05
    assert made == [0, 1, 2]
    assert ahead.is_for("state")
    assert not ahead.is_for("another")
    ahead.want("another", wanted)
    ahead.want("another", {"more": partial(made.append, 3)})
    wait_until(lambda: kept.has("more"))
    assert made == [0, 1, 2, 3], "what is at hand is not made again"


def test_who_asks_for_something_else_does_not_share_the_processor_with_it(kept: KeptAnswers) -> None:
    slow, ahead = Slow(), Ahead(kept, rest=0)
    ahead.want("state", {"slow": slow, "next": lambda: "next"})
    for number in range(TRIES):
        wait_until(lambda number=number: slow.begun == number + 1)  # type: ignore[misc]
        assert KeptAnswers(1).once("another", lambda: "at once") == "at once", "whoever keeps its answer"
        wait_until(lambda number=number: slow.stopped == number + 1)  # type: ignore[misc]
    wait_until(lambda: kept.has("next"))
    assert not kept.has("slow")
    assert slow.begun == TRIES, "it is left to who asks for it"


def test_who_asks_for_the_same_waits_for_it_and_nobody_stops_it_then(kept: KeptAnswers) -> None:
    slow, ahead, found = Slow(), Ahead(kept, rest=0), list[str]()
    ahead.want("state", {"slow": slow})
    wait_until(lambda: slow.begun == 1)
    told = threading.Event()
    asker = threading.Thread(target=lambda: found.append(kept.once("slow", slow, lambda _: told.set())))
    asker.start()
    assert told.wait(60)
    for number in range(3):
        kept.once(number, object)
    slow.let_go.set()
    asker.join(60)
    assert (found, slow.begun, slow.stopped) == (["slow"], 1, 0)


def test_what_fails_is_neither_kept_nor_in_the_way(kept: KeptAnswers) -> None:
    tries: list[int] = []

    def fails() -> None:
        tries.append(1)
        raise ZeroDivisionError

    Ahead(kept, rest=0).want("state", {"fails": fails, "next": lambda: "next"})
    wait_until(lambda: kept.has("next"))
    assert not kept.has("fails")
    assert len(tries) == TRIES


def test_of_another_state_nothing_more_is_made(kept: KeptAnswers) -> None:
    slow, ahead = Slow(), Ahead(kept, rest=0)
    ahead.want("before", {"slow": slow, "old": lambda: "old"})
    wait_until(lambda: slow.begun == 1)
    ahead.want("after", {"new": lambda: "new"})
    slow.let_go.set()
    wait_until(lambda: kept.has("new"))
    assert not kept.has("old")


def test_what_one_of_many_asks_is_kept_though_the_rest_is_stopped(kept: KeptAnswers) -> None:
    slow, ahead, made = Slow(), Ahead(kept, rest=0), list[str]()

    def first() -> str:
        made.append("first")
        return "first"

    def tell() -> str:
        return ahead.made("first", first) + ahead.made("slow", slow)

    ahead.want("state", {"told": tell})
    wait_until(lambda: slow.begun == 1)
    assert kept.once("first", first) == "first", "who asks for what is there stops nothing"
    assert slow.stopped == 0
    kept.once("another", object)
    wait_until(lambda: slow.begun == 2)
    slow.let_go.set()
    wait_until(lambda: kept.has("told"))
    assert (made, kept.has("slow")) == (["first"], True)
