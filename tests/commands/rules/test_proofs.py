"""The commands that prove a draft, on one NSG whose traffic is known day by day."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from nsgflow_core.inventory.shapes import kinds
from tests.commands.conftest import Run
from tests.commands.rules.test_rules import DRAFT, table
from tests.estates.daily import SUBNETS, daily
from tests.estates.flows import store_of


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """SSH on four days, web on the last of them alone."""
    file = tmp_path_factory.mktemp("flows") / "flows.duckdb"
    rows = daily("10.0.1.4", "10.0.2.8", 22, days=4) + daily("10.0.3.4", "10.0.2.8", 443, days=4)[3:]
    store_of(file, rows, SUBNETS)
    return file


def test_a_row_for_each_day_and_what_it_taught(store: Path, run: Run) -> None:
    status, printed, said = run("rules", "proof", "--store", store, *DRAFT)
    assert status == 0
    rows = table(printed)
    assert [(row["day"], row["cut_flows"], row["new_services"], row["new_rules"]) for row in rows] == [
        ("2026-11-01", "0", "1", "1"),
        ("2026-11-02", "0", "0", "0"),
        ("2026-11-03", "0", "0", "0"),
        ("2026-11-04", "1", "1", "1"),
    ]
    assert "Each of 4 days left out in turn" in said
    assert "still brought 1 new service" in said
    assert "no end of a month" in said


def test_each_held_out_day_shows_what_would_change(store: Path, run: Run) -> None:
    status, printed, said = run("rules", "held-out", "--store", store, *DRAFT, "--day", "Each")
    assert status == 0
    assert [(row["day"], row["port"], row["outcome"]) for row in table(printed)] == [
        ("2026-11-04", "443", "newly-denied")
    ]
    assert said.count("Without ") == 5, "a sentence a day, and the worst again in the headline"


def test_one_day_proves_nothing_and_is_no_error(store: Path, run: Run) -> None:
    words = ("rules", "proof", "--store", store, *DRAFT, "--since", "2026-11-02", "--until", "2026-11-03")
    status, printed, said = run(*words)
    assert (status, table(printed)) == (0, [])
    assert "only Monday 2026-11-02 holds traffic here" in said
    assert "A window of one day has no learning curve" in said


def test_which_logs_are_missing_decides_the_exit_status(store: Path, run: Run) -> None:
    status, printed, said = run("rules", "completeness", "--store", store, "--nsg", "app-nsg", "--direction", "inbound")
    assert (status, table(printed)) == (0, [])
    assert "Nothing speaks against the logs of 1 NIC being whole." in said
    status, printed, said = run("rules", "completeness", "--store", store, "--subnet", "app", "--table", "nics")
    assert [row["nic"] for row in table(printed)] == ["00224871C205"]
    outbound = ("--subnet", "web", "--direction", "Outbound", "--table", "flows")
    status, printed, said = run("rules", "completeness", "--store", store, *outbound)
    assert (status, table(printed)[0]["address"]) == (1, "10.0.1.4")
    assert "its end never logged such traffic" in said


def test_a_replay_that_breaks_nothing_says_which_logs_it_lacks(store: Path, tmp_path: Path, run: Run) -> None:
    file = tmp_path / "nsg.json"
    file.write_text(run("rules", "draft", "--store", store, *DRAFT, "--format", "json")[1])
    assert "cannot be replayed" not in run("rules", "replay", "--store", store, "--rules", file)[2]
    logs = tmp_path / "logs.json"
    target = {"targetResourceId": "/x/networkSecurityGroups/app-nsg", "enabledFilteringCriteria": "dstPort=22"}
    logs.write_text(json.dumps([{"type": kinds.FLOW_LOG, "name": "part", "enabled": True, **target}]))
    said = run("rules", "replay", "--store", store, "--rules", file, "--inventory", logs)[2]
    assert "What was not logged cannot be replayed. Logs are missing: The flow log part logs only what" in said


def test_what_would_fall_day_by_day_and_the_stage_that_is_due(store: Path, run: Run) -> None:
    status, printed, said = run("rules", "closing", "--store", store, *DRAFT)
    assert status == 0
    assert [(row["day"], row["flows"]) for row in table(printed)] == [(f"2026-11-0{day}", "0") for day in range(1, 5)]
    assert "begin with the allow rules" in said
    names = [row["name"] for row in table(run("rules", "draft", "--store", store, *DRAFT, "--stage", "close")[1])]
    assert names == ["deny-vnet-inbound-tcp", "deny-vnet-inbound-udp"]
    names = [row["name"] for row in table(run("rules", "draft", "--store", store, *DRAFT, "--stage", "allow")[1])]
    assert not any(name.startswith("deny-") for name in names)


def test_denials_since_decide_the_exit_status(tmp_path: Path, run: Run) -> None:
    denied = {"decision": "Denied", "rule": "deny-vnet-inbound-tcp", "kind": "User"}
    rows = daily("10.0.1.4", "10.0.2.8", 22, days=4) + daily("10.0.1.4", "10.0.2.8", 22, days=6, **denied)[4:]
    rows += daily("10.0.1.7", "10.0.2.8", 99, days=6, **denied)[5:]
    file = tmp_path / "f.duckdb"
    store_of(file, rows, SUBNETS)
    words = ("rules", "check", "--store", file, "--since")
    status, printed, said = run(*words, "2026-11-05")
    assert status == 1
    assert [(row["rule"], row["port"], row["flows"]) for row in table(printed)] == [
        ("deny-vnet-inbound-tcp", "22", "2")
    ]
    assert "1 service (1 flow) never seen before met a closing deny as well." in said
    assert [row["port"] for row in table(run(*words, "2026-11-05", "--all")[1])] == ["22", "99"]
    assert run(*words, "2026-11-06")[0] == 0, "it was denied last before that"
    for wrong in ("2999-01-01", "soon"):
        assert run(*words, wrong)[0] == 2


@pytest.mark.parametrize(
    ("options", "status", "said"),
    [
        (("--since", "2026-11-05"), 1, "1 service that had been allowed before met a deny"),
        (("--since", "2026-11-05", "--rule", "DENY-vnet-inbound-tcp"), 1, "1 service that had been allowed before"),
        (("--since", "2026-11-05", "--where", "rule_kind:User"), 1, "1 service that had been allowed before"),
        (("--since", "2026-11-05", "--nsg", "NEW-NSG"), 1, "1 service that had been allowed before"),
        (("--since", "2026-11-05", "--nsg", "app-nsg"), 0, "nothing is denied that was allowed before"),
        (("--since", "2026-11-05", "--rule", "deny-other"), 0, "No rule is called deny-other in the flows here."),
        (("--since", "2026-11-05T01:00+01:00"), 1, "Since 2026-11-05 00:00 UTC, 1 service"),
        (("--since", "2020-01-01"), 1, "No flow of these was logged before 2020-01-01 00:00 UTC"),
        (("--since", "2026-11-09"), 1, "No flow of these was logged since 2026-11-09 00:00 UTC"),
        (("--since", "2026-11-05", "--before-from", "2026-11-04T12:00Z"), 1, "No flow of these was logged before"),
        (("--since", "2026-11-05", "--nsg", "nope"), 2, "No log is of nope, so nothing can be told. No NSG is called"),
        (("--since", "2026-11-05", "--until", "2026-11-04"), 2, "The window ends before it starts."),
        (("--since", ""), 2, "The value of --since is empty."),
        (("--since", "2150-01-01"), 2, "--since names no moment that has passed."),
        (("--since", "2026-02-30"), 2, "2026-02-30"),
    ],
)
def test_a_check_is_green_only_where_denials_can_be_told_from_none(
    tmp_path: Path, run: Run, options: tuple[str, ...], status: int, said: str
) -> None:
    """An NSG that was renamed when its rules were applied, in both address families; what is asked of a deny is not
    asked of the traffic before it."""
    rows = []
    for source, destination in (("10.0.1.4", "10.0.2.8"), ("fd00::1:4", "fd00::2:8")):
        denied = {"decision": "Denied", "rule": "deny-vnet-inbound-tcp", "kind": "User", "nsg": "new-nsg"}
        rows += daily(source, destination, 22, days=4) + daily(source, destination, 22, days=6, **denied)[4:]
    file = tmp_path / "f.duckdb"
    store_of(file, rows, SUBNETS)
    found, _, told = run("rules", "check", "--store", file, *options)
    assert (found, said in told) == (status, True), told
