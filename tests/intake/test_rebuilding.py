"""A store is made anew from its source in one step; what people kept stays, and half of it never takes its place."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from nsgflow_core.__main__ import main
from nsgflow_core.ask.query import FlowQuery
from nsgflow_core.errors import StoreError
from nsgflow_core.intake.importing import import_flows
from nsgflow_core.intake.rebuilding import rebuild
from nsgflow_core.intake.report import ImportReport
from nsgflow_core.inventory.subnet_map import read_subnet_map
from nsgflow_core.sources.folder import FolderSource
from nsgflow_core.stores.local.store import LocalStore
from nsgflow_core.stores.local.upkeep import keeping
from tests.faults.harness.logs import DAYS, tuples_at, write_days, write_hour

WEB = read_subnet_map("name,prefix\nweb,10.0.1.0/24\n")


@pytest.fixture
def days(tmp_path: Path) -> Path:
    return write_days(tmp_path / "days")


@pytest.fixture
def filled(store: LocalStore, days: Path) -> LocalStore:
    import_flows(FolderSource(days), store)
    return store


def filling(days: Path):
    return lambda into: import_flows(FolderSource(days), into)


def test_it_holds_what_a_first_import_does_and_what_people_kept(filled: LocalStore, days: Path, tmp_path: Path) -> None:
    filled.save_subnets(WEB)
    filled.save_nsg_names({"aaaa": "nsg-web"})
    filled.save_setting("review", "kept")
    identity = filled.identity
    first = import_flows(FolderSource(days), clean := LocalStore(tmp_path / "clean.duckdb"))
    clean.save_subnets(WEB)
    report = rebuild(filled, filling(days))
    assert report.rebuilt
    assert (report.tuples, report.bytes_read) == (first.tuples, first.bytes_read)
    assert filled.identity != identity
    assert filled.identity.split(":")[1] == identity.split(":")[1]
    assert (filled.nsg_names, filled.setting("review")) == ({"aaaa": "nsg-web"}, "kept")
    question = FlowQuery(by=("src_subnet", "port"))
    assert filled.fetch(question).equals(clean.fetch(question))
    assert import_flows(FolderSource(days), filled).bytes_read == 0
    assert not list(filled.path.parent.glob("*rebuild*"))


def test_what_is_kept_while_it_runs_is_not_lost(filled: LocalStore, days: Path) -> None:
    def fill(into: LocalStore) -> ImportReport:
        report = import_flows(FolderSource(days), into)
        filled.save_subnets(WEB)
        filled.save_setting("decided", "meanwhile")
        return report

    rebuild(filled, fill)
    assert (filled.subnets.names, filled.setting("decided")) == (("web",), "meanwhile")
    assert filled.values("src_subnet") == ["web"]


@pytest.mark.parametrize("kind", ["failed", "cancelled", "gone", "gone meanwhile", "raised"])
def test_half_of_it_takes_no_place(filled: LocalStore, days: Path, tmp_path: Path, kind: str) -> None:
    held, other = filled.extent(), write_days(tmp_path / "other", days=12)

    def fill(into: LocalStore) -> ImportReport:
        if kind == "failed":
            write_hour(days, 1, minutes=1).write_bytes(b"<html>")
        if kind == "gone":
            shutil.rmtree(next(days.rglob("d=12")))
        if kind == "raised":
            raise RuntimeError
        report = import_flows(FolderSource(days), into, cancelled=lambda: kind == "cancelled")
        if kind == "gone meanwhile":
            import_flows(FolderSource(other), filled)
        return report

    with pytest.raises(RuntimeError if kind == "raised" else StoreError) as refused:
        rebuild(filled, fill)
    if "gone" not in kind and kind != "raised":
        assert "as it was" in str(refused.value)
    assert filled.extent().tuples == (12 * tuples_at(1) if kind == "gone meanwhile" else held.tuples)
    assert not list(filled.path.parent.glob("*rebuild*"))


def test_what_the_source_lost_goes_only_when_it_is_said(filled: LocalStore, days: Path) -> None:
    shutil.rmtree(next(days.rglob("d=12")))
    with pytest.raises(StoreError, match="1 blob was not found to be read again"):
        rebuild(filled, filling(days))
    assert filled.extent().tuples == DAYS * tuples_at(1)
    rebuild(filled, filling(days), drop_missing=True)
    assert filled.extent().tuples == (DAYS - 1) * tuples_at(1)


def test_a_retention_holds_for_it(filled: LocalStore, days: Path) -> None:
    keeping.keep_days(filled, 3)
    report = rebuild(filled, filling(days))
    assert (report.tuples, filled.extent().tuples, keeping.days_kept(filled)) == (4 * tuples_at(1),) * 2 + (3,)


def test_the_command_line_does_it(filled: LocalStore, days: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["import", str(days), "--store", str(filled.path)]
    assert main([*words, "--rebuild"]) == 0
    assert "made anew" in capsys.readouterr().out
    assert main([*words, "--rebuild", "--since", "2026-11-15"]) == 2
    assert "--drop-missing" in capsys.readouterr().err
    assert main([*words, "--drop-missing"]) == 2
    assert filled.extent().tuples == DAYS * tuples_at(1)
    filled.path.unlink()
    assert main([*words, "--rebuild"]) == 0, "there is nothing to be made anew: a plain import"
    assert "made anew" not in capsys.readouterr().out
