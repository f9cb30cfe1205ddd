"""Answers are kept within a number of bytes, made once, and never changed by one who was given one."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any

import numpy as np
import pandas as pd
import pytest

from nsgflow_core.inventory.entry import Entry
from nsgflow_core.inventory.inventory import Inventory
from nsgflow_core.inventory.shapes import kinds
from nsgflow_core.inventory.things.service_tags import ServiceTag
from nsgflow_core.rules.decide.network import Network
from nsgflow_core.stores.stopping import ended_by
from nsgflow_core.ui.memory.answers import KeptAnswers, shared
from nsgflow_core.ui.memory.weight import parts_held, weight
from nsgflow_core.words.prefixes import parse_prefix

MEGABYTE = 1 << 20


def megabyte(number: int) -> pd.DataFrame:
    return pd.DataFrame({"number": np.full(MEGABYTE // 8, number)})


def several(number: int) -> list[pd.DataFrame]:
    return [megabyte(number)] * (number % 3)


def never() -> Any:
    pytest.fail("it is there")


def test_what_was_not_asked_for_longest_goes_first() -> None:
    kept = KeptAnswers(3 * MEGABYTE)
    for number in range(3):
        kept.once(number, partial(megabyte, number))
    kept.once(0, never)
    kept.once(3, lambda: megabyte(3))
    assert [kept.has(number) for number in range(4)] == [True, False, True, True]
    assert kept.bytes == 3 * MEGABYTE


def test_no_more_are_kept_than_are_let_where_each_holds_a_file() -> None:
    kept = KeptAnswers(0, most=2)
    for number in range(3):
        kept.once(number, object)
    assert [kept.has(number) for number in range(3)] == [False, True, True]


def test_many_answers_of_any_size_stay_within_the_bound() -> None:
    kept = KeptAnswers(4 * MEGABYTE)
    for number in range(200):
        kept.once(number, partial(several, number))
        assert kept.bytes <= 4 * MEGABYTE
    assert len(kept) > 4


def test_one_that_is_larger_than_the_bound_is_kept_until_the_next() -> None:
    kept = KeptAnswers(MEGABYTE // 2)
    assert len(kept.once("large", lambda: megabyte(1))) == MEGABYTE // 8
    assert kept.has("large")
    kept.once("next", lambda: "small")
    assert not kept.has("large")


def test_ten_who_ask_at_once_make_it_once() -> None:
    kept, made, found = KeptAnswers(MEGABYTE), [], []

    def make() -> str:
        made.append(1)
        time.sleep(0.05)
        return "answer"

    askers = [threading.Thread(target=lambda: found.append(kept.once("question", make))) for _ in range(10)]
    for asker in askers:
        asker.start()
    for asker in askers:
        asker.join()
    assert (len(made), found) == (1, ["answer"] * 10)


def test_several_are_made_once_each_and_two_at_a_time() -> None:
    kept, made, both = KeptAnswers(MEGABYTE), [], threading.Barrier(2)

    def make(number: int) -> int:
        both.wait(30)  # nothing goes on unless two are made at a time
        made.append(number)
        return number

    kept.once("there", lambda: 0)
    with kept.begun({number: partial(make, number) for number in range(4)} | {"there": never}):
        assert [kept.once(number, never) for number in range(4)] == [0, 1, 2, 3]
    assert sorted(made) == [0, 1, 2, 3]


def test_who_asks_for_a_begun_one_waits_for_its_turn() -> None:
    kept, go, made = KeptAnswers(MEGABYTE), threading.Event(), list[int]()

    def make(number: int) -> int:
        assert go.wait(30)
        made.append(number)
        return number

    waits: list[float] = []

    def tell(seconds: float) -> None:
        waits.append(seconds)
        go.set()  # not before somebody waits for the last of them, whose turn has not come

    with kept.begun({number: partial(make, number) for number in range(6)}):
        assert kept.once(5, never, tell) == 5
    assert waits
    assert made.index(5) >= 4, "two are made at a time, in turn"


def test_what_was_begun_is_left_with_the_block_and_whoever_waited_makes_it() -> None:
    kept, hold, made = KeptAnswers(MEGABYTE), threading.Event(), list[object]()
    is_waiting = threading.Event()

    def make(number: int) -> int:
        with ended_by(hold.set):
            assert hold.wait(60)
        made.append(number)
        return number

    def ask() -> None:
        made.append(kept.once(5, lambda: "its own", lambda _: is_waiting.set()))

    asker = threading.Thread(target=ask)
    with kept.begun({number: partial(make, number) for number in range(6)}):
        asker.start()
        assert is_waiting.wait(60)
    asker.join(60)
    assert made[-1] == "its own"
    hold.set()
    assert not {2, 3, 4, 5} & set(made), "no other is begun"


def test_who_waits_for_a_turn_that_was_given_up_waits_for_no_other_session() -> None:
    kept, go, is_waiting, answers = KeptAnswers(MEGABYTE), threading.Event(), threading.Event(), list[object]()
    asker = threading.Thread(
        target=lambda: answers.append(kept.once("asked", lambda: "its own", lambda _: is_waiting.set()))
    )
    with kept.begun({number: partial(go.wait, 60) for number in range(2)}):
        with kept.begun({"asked": never}):
            asker.start()
            assert is_waiting.wait(60)
        asker.join(20)
        assert answers == ["its own"]
        go.set()


def test_where_one_of_several_fails_who_asks_for_it_is_told_and_the_rest_is_not_begun() -> None:
    kept, begun = KeptAnswers(MEGABYTE), list[int]()
    wanted: dict[Hashable, Callable[[], object]] = {"fails": lambda: 1 // 0}
    wanted |= {number: partial(begun.append, number) for number in range(2_000)}
    with pytest.raises(ZeroDivisionError), kept.begun(wanted):
        kept.once("fails", never)
    assert len(begun) < 2_000


def test_several_are_stopped_when_the_block_is_left() -> None:
    kept, begun, ended = KeptAnswers(MEGABYTE), threading.Event(), threading.Event()

    def make() -> None:
        interrupted = threading.Event()
        with ended_by(interrupted.set):
            begun.set()
            if interrupted.wait(60):
                ended.set()

    with kept.begun(dict.fromkeys(range(3), make)):
        assert begun.wait(60)
    assert ended.wait(60)


def test_what_fails_is_not_kept_and_the_next_tries_again() -> None:
    kept = KeptAnswers(MEGABYTE)
    with pytest.raises(ZeroDivisionError):
        kept.once("question", lambda: 1 // 0)
    assert kept.once("question", lambda: 2) == 2


def test_it_is_made_anew_after_its_time() -> None:
    kept = KeptAnswers(MEGABYTE, seconds=0)
    assert [kept.once("question", partial(int, number)) for number in (1, 2)] == [1, 2]


def test_a_change_of_what_was_given_reaches_nobody_else() -> None:
    kept = KeptAnswers(MEGABYTE)
    answer = pd.DataFrame({"flows": [1, 2]})
    answer.attrs["of"] = 7
    mine = shared(kept.once("question", lambda: answer))
    mine.loc[0, "flows"] = 99
    mine.attrs["of"] = 0
    mine["more"] = 1
    again = shared(kept.once("question", never))
    assert (list(again.columns), again["flows"].tolist(), again.attrs) == (["flows"], [1, 2], {"of": 7})
    words = shared(kept.once("words", lambda: ["a"]))
    words.append("b")
    assert kept.once("words", never) == ["a"]


@dataclass(frozen=True)
class Record:
    frame: pd.DataFrame
    inside: tuple[object, ...] = ()

    @cached_property
    def worked_out(self) -> np.ndarray:
        return np.zeros(MEGABYTE, dtype=np.int8)


def test_what_two_answers_share_is_weighed_once() -> None:
    frame = megabyte(1)
    outer = Record(megabyte(2), ({"inner": Record(frame)}, [frame]))
    assert weight([parts_held(frame), parts_held(outer)]) == 2 * MEGABYTE
    outer.worked_out.sum()
    assert weight([parts_held(outer)]) == 3 * MEGABYTE


def test_what_files_say_of_the_network_is_no_answers_own() -> None:
    tag = ServiceTag("Storage", tuple(parse_prefix(f"20.0.{third}.0/24") for third in range(200)))
    known = Inventory((Entry(kinds.SERVICE_TAG, tag, "tags.json", None),))
    network = Network(known)
    held = Record(frame := megabyte(1), (known, network, network.space(None)))
    assert parts_held(held) == parts_held(frame)


def test_columns_of_objects_are_weighed_by_some_of_them() -> None:
    words = pd.DataFrame({"rules": pd.Series([("a", "b")] * 10_000, dtype=object)})
    assert 400_000 < weight([parts_held(words)]) < 1_000_000
