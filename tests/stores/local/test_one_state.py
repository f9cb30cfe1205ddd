"""A question of several statements, and a block of questions, are answered from one state while others commit."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from nsgflow_core.ask.filters import FlowFilter
from nsgflow_core.ask.query import FlowQuery, RowsQuery
from nsgflow_core.errors import StoreError
from nsgflow_core.formats.base import FLOW_SCHEMA
from nsgflow_core.inventory.subnet_map import Subnet, SubnetMap
from nsgflow_core.sources.base import BlobInfo, Cursor
from nsgflow_core.stores.base import held
from nsgflow_core.stores.local import answering
from nsgflow_core.stores.local.cells.making import STEP_ROWS, make_step
from nsgflow_core.stores.local.disk.file import StoreFile
from nsgflow_core.stores.local.ledger import Reading
from nsgflow_core.stores.local.store import LocalStore
from nsgflow_core.words.prefixes import parse_prefix
from tests.estates.flows import START, row, store_with_tables

DAYS = 4
ROWS = [
    row((f"10.0.0.{host}", "10.0.1.9", "TCP", 443), START + timedelta(days=day, hours=hour))
    for day in range(DAYS)
    for hour in range(2)
    for host in range(1, 9)
]
ODD_WINDOW = FlowFilter(START + timedelta(minutes=30), START + timedelta(days=DAYS, minutes=30))
"""Of which edges are no whole hours: a part comes of the flows, the rest of the tables beside them."""
QUESTIONS: dict[str, Callable[[LocalStore], Any]] = {
    "flows": lambda store: store.fetch(FlowQuery(by=("src_ip",), measures=("flows", "tuples"))).to_csv(),
    "flows in a window": lambda store: store.fetch(FlowQuery(by=("port",), filter=ODD_WINDOW)).to_csv(),
    "listed": lambda store: store.listed(FlowQuery(by=("source", "nsg"), measures=("tuples",))).to_csv(),
    "rows": lambda store: store.rows(RowsQuery()).to_csv(),
    "values": lambda store: store.values("src_ip"),
    "extent": lambda store: store.extent(),
    "blobs": lambda store: store.blobs().to_csv(),
    "ends": lambda store: str(store.ends_by_hour(FlowFilter())),
    "settings": lambda store: store.settings(),
    "labels": lambda store: [each.name for each in store.subnets.subnets],
    "history": lambda store: len(store.history()),
}


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> LocalStore:
    monkeypatch.delenv(answering.EXACT, raising=False)
    return store_with_tables(tmp_path / "f.duckdb", ROWS, SubnetMap())


def change_all(store: LocalStore) -> None:
    """In place of all flows others, of which the tables beside them know; another name, another text."""
    later = [{**each, "src_ip": "10.0.9.9", "nsg": "web-nsg"} for each in ROWS[:5]]
    cursors = store.cursors()
    for name, cursor in cursors.items():
        blob = BlobInfo(name, name, 1, "etag 2")
        table = pa.Table.from_pylist(later, schema=FLOW_SCHEMA)
        store.commit([Reading(blob, table, Cursor("etag 2", 2, ""), cursor, replaces=True)])
    store.save_nsg_names({str(later[0]["nsg_id"]): "called otherwise"})
    store.save_setting("note", "after")
    with store._changing("Tables") as change:
        make_step(change.connection, STEP_ROWS)


@contextmanager
def changed_meanwhile(store: LocalStore, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], None]]:
    """Inside, a thread has the store open to change it; what is given lets it commit, and returns when it has."""
    is_open, may_commit, has_committed = threading.Event(), threading.Event(), threading.Event()
    end = StoreFile._end_writer

    def ends(file: StoreFile, *given: Any) -> None:
        has_committed.set()
        end(file, *given)

    monkeypatch.setattr(StoreFile, "_end_writer", ends)

    def change() -> None:
        with store.alone():
            is_open.set()
            may_commit.wait(60)
            change_all(store)

    def commit() -> None:
        may_commit.set()
        assert has_committed.wait(60)

    writer = threading.Thread(target=change)
    writer.start()
    assert is_open.wait(60)
    try:
        yield commit
    finally:
        may_commit.set()
        writer.join(60)


@pytest.mark.parametrize("first", QUESTIONS)
def test_what_a_block_asks_is_told_of_one_state(store: LocalStore, monkeypatch, first: str) -> None:
    before = {name: ask(store) for name, ask in QUESTIONS.items()}
    with changed_meanwhile(store, monkeypatch) as commit, held(store):
        assert QUESTIONS[first](store) == before[first]
        commit()
        assert {name: ask(store) for name, ask in QUESTIONS.items()} == before
    after = {name: ask(store) for name, ask in QUESTIONS.items()}
    assert [name for name in before if after[name] == before[name]] == ["labels"]


@pytest.mark.parametrize("asked", ["flows", "flows in a window", "listed"])
def test_the_statements_of_one_question_see_one_state(store: LocalStore, monkeypatch, asked: str) -> None:
    """The tables beside the flows are told to be whole; then they go; then they are read."""
    before = QUESTIONS[asked](store)
    table = LocalStore.table
    with changed_meanwhile(store, monkeypatch) as commit:

        def committed_just_then(own: LocalStore, statement: Any) -> Any:
            commit()
            return table(own, statement)

        monkeypatch.setattr(LocalStore, "table", committed_just_then)
        assert QUESTIONS[asked](store) == before
        monkeypatch.setattr(LocalStore, "table", table)
    assert QUESTIONS[asked](store) != before


def test_after_a_failure_a_block_goes_on(store: LocalStore) -> None:
    with held(store):
        before = QUESTIONS["flows"](store)
        with pytest.raises(StoreError), store.asking() as connection:
            connection.execute("SELECT 1 / 0 FROM flows WHERE nothing")
        assert QUESTIONS["flows"](store) == before


@pytest.mark.parametrize("look", ["state_of", "has_one_kind", "saved_subnets"])
def test_a_block_looks_once_at_what_a_file_keeps_and_the_next_commit_is_seen(
    store: LocalStore, monkeypatch, look: str
) -> None:
    looked: list[Any] = []
    at_the_file = getattr(answering, look)
    inbound = FlowFilter().where("direction", "Inbound")

    def noted(connection: object) -> object:
        looked.append(at_the_file(connection))
        return looked[-1]

    def ask() -> object:
        return store.fetch(FlowQuery(by=("src_port",), filter=inbound)).to_csv(), store.subnets

    monkeypatch.setattr(answering, look, noted)
    store.stay_open(60)
    with held(store):
        assert ask() == ask()
    assert len(looked) == 1
    store.save_subnets(SubnetMap((Subnet("web", parse_prefix("10.0.9.0/24")),)))
    change_all(store)
    with held(store):
        assert ask() == ask()
        assert [each.name for each in store.subnets.subnets] == ["web"]
    with store.asking() as connection:
        assert looked[1:] == [at_the_file(connection)]
