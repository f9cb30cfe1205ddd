"""Flows as Parquet files: the rows of the store, an hour a file, only what changed, whole or not at all."""

from __future__ import annotations

import json
from contextlib import AbstractContextManager
from datetime import timedelta
from pathlib import Path

import duckdb
import pandas as pd
import pyarrow.parquet as pq
import pytest

from nsgflow_core.__main__ import main
from nsgflow_core.ask.filters import FlowFilter
from nsgflow_core.ask.query import RowsQuery
from nsgflow_core.errors import InputError
from nsgflow_core.formats.parquet.form import FORM, columns
from nsgflow_core.sources.left_out import MANIFEST
from nsgflow_core.stores.lake import exporting
from nsgflow_core.stores.lake.exporting import export_parquet
from nsgflow_core.stores.local.store import LocalStore
from tests.estates.daily import SUBNETS
from tests.estates.flows import START, Key, row, store_of

WEB: Key = ("10.20.1.4", "10.20.2.4", "TCP", 443)
SIX: Key = ("fd00:20:1::4", "fd00:20:2::4", "UDP", 53)


def three_hours(path: Path) -> LocalStore:
    rows = [row(key, START + timedelta(minutes=20 * each)) for each in range(9) for key in (WEB, SIX)]
    return store_of(path / "f.duckdb", rows, SUBNETS)


def files(folder: Path) -> dict[str, int]:
    return {str(each.relative_to(folder)): each.stat().st_mtime_ns for each in folder.rglob("*.parquet")}


def held(folder: Path) -> pd.DataFrame:
    text = f"SELECT * EXCLUDE (day) FROM read_parquet('{folder}/*/*.parquet', hive_partitioning = true)"
    with duckdb.connect() as connection:
        found: pd.DataFrame = connection.execute(text).df()
    return found.sort_values(list(found.columns), ignore_index=True)


def test_the_files_hold_the_rows_of_the_store(tmp_path: Path) -> None:
    store, lake = three_hours(tmp_path), tmp_path / "lake"
    done = export_parquet(store, lake)
    assert (done.hours, done.tuples, done.as_before) == (3, 18, 0)
    assert sorted(files(lake)) == [
        f"day={START:%Y-%m-%d}/{START + timedelta(hours=each):%H}.parquet" for each in range(3)
    ]
    rows = store.rows(RowsQuery(limit=None, also=("nsg_id",)))
    expected = rows.sort_values(list(rows.columns), ignore_index=True)
    found = held(lake)
    assert list(found.columns) == list(columns())
    for name in expected.columns:
        assert found[name].fillna(-1).astype(str).tolist() == expected[name].fillna(-1).astype(str).tolist(), name


def test_each_column_says_what_it_means_and_rows_are_in_the_order_of_time(tmp_path: Path) -> None:
    export_parquet(three_hours(tmp_path), tmp_path / "lake")
    for path in (tmp_path / "lake").rglob("*.parquet"):
        table = pq.read_table(path)
        assert table["time"].to_pylist() == sorted(table["time"].to_pylist())
        for name, column in columns().items():
            assert table.schema.field(name).metadata[b"description"].decode() == column.help


def test_only_hours_that_changed_are_written_again(tmp_path: Path) -> None:
    store, lake = three_hours(tmp_path), tmp_path / "lake"
    export_parquet(store, lake)
    before = files(lake)
    assert export_parquet(store, lake).as_before == 3
    assert files(lake) == before
    with changing(store) as connection:
        connection.execute("UPDATE flows SET src_to_dst_bytes = 7 WHERE time = (SELECT max(time) FROM flows)")
    done = export_parquet(store, lake)
    assert (done.hours, done.as_before) == (1, 2)
    assert [name for name, written in files(lake).items() if written != before[name]] == [sorted(before)[-1]]


def changing(store: LocalStore) -> AbstractContextManager[duckdb.DuckDBPyConnection]:
    return store._file.writing()


def test_a_window_writes_whole_hours_and_what_is_gone_from_the_store_stays(tmp_path: Path) -> None:
    store, lake = three_hours(tmp_path), tmp_path / "lake"
    middle = START + timedelta(hours=1, minutes=30)
    assert export_parquet(store, lake, FlowFilter(middle, middle + timedelta(minutes=1))).tuples == 6
    assert export_parquet(store, lake).hours == 2
    with changing(store) as connection:
        connection.execute("DELETE FROM flows WHERE time < (SELECT max(time) FROM flows) - INTERVAL 1 HOUR")
    export_parquet(store, lake, FlowFilter(START + timedelta(hours=2)))
    assert len(held(lake)) == 18


def test_a_kill_between_a_file_and_the_list_writes_that_hour_once_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, lake = three_hours(tmp_path), tmp_path / "lake"
    with monkeypatch.context() as broken:
        broken.setattr(exporting, "_keep", lambda *_: None)
        export_parquet(store, lake, FlowFilter(START, START + timedelta(hours=1)))
    (lake / MANIFEST).write_text(json.dumps({"form": FORM, "store": store.uuid, "hours": {}}))
    assert export_parquet(store, lake).hours == 3
    assert len(held(lake)) == 18
    assert [each.name for each in lake.rglob(".*")] == []


def test_a_folder_of_something_else_is_not_touched(tmp_path: Path) -> None:
    store, lake = three_hours(tmp_path), tmp_path / "lake"
    lake.mkdir()
    (lake / "mine.txt").write_text("x")
    with pytest.raises(InputError, match="holds something else"):
        export_parquet(store, lake)
    other = tmp_path / "other"
    other.mkdir()
    export_parquet(three_hours(other), tmp_path / "theirs")
    with pytest.raises(InputError, match="of another store"):
        export_parquet(store, tmp_path / "theirs")
    (tmp_path / "theirs" / MANIFEST).write_text("[]")
    with pytest.raises(InputError, match="cannot be read"):
        export_parquet(store, tmp_path / "theirs")


def test_the_command_says_what_it_wrote(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    store = three_hours(tmp_path)
    asked = ["export", str(tmp_path / "lake"), "--store", str(store.path)]
    assert main(asked) == 0
    assert "3 hours written, 18 log entries" in capsys.readouterr().out
    assert main([*asked, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["as_before"] == 3


def test_a_name_that_changed_is_written_again(tmp_path: Path) -> None:
    store, lake = three_hours(tmp_path), tmp_path / "lake"
    export_parquet(store, lake)
    with changing(store) as connection:
        connection.execute("UPDATE nsgs SET label = 'renamed'")
    assert export_parquet(store, lake).hours == 3
    assert set(held(lake)["nsg"]) == {"renamed"}


def test_other_numbers_for_the_same_words_change_nothing(tmp_path: Path) -> None:
    store, lake = three_hours(tmp_path), tmp_path / "lake"
    export_parquet(store, lake)
    with changing(store) as connection:
        for table, columns in (("addresses", ("src", "dst")), ("contexts", ("context",))):
            connection.execute(f"UPDATE {table} SET id = id + 1000")
            for column in columns:
                connection.execute(f"UPDATE flows SET {column} = {column} + 1000")
    assert export_parquet(store, lake).as_before == 3
