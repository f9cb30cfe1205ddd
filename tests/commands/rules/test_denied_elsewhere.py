"""What another NSG denied last is left out and asked by every command about a draft, and no answer reopens it here
without a word."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.commands.conftest import Run
from tests.estates.daily import SUBNETS, daily
from tests.estates.flows import store_of

DRAFT = ("--nsg", "app-nsg", "--direction", "inbound")
DENY = "no-ops of nic-nsg (inbound)"
HOST = "10.0.1.77"
ROWS = daily("10.0.1.4", "10.0.2.8", 8443) + daily(HOST, "10.0.2.8", 8443, days=5)
STOP = daily(HOST, "10.0.2.8", 8443, nsg="nic-nsg", decision="Denied", rule="no-ops", kind="User")[5:]


@pytest.fixture
def store(tmp_path: Path) -> str:
    """A host whose flows the NIC's NSG denies from the sixth day on, beside others."""
    file = tmp_path / "flows.duckdb"
    store_of(file, ROWS + STOP, SUBNETS)
    return str(file)


@pytest.mark.parametrize("format_", ["csv", "json", "az", "terraform", "bicep", "arm"])
def test_no_export_admits_it(store: str, run: Run, format_: str) -> None:
    target = () if format_ in ("csv", "json") else ("--resource-group", "rg", "--nsg-name", "app-nsg")
    words = ("--exactness", "0", *target, "--format", format_)
    status, out, said = run("rules", "draft", "--store", store, *DRAFT, *words)
    assert status == 0, said
    assert DENY in said
    assert "10.0.1.4" in out
    code = json.dumps(json.loads(out)["securityRules"]) if format_ == "json" else out
    named = [line for line in code.splitlines() if HOST in line]
    assert all("Should it be allowed here all the same?" in line for line in named), named


def test_it_is_asked_answered_and_in_the_dossier(store: str, run: Run, tmp_path: Path) -> None:
    _, out, _ = run("rules", "questions", "--store", store, *DRAFT, "--format", "json")
    (question,) = [each for each in json.loads(out) if each["kind"] == "denied-elsewhere"]
    assert f"is denied by {DENY} since 2026-11-06 00:00 UTC" in question["question"]
    dossier = tmp_path / "dossier.html"
    assert run("rules", "dossier", "--store", store, *DRAFT, "-o", dossier)[0] == 0
    assert f"denied by {DENY}" in dossier.read_text()
    status, _, said = run("rules", "answer", "--store", store, *DRAFT, question["id"], "--allow", "--by", "Ann")
    assert status == 0, said
    _, out, said = run("rules", "draft", "--store", store, *DRAFT, "--review", "kept", "--format", "csv")
    assert any(line.startswith("allow-") and HOST in line and "Ann" in line for line in out.splitlines())
    assert f"Does not undo the deny {DENY} for 5 flows, decided by Ann" in said
    assert run("rules", "dossier", "--store", store, *DRAFT, "--review", "kept", "-o", dossier)[0] == 0
    assert f"Does not undo the deny {DENY}" in dossier.read_text()


@pytest.mark.parametrize("is_again_allowed", [False, True])
def test_a_replay_without_files_breaks_nothing_by_what_is_denied_already(
    store: str, run: Run, tmp_path: Path, is_again_allowed: bool
) -> None:
    draft = tmp_path / "draft.json"
    assert run("rules", "draft", "--store", store, *DRAFT, "--format", "json", "-o", draft)[0] == 0
    if is_again_allowed:
        again = daily(HOST, "10.0.2.8", 8443, days=9)[8:]
        store_of(Path(store := str(tmp_path / "again.duckdb")), ROWS + STOP + again, SUBNETS)
    status, _, said = run("rules", "replay", "--store", store, "--rules", draft)
    assert status == 0, said
    if is_again_allowed:
        assert "1 service would break" in said
    else:
        assert "1 service is denied already." in said
        assert f"today: denied by {DENY} since 2026-11-06 00:00 UTC" in said
