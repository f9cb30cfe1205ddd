"""Other logs of Azure beside flow logs, told by their records where no path tells: left out, counted, at every run."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from nsgflow_core.__main__ import main
from nsgflow_core.formats.another_log import is_of_another_log
from nsgflow_core.intake.importing import import_flows
from nsgflow_core.sources.folder import FolderSource
from nsgflow_core.stores.local.store import LocalStore
from tests.estates.records import LINE, NSG_ID, nsg_record, vnet_record, whole_blob

EVENT: dict[str, object] = {
    "time": "2026-11-20T10:00:00Z",
    "category": "NetworkSecurityGroupEvent",
    "resourceId": NSG_ID,
    "properties": {"ruleName": "x", "direction": "In", "conditions": {"protocols": "6"}},
}
RULES = EVENT | {"category": "NetworkSecurityGroupRuleCounter", "properties": {"matchedConnections": 5}}
ACCESS: dict[str, object] = {
    "category": "ApplicationGatewayAccessLog",
    "properties": {"clientIP": "10.0.0.4", "flows": "x"},
}
METRIC: dict[str, object] = {
    "count": 4,
    "total": 1,
    "time": "2026-11-20T10:00:00Z",
    "metricName": "cpu",
    "timeGrain": "PT1M",
}
INSIGHTS: dict[str, object] = {
    "time": "2026-11-20T10:00:00Z",
    "resourceId": "/SUBSCRIPTIONS/X/RESOURCEGROUPS/RG/PROVIDERS/MICROSOFT.INSIGHTS/COMPONENTS/SHOP",
    "Type": "AppTraces",
    "Properties": {"Category": "Host.Results"},
}
FLOW_LOG_ID = "/SUBSCRIPTIONS/X/RESOURCEGROUPS/RG/PROVIDERS/MICROSOFT.NETWORK/NETWORKWATCHERS/NW/FLOWLOGS/FL"
RECORDS: dict[str, dict[str, object]] = {
    "NSG events": EVENT,
    "rule counters": RULES,
    "access log": ACCESS,
    "metrics": METRIC,
    "Application Insights": INSIGHTS,
    "a category in another case": {"Category": "AuditEvent", "Properties": {"flows": []}},
}


def lines(record: dict[str, object], end: str = "\n") -> bytes:
    return "".join(json.dumps(record) + end for _ in "123").encode()


FRAMES = {
    "a list of records": lambda record: whole_blob([record, record]),
    "not closed": lambda record: whole_blob([record, record])[:-2],
    "in many lines": lambda record: json.dumps({"records": [record]}, indent=2).encode(),
    "after a byte order mark": lambda record: b"\xef\xbb\xbf" + whole_blob([record]),
    "JSON lines": lines,
    "JSON lines of Windows": lambda record: lines(record, "\r\n"),
    "a bare list": lambda record: json.dumps([record, record]).encode(),
}
FLAT: dict[str, object] = {"time": "x", "category": "FlowLogFlowEvent", "macAddress": "000D3A0000A1", "rule": "x"}
OWN = {
    "a flow log": whole_blob([vnet_record([LINE])]),
    "one without tuples": whole_blob([vnet_record([]), nsg_record(2, [])]),
    "another record before": whole_blob([EVENT, vnet_record([LINE])]),
    "flattened records": whole_blob([FLAT]),
    "flattened records with a tuple": whole_blob([ACCESS | {"flowTuple": LINE}]),
    "flattened lines": lines(FLAT),
    "no category": whole_blob([{"time": "x", "properties": {}}]),
    "flattened without a category": whole_blob([{"time": "x", "resourceId": NSG_ID, "sourceAddress": "10.0.0.4"}]),
    "flattened, of a flow log": whole_blob([{"time": "x", "resourceId": FLOW_LOG_ID, "sourceAddress": "10.0.0.4"}]),
    "of a subscription": whole_blob([{"time": "x", "resourceId": "/SUBSCRIPTIONS/X"}]),
    "no record": b'{"records":[',
    "no JSON": b"PAR1{",
    "nothing": b"",
    "a record that is cut": whole_blob([EVENT])[:60],
}


@pytest.mark.parametrize("frame", FRAMES.values(), ids=FRAMES)
def test_other_logs_are_told_by_their_first_record(frame) -> None:
    assert [name for name, record in RECORDS.items() if not is_of_another_log(frame(record))] == []


@pytest.mark.parametrize("content", OWN.values(), ids=OWN)
def test_what_may_hold_flows_is_read(content: bytes) -> None:
    assert not is_of_another_log(content)


def test_they_are_left_out_and_counted_at_every_run(
    logs: Path, store: LocalStore, capsys: pytest.CaptureFixture[str]
) -> None:
    (logs / "flows").mkdir()
    (logs / "flows" / "PT1H.json").write_bytes(OWN["another record before"])
    for at, frame in enumerate(FRAMES.values()):
        (logs / str(at)).mkdir()
        (logs / str(at) / "PT1H.json").write_bytes(frame(list(RECORDS.values())[at % len(RECORDS)]))
    for _ in range(2):
        assert main(["import", str(logs), "--store", str(store.path), "--json"]) == 0
        report = json.loads(capsys.readouterr().out)
        assert (report["blobs_seen"], report["failures"], report["rejected_blobs"]) == (1, [], [])
        assert report["left_out"] == {"not flow logs": len(FRAMES)}
    assert store.extent().tuples == 1
    assert store.rejections()["tuples"].sum() == 1, "that of the blob that holds flows too"


def test_nothing_else_is_nothing_read(logs: Path, store: LocalStore) -> None:
    (logs / "PT1H.json").write_bytes(whole_blob([EVENT]))
    assert import_flows(FolderSource(logs), store).exit_status == 2
    (logs / "empty.json").write_bytes(whole_blob([]))
    assert import_flows(FolderSource(logs), store).exit_status == 0


def test_a_flow_log_that_becomes_another_is_told_as_before(logs: Path, store: LocalStore) -> None:
    path = logs / "PT1H.json"
    path.write_bytes(OWN["a flow log"])
    assert import_flows(FolderSource(logs), store).exit_status == 0
    path.write_bytes(whole_blob([EVENT]))
    report = import_flows(FolderSource(logs), store)
    assert (report.blobs_rejected, report.left_out, store.extent().tuples) == (1, {}, 0)
