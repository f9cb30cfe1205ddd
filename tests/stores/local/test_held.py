"""A store that is held at hand for several questions: same answers, one opening, and no writer waits for ever."""

from __future__ import annotations

import threading
from pathlib import Path

from nsgflow_core.ask.query import FlowQuery
from nsgflow_core.inventory.subnet_map import SubnetMap
from nsgflow_core.stores.base import held
from nsgflow_core.stores.local.disk import file, opening
from nsgflow_core.stores.local.store import LocalStore
from tests.estates.flows import START, row, store_of
from tests.estates.logged import LoggedRows

QUERY = FlowQuery(by=("src_ip",), measures=("flows",))


def test_the_file_is_opened_once_for_the_questions_of_a_block(tmp_path: Path, monkeypatch) -> None:
    store = store_of(tmp_path / "f.duckdb", [row(("10.0.0.1", "10.0.0.2", "TCP", 443), START)], SubnetMap())
    opened: list[Path] = []

    def open_it(path: Path, writable: bool) -> object:
        opened.append(path)
        return opening.opened(path, writable)

    monkeypatch.setattr(file, "opened", open_it)

    with held(store), held(store):
        answers = [store.fetch(QUERY) for _ in range(3)]

    assert len(opened) == 1
    assert all(answer.equals(store.fetch(QUERY)) for answer in answers)
    assert len(opened) == 4, "closed at the end of the block"


def test_a_writer_waits_for_the_block_whose_questions_go_on(tmp_path: Path) -> None:
    store = store_of(tmp_path / "f.duckdb", [row(("10.0.0.1", "10.0.0.2", "TCP", 443), START)], SubnetMap())
    asked = threading.Event()

    def write() -> None:
        asked.set()
        store.save_setting("note", "written")

    writer = threading.Thread(target=write)
    with held(store):
        store.fetch(QUERY)
        writer.start()
        asked.wait()
        writer.join(0.2)
        assert len(store.fetch(QUERY)) == 1
    writer.join(60)
    assert store.setting("note") == "written"


def test_a_store_without_a_file_and_one_of_another_kind_are_held_too(tmp_path: Path) -> None:
    missing = LocalStore(tmp_path / "none.duckdb")
    with held(missing), held(LoggedRows([])):
        missing.save_setting("note", "made inside")
    assert missing.setting("note") == "made inside"
