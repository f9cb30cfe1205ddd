"""A file that describes the network beside flow logs is told as that, and is no failure of an import."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from nsgflow_core.__main__ import main
from nsgflow_core.intake.importing import import_flows
from nsgflow_core.sources.folder import FolderSource
from nsgflow_core.stores.local.store import LocalStore
from tests.estates.records import nsg_record, whole_blob

NSG = {"id": "/subscriptions/s/resourceGroups/rg/providers/Microsoft.Network/networkSecurityGroups/web-nsg",
       "name": "web-nsg", "type": "Microsoft.Network/networkSecurityGroups", "securityRules": []}  # fmt: skip


@pytest.fixture
def logs(tmp_path: Path) -> Path:
    folder = tmp_path / "logs"
    folder.mkdir()
    (folder / "a.json").write_bytes(whole_blob([nsg_record(1, ["1790000000,10.0.0.4,10.0.0.5,5,443,T,I,A"])]))
    (folder / "nsgs.json").write_text(json.dumps([NSG]))
    return folder


def test_what_describes_the_network_is_told_and_the_rest_fails(logs: Path, tmp_path: Path) -> None:
    (logs / "other.json").write_text('{"some": "thing"}')
    (logs / "torn.json").write_text(json.dumps([NSG])[:-5])
    report = import_flows(FolderSource(logs), LocalStore(tmp_path / "f.duckdb"))
    assert report.tuples == 1
    assert [Path(each.blob).name for each in report.network_files] == ["nsgs.json"]
    assert "1 NSG" in report.network_files[0].reason
    assert sorted(Path(each.blob).name for each in report.failures) == ["other.json", "torn.json"]
    assert (report.blobs_failed, report.exit_status) == (2, 1)


def test_a_source_without_any_log_ends_as_one(logs: Path, tmp_path: Path) -> None:
    report = import_flows(FolderSource(logs / "nsgs.json"), LocalStore(tmp_path / "f.duckdb"))
    assert (len(report.network_files), report.exit_status) == (1, 2)


def test_the_command_says_what_to_do_and_ends_well(
    logs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store = str(tmp_path / "f.duckdb")
    assert main(["import", str(logs), "--store", store]) == 0
    said = capsys.readouterr().out
    assert "no log: " in said
    assert "inventory FILE --save" in said
    assert main(["import", str(logs), "--store", store, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["network_files"][0]["blob"].endswith("nsgs.json")
    assert main(["inventory", str(logs / "nsgs.json"), "--save", "--store", store]) == 0
