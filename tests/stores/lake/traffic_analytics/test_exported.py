"""What Log Analytics exports of Traffic Analytics, asked where it lies: told by content, pruned, damaged, twice."""

from __future__ import annotations

import json
import shutil
from datetime import timedelta
from pathlib import Path

import pytest

from nsgflow_core.__main__ import main
from nsgflow_core.ask.filters import FlowFilter
from nsgflow_core.ask.query import FlowQuery, RowsQuery
from nsgflow_core.errors import StoreMissing, UnsupportedDimension
from nsgflow_core.inventory.subnet_map import read_subnet_map
from nsgflow_core.stores.kusto.tables import TABLES
from nsgflow_core.stores.lake import store as lake_store
from nsgflow_core.stores.lake.exporting import export_parquet
from nsgflow_core.stores.lake.store import LakeStore
from nsgflow_core.stores.lake.traffic_analytics.engine import window_of
from nsgflow_core.stores.lake.traffic_analytics.store import TrafficAnalyticsLake, answering
from nsgflow_core.stores.local.store import LocalStore
from tests.estates.flows import START as FIRST
from tests.estates.flows import row, store_of
from tests.parts.exported_rows import as_lines, as_parquet, line_of
from tests.parts.workspace_rows import START, SUBNETS, cl, nta

NTA, OLD = "NTANetAnalytics", "AzureNetworkAnalytics_CL"
PACKED = nta(DestIp="", DestPublicIps="8.8.8.8|1|1|2|3|4|5 9.9.9.9|2|0|0|0|0|0", AllowedOutFlows=3, DestPort=443)
ROWS = [nta(AllowedOutFlows=2), nta(DestPort=22, DeniedOutFlows=1, FlowStatus="D"), PACKED]
BY = FlowQuery(by=("source", "destination", "port", "decision"))
TOLD = [
    ("web", "Internet", 443, "Allowed", 3), ("web", "db", 22, "Denied", 1), ("web", "db", 1433, "Allowed", 2),
]  # fmt: skip
HOUR = timedelta(hours=1)
UNKNOWN = "of no SubType, or of a direction or verdict that is no flow's: left out."
ODD = "with a number that cannot be read, which"


@pytest.fixture(autouse=True)
def _looks_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lake_store, "_FRESH", 0.0)


def lake_of(folder: Path) -> LakeStore:
    return LakeStore(folder / "lake", index=folder / "index.duckdb", subnets=SUBNETS)


def asked(store: LakeStore | TrafficAnalyticsLake) -> list[tuple[object, ...]]:
    return list(store.fetch(BY).itertuples(index=False, name=None))


def lines_in(folder: Path) -> Path:
    (found,) = (folder / "lake").rglob("*.json")
    return found


@pytest.mark.parametrize("write", [as_lines, as_parquet])
def test_exported_rows_mean_what_they_mean_in_a_workspace(tmp_path: Path, write) -> None:
    write(tmp_path / "lake", {NTA: ROWS, "AzureNetworkAnalytics_CL": [cl(AllowedOutFlows_d=4.0)]})
    store = answering(lake_of(tmp_path))
    assert isinstance(store, TrafficAnalyticsLake)
    assert asked(store) == [*TOLD[:2], ("web", "db", 1433, "Allowed", 4)]  # the larger of two kinds of log
    found = store.rows(RowsQuery(FlowFilter.from_params({"log_kind": "VNet", "dst_ip": "8.8.8.8"})))
    assert found[["src_ip", "dst_ip", "dst_to_src_bytes", "flows"]].values.tolist() == [["10.1.1.4", "8.8.8.8", 5, 1]]
    with pytest.raises(UnsupportedDimension):
        store.fetch(FlowQuery(by=("src_port",)))
    assert not store.fetch(BY).attrs.get("partial")
    assert not store.values("port").partial


@pytest.mark.parametrize("write", [as_lines, as_parquet])
def test_a_folder_is_its_own_whatever_its_name_stands_for_elsewhere(tmp_path: Path, write) -> None:
    write(tmp_path / "flows [1]*", {NTA: ROWS})
    write(tmp_path / "flows 1", {NTA: [nta(DestPort=9, AllowedOutFlows=99)]})
    write(tmp_path / "flows 1 more", {NTA: [nta(DestPort=9, AllowedOutFlows=99)]})
    lake = LakeStore(tmp_path / "flows [1]*", index=tmp_path / "index.duckdb", subnets=SUBNETS)
    assert asked(answering(lake)) == TOLD


def test_rows_written_twice_are_one_as_in_the_workspace(tmp_path: Path) -> None:
    as_lines(tmp_path / "lake", {NTA: [*ROWS, ROWS[0]]})
    as_parquet(tmp_path / "lake", {NTA: ROWS})
    store = answering(lake_of(tmp_path))
    assert asked(store) == TOLD


def test_a_jobs_query_may_leave_columns_out(tmp_path: Path) -> None:
    held = {"TimeGenerated", "FlowIntervalStartTime", "SrcIp", "DestIp", "DestPort", "L4Protocol", "FlowDirection",
            "FlowStatus", "AllowedOutFlows", "DeniedOutFlows", "DestPublicIps"}  # fmt: skip
    as_parquet(tmp_path / "lake", {NTA: ROWS}, held)
    assert asked(answering(lake_of(tmp_path))) == TOLD


def test_lines_that_cannot_be_read_are_counted_and_said(tmp_path: Path) -> None:
    as_lines(tmp_path / "lake", {NTA: ROWS})
    path = lines_in(tmp_path)
    torn = line_of(NTA, ROWS[0])[:100]
    odd = json.dumps({"DestPort": "x", "FlowIntervalStartTime": "soon"})
    strange = line_of(NTA, nta(FlowStatus="Blocked", DestPort=9))
    path.write_text(f"{torn}\n\n[1]\n{odd}\n{strange}\n{path.read_text()}{torn}")
    store = answering(lake_of(tmp_path))
    answer = store.fetch(BY)
    assert list(answer.itertuples(index=False, name=None)) == TOLD
    assert answer.attrs["partial"] == f"4 lines of the files cannot be read: left out. 1 row {UNKNOWN}"
    assert store.values("port").partial == answer.attrs["partial"]


def test_only_files_with_rows_of_the_window_are_asked(tmp_path: Path) -> None:
    later = [nta(DestPort=80, AllowedOutFlows=1, FlowIntervalStartTime=START + n * HOUR,
                 TimeGenerated=START + (n + 1) * HOUR) for n in range(5)]  # fmt: skip
    as_lines(tmp_path / "lake", {NTA: later})
    lake = lake_of(tmp_path)
    store = answering(lake)
    window = FlowFilter.from_params({"since": "2025-08-25T20:00Z", "until": "2025-08-25T22:00Z"})
    text = store.explain(FlowQuery(window, by=("port",)))
    files = lake.files_added_up(window_of(text, TABLES[0]))[TABLES[0]]
    assert [Path(path).parts[-3] for alike in files for path in alike.paths] == ["h=21", "h=22"]
    assert store.fetch(FlowQuery(window, by=("port",)))["flows"].tolist() == [2]
    assert store.extent().tuples == 5
    none = FlowFilter.from_params({"since": "2020-01-01", "until": "2020-01-02"})
    assert store.fetch(FlowQuery(none, by=("port",))).empty
    assert store.fetch(FlowQuery(none))["flows"].tolist() == [0]


def test_other_json_is_passed_over_and_a_damaged_export_is_said(tmp_path: Path) -> None:
    as_lines(tmp_path / "lake", {NTA: ROWS})
    (tmp_path / "lake" / "nsgs.json").write_text('[{"name": "web-nsg"}]')
    (tmp_path / "lake" / "empty.json").write_text("")
    assert asked(answering(lake_of(tmp_path))) == TOLD
    next((tmp_path / "lake").rglob("PT05M.json")).with_name("PT05M_2.json").write_text("x")
    answer = answering(lake_of(tmp_path)).fetch(BY)
    assert list(answer.itertuples(index=False, name=None)) == TOLD
    assert "PT05M_2.json holds no rows of Traffic Analytics" in answer.attrs["partial"]


def test_single_flows_tell_more_than_rows_that_were_added_up(tmp_path: Path) -> None:
    store = store_of(tmp_path / "f.duckdb", [row(("10.1.1.4", "10.1.2.5", "TCP", 443), FIRST)], SUBNETS)
    export_parquet(store, tmp_path / "lake")
    as_parquet(tmp_path / "lake", {NTA: ROWS})
    answering_store = answering(lake_of(tmp_path))
    assert isinstance(answering_store, LakeStore)
    answer = answering_store.fetch(FlowQuery())
    assert answer["flows"].tolist() == [1]
    assert "holds what Traffic Analytics added up" in answer.attrs["partial"]


def test_what_comes_and_goes_is_seen_and_what_is_kept_for_the_folder_labels(tmp_path: Path) -> None:
    as_lines(tmp_path / "lake", {NTA: ROWS[:1]})
    lake = LakeStore(tmp_path / "lake", index=tmp_path / "index.duckdb")
    store = answering(lake)
    assert isinstance(store, TrafficAnalyticsLake)
    before = store.identity
    assert asked(store) == [("10.1.1.0/24", "10.1.2.0/24", 1433, "Allowed", 2)]
    lake.save_subnets(read_subnet_map("name,prefix\nfront,10.1.1.0/24"))
    lake.save_nsg_names({"s/rg/web-nsg": "Front door"})
    assert store.identity != before
    assert asked(store) == [("front", "10.1.2.0/24", 1433, "Allowed", 2)]
    assert store.values("nsg") == ["Front door"]
    path = lines_in(tmp_path)
    path.write_text(path.read_text() + line_of(NTA, ROWS[1]) + "\n")
    assert [each[-1] for each in asked(store)] == [1, 2]
    shutil.rmtree(tmp_path / "lake")
    with pytest.raises(StoreMissing):
        asked(store)


def test_a_row_without_a_moment_is_left_out_as_it_is_told(tmp_path: Path) -> None:
    as_lines(tmp_path / "lake", {NTA: [*ROWS, nta(FlowIntervalStartTime="26/11/2026 03:00:00", DestPort=9)]})
    answer = answering(lake_of(tmp_path)).fetch(BY)
    assert [tuple(row) for row in answer.itertuples(index=False)] == TOLD
    assert answer.attrs["partial"] == "1 line of the files cannot be read: left out."


FAULTS = {
    "a verdict": (NTA, nta(FlowStatus="Blocked"), UNKNOWN),
    "no verdict": (NTA, nta(FlowStatus=""), UNKNOWN),
    "a direction": (NTA, nta(FlowDirection="IntraVNet"), UNKNOWN),
    "a verdict of NSG flow logs": (OLD, cl(FlowStatus_s="B"), UNKNOWN),
    "no SubType": (NTA, nta(SubType=""), UNKNOWN),
    "no SubType of NSG flow logs": (OLD, cl(SubType_s=""), UNKNOWN),
    "a counter": (NTA, nta(BytesSrcToDest="many"), ODD),
    "a counter beyond all": (NTA, nta(PacketsDestToSrc=10**30), ODD),
    "a counter of NSG flow logs": (OLD, cl(InboundBytes_d="NaN"), ODD),
    "an unknown verdict with a counter": (NTA, nta(FlowStatus="?", BytesSrcToDest="x"), UNKNOWN),
}
SOUND = {
    NTA: [nta(FlowStatus="D", FlowDirection="i"), nta(FlowStatus="ALLOWED"), nta(SubType="Topology", FlowStatus="")],
    OLD: [cl(NSGRules_s="0|a|O|A|1", NSGRule_s="", FlowStatus_s=""), cl(InboundBytes_d=1e9)],
}


@pytest.mark.parametrize("name", FAULTS)
def test_what_of_a_row_counts_for_nothing_is_counted_and_said(tmp_path: Path, name: str) -> None:
    table, odd, words = FAULTS[name]
    as_lines(tmp_path / "lake", SOUND | {table: [*SOUND[table], odd]})
    held = lake_of(tmp_path).added_up()
    assert held
    assert held.left_out.startswith(f"1 row {words}")


@pytest.mark.parametrize("write", [as_lines, as_parquet])
def test_nothing_is_said_of_sound_rows(tmp_path: Path, write) -> None:
    write(tmp_path / "lake", SOUND)
    held = lake_of(tmp_path).added_up()
    assert held
    assert (held.rows, held.left_out) == (5, "")


FORMS = {
    "a byte order mark": lambda line: b"\xef\xbb\xbf" + line,
    "UTF-16": lambda line: line.decode().encode("utf-16"),
    "an array": lambda line: b"[" + line + b"]",
    "many lines": lambda line: json.dumps(json.loads(line), indent=1).encode(),
    "an envelope": lambda line: b'{"records": [' + line + b"]}",
    "behind other lines": lambda line: b'{"a": 1}\n' * 25 + line,
    "an answer": lambda line: json.dumps(
        {"tables": [{"columns": [{"name": each} for each in json.loads(line)]}]}
    ).encode(),
}


@pytest.mark.parametrize("form", FORMS)
def test_rows_in_another_form_beside_an_export_are_left_out_by_name(tmp_path: Path, form: str) -> None:
    as_lines(tmp_path / "lake", {NTA: ROWS})
    (tmp_path / "lake" / "other.json").write_bytes(FORMS[form](line_of(NTA, nta(DestPort=9)).encode()))
    (tmp_path / "lake" / "notes.json").write_text('{"FlowStatus": "Allowed"}')
    answer = answering(lake_of(tmp_path)).fetch(BY)
    assert [tuple(row) for row in answer.itertuples(index=False)] == TOLD
    told = answer.attrs["partial"]
    assert "other.json" in told
    assert "names columns of NTANetAnalytics" in told
    assert "notes.json" not in told


@pytest.mark.parametrize(
    "content", ["", "{}", '[{"FlowStatus": "Allowed"}]', '{"tables": [{"name": "PrimaryResult", "rows": []}]}']
)
def test_a_folder_of_other_json_alone_is_no_lake_without_rows(tmp_path: Path, content: str) -> None:
    (tmp_path / "lake").mkdir()
    (tmp_path / "lake" / "answer.json").write_text(content)
    with pytest.raises(StoreMissing, match=r"no flows in the 1 file of JSON") as refused:
        answering(lake_of(tmp_path))
    assert "az monitor log-analytics query" in refused.value.hint


def test_the_command_line_asks_exported_rows(tmp_path: Path, capsys, monkeypatch) -> None:
    monkeypatch.setenv("NSGFLOW_STORE", str(tmp_path / "flows.duckdb"))
    as_lines(tmp_path / "lake", {NTA: ROWS})
    (tmp_path / "subnets.csv").write_text("name,prefix\nfront,10.1.1.0/24")
    named = ["--lake", str(tmp_path / "lake")]
    assert main(["inventory", str(tmp_path / "subnets.csv"), "--save", *named]) == 0
    capsys.readouterr()
    assert main(["denied", *named, "--since", "2025-08-25", "--format", "csv"]) == 0
    said = capsys.readouterr().out
    assert "22" in said
    assert main(["required-ports", *named, "--format", "csv"]) == 0
    assert "front,10.1.2.0/24" in capsys.readouterr().out
    assert main(["query", *named, "--saved", "x"]) == 2
    assert "single flows" in capsys.readouterr().err
    assert not LocalStore(tmp_path / "flows.duckdb").path.exists()
