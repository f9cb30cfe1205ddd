"""What a filter leaves of the tables is set aside for the questions that follow, and changes no answer."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from nsgflow_core.ask.compared import ComparedQuery
from nsgflow_core.ask.filters import FlowFilter
from nsgflow_core.ask.query import FlowQuery
from nsgflow_core.errors import Cancelled
from nsgflow_core.inventory.subnet_map import SubnetMap
from nsgflow_core.stores.base import Query
from nsgflow_core.stores.local import answering
from nsgflow_core.stores.local.disk import engines
from nsgflow_core.stores.local.disk.aside import Aside
from nsgflow_core.stores.local.store import LocalStore
from tests.estates.flows import START, row, store_of, store_with_tables
from tests.stores.local.test_one_state import change_all

DAYS = 3
ROWS = [
    row((f"10.0.{net}.{host}", "10.0.99.9", "TCP", 440 + host), START + timedelta(days=day, hours=hour))
    for day in range(DAYS)
    for hour in range(day + 2)
    for net in range(12)
    for host in range(1, 4)
]
OF_ONE = FlowFilter().where("source", "10.0.5.0/24")
LAST_DAY = (START + timedelta(days=DAYS - 1), None)
QUESTIONS = {
    "totals": FlowQuery(OF_ONE, (), ("flows", "tuples", "sources", "ports")),
    "pairs": FlowQuery(OF_ONE, ("src_ip", "source", "destination", "port"), ("flows", "rules"), limit=5, order="flows"),
    "hours": FlowQuery(OF_ONE, ("hour",), ("flows",)),
    "a port": FlowQuery(OF_ONE.where("port", "441"), ("nsg", "rule"), ("flows",)),
    "either way": FlowQuery(FlowFilter(either_way=True).where("dst_ip", "10.0.5.1"), ("dst_ip",), ("flows", "sources")),
    "a day": FlowQuery(OF_ONE.within(*LAST_DAY), ("src_ip",), ("flows",)),
    "part of an hour": FlowQuery(OF_ONE.within(START + timedelta(minutes=7), None), ("src_ip",), ("flows",)),
}
WINDOWS = (OF_ONE.within(None, LAST_DAY[0]), OF_ONE.within(*LAST_DAY))
COMPARED = ComparedQuery(*WINDOWS, by=("src_ip", "port"))


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> LocalStore:
    monkeypatch.delenv(answering.EXACT, raising=False)
    return store_with_tables(tmp_path / "f.duckdb", ROWS, SubnetMap())


@pytest.fixture
def asked(store: LocalStore, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The statements of the questions that follow."""
    texts: list[str] = []
    table = LocalStore.table

    def noted(own: LocalStore, statement: Any) -> Any:
        texts.append(statement.text)
        return table(own, statement)

    monkeypatch.setattr(LocalStore, "table", noted)
    return texts


def all_answers(store: LocalStore) -> dict[str, str]:
    told = {name: store.fetch(query).to_csv() for name, query in QUESTIONS.items()}
    listed = store.listed(QUESTIONS["pairs"]).sort_values(["src_ip", "port"]).to_csv(index=False)
    return {**told, "compared": store.compared(COMPARED).to_csv(), "listed": listed}


def exact_answers(store: LocalStore) -> dict[str, str]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(answering.EXACT, "1")
        return all_answers(store)


def narrowed(texts: list[str]) -> int:
    return sum("memory.main.aside_" in text for text in texts)


def test_every_question_but_a_first_finds_its_rows(store: LocalStore, asked: list[str]) -> None:
    wanted = exact_answers(store)
    with store.held():
        assert not narrowed(asked)
        for _ in range(3):
            asked.clear()
            assert all_answers(store) == wanted
    assert narrowed(asked) == len(wanted) - 1  # the flows themselves are read for a part of an hour
    asked.clear()
    assert store.fetch(QUESTIONS["totals"]).to_csv() == wanted["totals"]
    assert not narrowed(asked), "The file was closed in between."


def test_what_is_shown_of_a_question_runs_anywhere(store: LocalStore) -> None:
    with store.held():
        asked: list[Query] = [*QUESTIONS.values(), COMPARED]
        for query in asked:
            assert not narrowed([store.explain(query) for _ in range(3)])


def test_an_engine_with_such_rows_is_not_kept(store: LocalStore) -> None:
    with store.held():
        store.fetch(QUESTIONS["totals"])
        store.fetch(QUESTIONS["totals"])
        (kept,) = [store._file.aside]
        assert kept
        assert kept.is_used
    assert not engines._waiting


def test_flows_that_come_are_in_the_next_answer(store: LocalStore) -> None:
    store.stay_open(60)
    assert all_answers(store) == all_answers(store) == exact_answers(store)
    change_all(store)
    after = exact_answers(store)
    assert after != exact_answers(store_of(store.path.with_name("was.duckdb"), ROWS, SubnetMap()))
    for _ in range(3):
        assert all_answers(store) == after


def test_ten_who_ask_at_once(store: LocalStore, asked: list[str]) -> None:
    wanted = exact_answers(store)
    with store.held(), ThreadPoolExecutor(10) as threads:
        for told in threads.map(lambda _: all_answers(store), range(20)):
            assert told == wanted
    assert narrowed(asked)


def test_a_full_room_takes_no_more(store: LocalStore, asked: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nsgflow_core.stores.local.disk.aside.MOST_ROWS", 0)
    with store.held():
        assert all_answers(store) == all_answers(store) == exact_answers(store)
    assert not narrowed(asked)


def test_rows_whose_setting_aside_was_stopped_are_set_aside_later(
    store: LocalStore, asked: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    table = Aside.table

    def stopped(*_: object) -> str:
        raise Cancelled("stopped")

    with store.held():
        store.fetch(QUESTIONS["totals"])
        monkeypatch.setattr(Aside, "table", stopped)
        with pytest.raises(Cancelled):
            store.fetch(QUESTIONS["totals"])
        monkeypatch.setattr(Aside, "table", table)
        assert store.fetch(QUESTIONS["totals"]).to_csv() == exact_answers(store)["totals"]
        store.fetch(QUESTIONS["totals"])
    assert narrowed(asked)
