"""An engine is started once and asks one store after the other; between two questions no file is open."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path

import duckdb
import pytest

from nsgflow_core.errors import StoreMissing
from nsgflow_core.stores.local.disk import engines
from nsgflow_core.stores.local.disk.file import store_file
from nsgflow_core.stores.local.store import LocalStore


@pytest.fixture(autouse=True)
def started(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Mapping[str, str]]]:
    """The settings of each engine that a test starts; none waits when it begins, and none is left."""
    begun: list[Mapping[str, str]] = []
    start = engines._start

    def noted(settings: Mapping[str, str]) -> engines._Engine:
        begun.append(settings)
        return start(settings)

    engines._let_go()
    monkeypatch.setattr(engines, "_start", noted)
    yield begun
    engines._let_go()


def holding(path: Path, text: str) -> LocalStore:
    store = LocalStore(path)
    store.save_setting("key", text)
    return store


def test_one_engine_asks_and_changes_one_store_after_the_other(started, tmp_path):
    for number in range(3):
        store = holding(tmp_path / f"{number}.duckdb", str(number))
        assert [store.setting("key"), store.setting("key"), store.extent().tuples] == [str(number), str(number), 0]
    assert len(started) == 1


def test_between_two_questions_the_file_is_nobodys(tmp_path):
    store = holding(tmp_path / "flows.duckdb", "first")
    assert store.setting("key") == "first"
    with duckdb.connect(str(store.path)) as connection:  # DuckDB refuses this while an engine has the file
        connection.execute("UPDATE settings SET value = 'second'")
    assert store.setting("key") == "second"
    other = holding(tmp_path / "other.duckdb", "other")
    store.path.unlink()
    with pytest.raises(StoreMissing):
        store.extent()
    shutil.copy(other.path, store.path)
    assert store.setting("key") == "other"


@pytest.mark.parametrize(
    "name", ["it's.duckdb", "temp.duckdb", "system.duckdb", "md:x.duckdb", "a b;--.duckdb", "Ü.db"]
)
def test_any_name_will_do(name, tmp_path):
    if os.name == "nt" and ":" in name:
        pytest.skip("Windows has no such names")
    assert holding(tmp_path / name, "kept").setting("key") == "kept"
    assert (tmp_path / name).stat().st_size > 0


def test_what_a_writer_made_for_itself_is_gone_with_it(tmp_path):
    file = store_file(tmp_path / "flows.duckdb")
    for _ in range(2):
        with file.writing() as connection:
            connection.execute("CREATE TEMP TABLE batch AS SELECT 1 AS one")


def test_an_engine_in_which_something_failed_is_not_used_again(started, tmp_path):
    store = holding(tmp_path / "flows.duckdb", "kept")

    def fail_half_way(connection: duckdb.DuckDBPyConnection) -> None:
        connection.execute("ATTACH ':memory:' AS left_behind")
        raise ValueError("half way")

    with pytest.raises(ValueError, match="half way"), store.asking() as connection:
        fail_half_way(connection)
    with store.asking() as connection:
        assert connection.execute("SELECT count(*) FROM duckdb_databases() WHERE NOT internal").fetchall() == [
            (2,)
        ]  # its own memory and the store
    assert len(started) == 2


def test_nor_one_that_worked_long_which_keeps_its_memory(started, tmp_path, monkeypatch):
    store = holding(tmp_path / "flows.duckdb", "kept")
    monkeypatch.setattr(engines, "_SHORT", 0)
    store.extent()
    store.extent()
    assert len(started) == 2


def test_but_that_of_commits_one_after_the_other_waits_until_they_are_over(started, tmp_path, monkeypatch):
    monkeypatch.setattr(engines, "_SHORT", 0)
    store = holding(tmp_path / "flows.duckdb", "kept")
    started.clear()
    with store.committed_often():
        for text in ("one", "two", "three"):
            store.save_setting("key", text)
            with duckdb.connect(str(store.path)) as connection:  # nobody has the file in between
                assert connection.execute("SELECT value FROM settings WHERE key = 'key'").fetchall() == [(text,)]
        assert (len(started), len(engines._waiting)) == (1, 1)
        with LocalStore(tmp_path / "other.duckdb").committed_often():
            pass
        assert len(engines._waiting) == 1, "another import that ends leaves it"
        store.extent()
        assert engines._waiting == [], "a question that worked long keeps none"
        store.save_setting("key", "four")
    assert engines._waiting == []


def test_what_did_not_fit_into_memory_goes_with_the_engine(started, tmp_path, monkeypatch):
    monkeypatch.setattr("nsgflow_core.stores.local.disk.opening.MEMORY_LIMIT", "30MB")
    monkeypatch.setattr(engines, "_SHORT", 1000)
    store = holding(tmp_path / "flows.duckdb", "kept")
    with store.asking() as connection:
        connection.execute("SET threads = 1")
        found = connection.execute("SELECT count(*) FROM (SELECT DISTINCT hash(i) FROM range(2000000) t(i))").fetchall()
        assert found[0][0] > 1_900_000
        assert Path(f"{store.path}.tmp").exists()
    assert not Path(f"{store.path}.tmp").exists()
    assert store.setting("key") == "kept"


@pytest.mark.skipif(os.name == "nt", reason="Windows has no fork")
def test_a_forked_process_starts_its_own(tmp_path):
    store = holding(tmp_path / "flows.duckdb", "kept")
    child = os.fork()
    if child == 0:
        os._exit(0 if store.setting("key") == "kept" else 1)
    assert os.waitpid(child, 0)[1] == 0
    assert store.setting("key") == "kept"
