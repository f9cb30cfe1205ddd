"""The command coverage: text, tables, lines and the exit status, with and without a store."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from nsgflow_core.__main__ import main
from tests.coverage.estate import Estate, estate


def files_of(made: Estate, folder: Path) -> list[str]:
    paths = []
    for number, document in enumerate(made.documents()):
        if document:
            paths.append(folder / f"{number}.json")
            paths[-1].write_text(json.dumps(document))
    return [str(path) for path in paths]


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, ...]:
    """An estate of two VNets, one of them without a flow log and one kept too short: store and files as words."""
    folder = tmp_path_factory.mktemp("bare")
    made = estate(2)
    del made.logs["v00"]
    made.logs["v01"]["retentionPolicy"] = {"days": 5, "enabled": True}
    for machine in ("app1", "app2", "db1"):
        made.machines[f"v00-{machine}"].logs = []
    store = made.store(folder / "f.duckdb")
    return ("--store", str(store.path), "--inventory", *files_of(made, folder))


def test_gaps_as_people_read_them(bare: tuple[str, ...], capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["coverage", *bare]) == 1
    said = capfd.readouterr().out
    assert "2 gaps: 1 where nothing is logged, 1 where all is logged, but not kept or read as it should be." in said
    assert "VNet v00 has no flow log (2 subnets, 3 NICs); others logged 192 entries with it." in said
    assert "2 flow logs to set" in said


def test_gaps_of_a_kind_stand_together_and_are_advised_on_once(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    made = estate(3)
    for name in ("v00", "v01", "v02"):
        made.logs[name]["retentionPolicy"] = {"days": 5, "enabled": True}
    made.logs["v00"]["enabled"] = False
    assert main(["coverage", "--files-only", "--inventory", *files_of(made, tmp_path)]) == 1
    lines = capfd.readouterr().out.splitlines()
    start = lines.index("  Kept too short (2)")
    assert [line.split()[2] for line in lines[start + 1 : start + 3]] == ["v01-flowlog", "v02-flowlog"]
    assert lines[start + 3].startswith("    Hides older traffic")
    assert sum("Hides older traffic" in line for line in lines) == 1


@pytest.mark.parametrize(("fail_on", "status"), [("any", 1), ("partly", 1), ("nothing", 1), ("never", 0)])
def test_the_exit_status_is_for_pipelines(fail_on: str, status: int, bare: tuple[str, ...]) -> None:
    assert main(["coverage", "--fail-on", fail_on, *bare]) == status


def test_a_pipeline_may_overlook_what_is_only_kept_too_short(bare: tuple[str, ...], tmp_path: Path) -> None:
    made = estate(1)
    made.logs["v00"]["retentionPolicy"] = {"days": 5, "enabled": True}
    words = ["coverage", "--files-only", "--inventory", *files_of(made, tmp_path)]
    assert main(words) == 1
    assert main([*words, "--fail-on", "partly"]) == 0
    assert main([*words, "--at-least", "5"]) == 0


def test_tables_as_json_and_csv(bare: tuple[str, ...], capfd: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(["coverage", "--format", "json", *bare]) == 1
    rows = json.loads(capfd.readouterr().out)
    assert [(row["kind"], row["entries"]) for row in rows] == [("vnet-without-log", 192), ("retention-short", 0)]
    for table in ("all", "migration", "flows", "costs", "prices"):
        assert main(["coverage", "--table", table, "--fail-on", "never", *bare]) == 0
        assert "," in capfd.readouterr().out.splitlines()[0]
    prices = tmp_path / "prices.csv"
    prices.write_text("key,price\ncollection_free_gb,0\ncollection_gb,1000000\n")
    assert main(["coverage", "--prices", str(prices), *bare]) == 1
    assert "+0." not in capfd.readouterr().out
    prices.write_text("key,price\nnone,0\n")
    assert main(["coverage", "--prices", str(prices), *bare]) == 2


def test_lines_are_printed_and_notes_are_not_among_them(
    bare: tuple[str, ...], capfd: pytest.CaptureFixture[str]
) -> None:
    for language, word in (("az", "flow-log create"), ("bicep", "v00_rg_flowlog"), ("terraform", "v00_rg_flowlog")):
        assert main(["coverage", "--write", language, *bare]) == 1
        said = capfd.readouterr()
        assert word in said.out
        assert "note:" not in said.out
        assert "nsgflow: note: 2 gaps" in said.err


def test_lines_go_into_the_file_whose_ending_says_their_language(
    bare: tuple[str, ...], capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    for language, ending in (("az", "sh"), ("bicep", "bicep"), ("terraform", "tf")):
        file = tmp_path / f"logs.{ending}"
        assert main(["coverage", "-o", str(file), *bare]) == 1
        assert capfd.readouterr().out.strip() == str(file)
        assert main(["coverage", "--write", language, *bare]) == 1
        assert file.read_text() == capfd.readouterr().out
    assert main(["coverage", "--write", "az", "-o", str(tmp_path / "logs.tf"), *bare]) == 2
    assert "logs.tf is a terraform file, not az." in capfd.readouterr().err


def test_without_any_file_nothing_can_be_said(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["coverage", "--files-only"]) == 0
    said = capfd.readouterr()
    assert said.out.startswith("Nothing can be said")
    assert "No file tells the VNets" in said.err
