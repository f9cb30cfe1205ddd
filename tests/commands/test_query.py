"""`query` as a script meets it: KQL from a file or standard input, exact values, one sentence for a bad query."""

from __future__ import annotations

import csv
import io
import json
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from nsgflow_core.inventory.subnet_map import SubnetMap
from nsgflow_core.stores.local.store import LocalStore
from tests.commands.conftest import Run
from tests.estates.flows import START, row, store_of

VNETS = [
    {
        "name": "vnet",
        "id": "/subscriptions/S/resourceGroups/RG/providers/Microsoft.Network/virtualNetworks/vnet",
        "addressSpace": {"addressPrefixes": ["10.0.0.0/16"]},
        "subnets": [{"name": "app", "addressPrefix": "10.0.1.0/24"}],
    }
]


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> LocalStore:
    moments = (START, START + timedelta(hours=1, milliseconds=40))
    rows = [row(("10.0.2.4", "10.0.1.4", "TCP", 443), moment) | {"log_kind": "VNet"} for moment in moments]
    return store_of(tmp_path_factory.mktemp("query") / "flows.duckdb", rows, SubnetMap())


@pytest.fixture
def ask(store: LocalStore, run: Run, tmp_path: Path):
    def ask(kql: str, *words: object) -> tuple[int, str, str]:
        (tmp_path / "q.kql").write_text(kql, encoding="utf-8-sig")
        return run("query", "--kql", tmp_path / "q.kql", "--store", store.path, *words)

    return ask


def test_values_are_exact(ask) -> None:
    kql = (
        "NTANetAnalytics | summarize n = sum(AllowedInFlows), newest = max(FlowEndTime), "
        "unknown = take_any(IsFlowCapturedAtUdrHop), "
        "took = max(FlowEndTime) - min(FlowStartTime)"
    )
    status, printed, said = ask(kql)
    assert (status, said) == (0, "")
    assert list(csv.reader(io.StringIO(printed)))[1] == ["2", "2026-11-01T01:00:00.04Z", "", "01:00:00.04"]
    assert json.loads(ask(kql, "--format", "json")[1])[0]["unknown"] is None


def test_standard_input_is_read(store: LocalStore, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"NTANetAnalytics | count")))
    assert run("query", "--kql", "-", "--store", store.path)[1] == "Count\n2\n"


def test_the_files_of_a_run_tell_the_network(ask, tmp_path: Path) -> None:
    (tmp_path / "vnets.json").write_text(json.dumps(VNETS))
    kql = "NTANetAnalytics | distinct DestSubnet, SrcSubnet, FlowType"
    assert ask(kql)[1].splitlines()[1:] == [",,UnknownPrivate"]
    for option in ("--inventory", "--subnets"):
        assert ask(kql, option, tmp_path / "vnets.json")[1].splitlines()[1:] == ["rg/vnet/app,,IntraVNet"]


def test_ago_counts_from_what_is_asked_and_an_empty_answer_says_so(ask) -> None:
    kql = "NTANetAnalytics | where FlowStartTime > ago(30m) | project FlowStartTime"
    assert "--now newest" in ask(kql)[2]
    assert ask(kql, "--now", "newest")[1].splitlines()[1:] == ["2026-11-01T01:00:00.04Z"]
    assert len(ask(kql, "--now", "2026-11-01T00:10:00Z")[1].splitlines()) == 3
    assert len(ask("NTANetAnalytics | project SrcIp", "--until", "2026-11-01T00:30:00Z")[1].splitlines()) == 2


@pytest.mark.parametrize(
    ("kql", "words"),
    [("NTANetAnalytics | wherex", ()), ("", ()), ("print 1", ("--now", "soon")), ("print 1", ("--workspace", "w"))],
)
def test_a_bad_query_is_one_sentence_and_status_2(kql: str, words: tuple[str, ...], ask) -> None:
    status, printed, said = ask(kql, *words)
    assert (status, printed) == (2, "")
    assert said.count("\n") == 1
    assert said.startswith("nsgflow: ")


def test_a_file_that_is_none_is_a_sentence(store: LocalStore, run: Run, tmp_path: Path) -> None:
    (tmp_path / "bytes.kql").write_bytes(b"\xff\xfe\x00")
    for file in (tmp_path / "none.kql", tmp_path, tmp_path / "bytes.kql"):
        status, _, said = run("query", "--kql", file, "--store", store.path)
        assert status == 2
        assert said.count("\n") == 1
