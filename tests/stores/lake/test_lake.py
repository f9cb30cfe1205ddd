"""A folder of Parquet files as a store: what comes, changes, goes and cannot be used."""

from __future__ import annotations

import shutil
from datetime import timedelta
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from nsgflow_core.__main__ import main
from nsgflow_core.ask.filters import FlowFilter
from nsgflow_core.ask.query import FlowQuery, RowsQuery
from nsgflow_core.errors import InputError, StoreMissing
from nsgflow_core.stores.lake import store as lake_store
from nsgflow_core.stores.lake.exporting import export_parquet
from nsgflow_core.stores.lake.store import LakeStore
from nsgflow_core.stores.local.store import LocalStore
from tests.estates.daily import SUBNETS
from tests.estates.flows import START, Key, row, store_of

WEB: Key = ("10.20.1.4", "10.20.2.4", "TCP", 443)
SIX: Key = ("fd00:20:1::4", "fd00:20:2::4", "ESP", 0)
NEW: Key = ("10.20.1.9", "192.0.2.9", "UDP", 53)
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def _looks_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lake_store, "_FRESH", 0.0)


def exported(folder: Path, *keys: Key, hours: int = 3) -> tuple[LocalStore, LakeStore]:
    rows = [row(key, START + timedelta(minutes=20 * each)) for each in range(3 * hours) for key in keys]
    store = store_of(folder / "f.duckdb", rows, SUBNETS)
    export_parquet(store, folder / "$a 'lake'")
    return store, LakeStore(folder / "$a 'lake'", index=folder / "index.duckdb")


def files(lake: LakeStore) -> list[Path]:
    return sorted(lake.lake.rglob("*.parquet"))


def test_only_the_files_of_the_window_are_asked(tmp_path: Path) -> None:
    _, lake = exported(tmp_path, WEB, SIX)
    files(lake)[0].write_bytes(files(lake)[0].read_bytes()[:-8] + b"damaged!")
    window = FlowFilter(START + HOUR, START + 2 * HOUR)
    text = lake.explain(FlowQuery(window))
    assert str(files(lake)[1]).replace("'", "''") in text
    assert str(files(lake)[2]).replace("'", "''") not in text
    with duckdb.connect(str(lake.path), read_only=True) as connection:
        assert connection.execute(text).fetchall() == [(6,)]
    assert lake.fetch(FlowQuery(FlowFilter(START - 9 * HOUR, START - 8 * HOUR)))["flows"].tolist() == [0]


@pytest.mark.parametrize("name", ["flows [1]", "flows*", "flows?", "flows [!2]", "**", "[", "{a,b}", "100%", "#1"])
def test_a_folder_is_its_own_whatever_its_name_stands_for_elsewhere(tmp_path: Path, name: str) -> None:
    """DuckDB takes a path for a pattern: `flows?` answered with the flows of `flows1` as well."""
    store, lake = exported(tmp_path, WEB)
    other = store_of(
        tmp_path / "g.duckdb", [row(NEW, START + timedelta(minutes=20 * each)) for each in range(9)], SUBNETS
    )
    for beside in ("flows 1", "flows1", "flowsx", "a"):
        export_parquet(other, tmp_path / beside)
    lake.lake.rename(tmp_path / name)
    named = LakeStore(tmp_path / name, index=tmp_path / "named.duckdb")
    assert named.extent() == store.extent()
    assert named.values("src_ip") == [WEB[0]]
    asked = FlowQuery(by=("src_ip", "port"), measures=("flows", "tuples"))
    assert named.fetch(asked).equals(store.fetch(asked))
    assert set(named.rows(RowsQuery(limit=None))["src_ip"]) == {WEB[0]}


def test_files_that_come_change_and_go_are_seen(tmp_path: Path) -> None:
    _, lake = exported(tmp_path, WEB)
    before = lake.identity
    assert lake.extent().tuples == 9
    first, second, third = files(lake)
    table = pq.read_table(second)
    moved = table.set_column(1, table.schema.field("src_ip"), pa.array([NEW[0]] * len(table)))
    pq.write_table(moved, second)
    assert lake.identity != before
    assert lake.fetch(FlowQuery(by=("src_ip",)))["flows"].tolist() == [6, 3]
    assert lake.values("source") == ["10.20.1.0/24"]
    assert lake.values("src_ip") == [WEB[0], NEW[0]]
    third.unlink()
    assert lake.extent().tuples == 6
    assert len(lake.rows(RowsQuery(limit=None))) == 6
    shutil.copy(first, lake.lake / "more.parquet")
    assert lake.fetch(FlowQuery(measures=("tuples",)))["tuples"].tolist() == [9]


@pytest.mark.parametrize(
    ("broken", "says"),
    [
        (lambda table: table.drop_columns(["nsg_id", "rule"]), "lacks the columns nsg_id, rule"),
        (lambda table: table.set_column(0, "time", pa.array(["x"] * len(table))), "has in time string"),
        (lambda table: table.set_column(1, "src_ip", pa.array(["300.1.1.1"] * len(table))), "without a log entry"),
        (lambda table: table.set_column(7, "decision", pa.array(["Perhaps"] * len(table))), "without a log entry"),
    ],
)
def test_a_file_of_something_else_is_left_out_by_name(tmp_path: Path, broken, says: str) -> None:
    _, lake = exported(tmp_path, WEB)
    table = pq.read_table(files(lake)[1])
    pq.write_table(broken(table), files(lake)[1])
    answer = lake.fetch(FlowQuery())
    assert answer["flows"].tolist() == [6]
    assert says in answer.attrs["partial"]
    assert "01.parquet" in answer.attrs["partial"]
    assert lake.values("port").partial == answer.attrs["partial"]


def test_half_a_file_is_left_out_and_the_whole_one_taken_in(tmp_path: Path) -> None:
    _, lake = exported(tmp_path, WEB)
    whole = files(lake)[0].read_bytes()
    files(lake)[0].write_bytes(whole[: len(whole) // 2])
    assert "is no Parquet file" in lake.fetch(FlowQuery()).attrs["partial"]
    files(lake)[0].write_bytes(whole)
    answer = lake.fetch(FlowQuery())
    assert (answer["flows"].tolist(), answer.attrs) == ([9], {})


def test_pages_of_bytes_that_cannot_be_read_are_left_out(tmp_path: Path) -> None:
    _, lake = exported(tmp_path, WEB)
    whole = bytearray(files(lake)[0].read_bytes())
    whole[4:400] = bytes(396)
    files(lake)[0].write_bytes(whole)
    answer = lake.fetch(FlowQuery())
    assert answer["flows"].tolist() == [6]
    assert "00.parquet" in answer.attrs["partial"]


def test_what_another_program_wrote_again_is_the_same(tmp_path: Path) -> None:
    """All hours in one file, in another order of columns and rows, with smaller numbers, strings as dictionaries."""
    store, lake = exported(tmp_path, WEB, SIX)
    every = pa.concat_tables([pq.read_table(path) for path in files(lake)])
    for path in files(lake):
        path.unlink()
    every = every.append_column("note", pa.array(["x"] * len(every)))
    every = every.set_column(4, "dst_port", every["dst_port"].cast(pa.int32())).set_column(
        0, "time", every["time"].cast(pa.timestamp("ns", "Europe/Berlin"))
    )
    pq.write_table(every.select(sorted(every.column_names)).sort_by("src_ip"), lake.lake / "all.parquet")
    query = FlowQuery(FlowFilter(START + HOUR), by=("hour", "src_ip", "port", "protocol"), measures=("flows", "bytes"))
    found, wanted = lake.fetch(query), LocalStore(store.path).fetch(query)
    assert found.equals(wanted)
    assert len(found) == 4


def test_names_are_kept_with_the_lake_and_a_folder_without_its_files_is_named(tmp_path: Path) -> None:
    _, lake = exported(tmp_path, WEB)
    lake.save_subnets(SUBNETS)
    again = LakeStore(lake.lake, index=lake.path)
    assert again.subnets.subnets == SUBNETS.subnets
    assert again.history()["what"].tolist() == ["Subnets"]
    (tmp_path / "empty").mkdir()
    with pytest.raises(StoreMissing, match=r"There is no Parquet file in .*empty"):
        LakeStore(tmp_path / "empty", index=tmp_path / "e.duckdb").fetch(FlowQuery())
    with pytest.raises(StoreMissing, match="There is no folder"):
        LakeStore(tmp_path / "none", index=tmp_path / "n.duckdb").extent()
    with pytest.raises(InputError, match="is no folder"):
        LakeStore(files(lake)[0], index=tmp_path / "n.duckdb").extent()


def test_commands_ask_a_lake(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _, lake = exported(tmp_path, WEB, SIX)
    assert main(["summarize", "--lake", str(lake.lake), "--by", "port", "--format", "csv"]) == 0
    assert "443,9" in capsys.readouterr().out
    kql = tmp_path / "q.kql"
    kql.write_text("AzureNetworkAnalytics_CL | where SubType_s == 'FlowLog' | summarize sum(AllowedInFlows_d)")
    assert main(["query", "--lake", str(lake.lake), "--kql", str(kql), "--format", "csv"]) == 0
    assert "18" in capsys.readouterr().out
    names = tmp_path / "subnets.csv"
    names.write_text("name,prefix\nweb,10.20.1.0/24\n")
    assert main(["inventory", str(names), "--save", "--lake", str(lake.lake)]) == 0
    assert main(["views", "--save", "from web", "--lake", str(lake.lake), "--src", "web"]) == 0
    capsys.readouterr()
    asked = ["summarize", "--lake", str(lake.lake), "--view", "from web", "--by", "source", "--format", "csv"]
    assert main(asked) == 0
    assert capsys.readouterr().out.splitlines()[-1].startswith("web,9")
    assert main(["summarize", "--lake", str(lake.lake), "--store", "x.duckdb"]) == 2
    assert "--store and --lake are given" in capsys.readouterr().err
