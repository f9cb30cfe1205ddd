"""The held-out proof and the closing in stages replay the whole path of a flow, where files tell what stands on it."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from nsgflow_core.inventory.subnet_map import SubnetMap
from tests.commands.conftest import Run
from tests.commands.rules.test_lost_admin_rules import GUARDED, GUID, HOME, lost_rule
from tests.commands.rules.test_rules import DRAFT, table
from tests.estates.daily import SUBNETS, daily
from tests.estates.flows import START, row, store_of
from tests.inventory.described import arm_id
from tests.rules.decide.test_path import admin, rule

DATABASE, NEW, OLD = "10.30.2.9", "10.30.2.40", "10.30.2.41"
ASKED = ("--nsg", "nsg-db", "--direction", "Inbound")
WHOLE, ALONE = "Replayed along the whole path", "Replayed at the NSG alone"
APPLIED = rule("applied", 100, "Allow", "1433") | {"description": "nsgflow: 4 flows"}
OPEN = [APPLIED, rule("open", 200, "Allow")]
NIC_NSG = {"id": arm_id("networkSecurityGroups", "nsg-nic"), "name": "nsg-nic", "defaultSecurityRules": []}
CLOSING = "Deny-VNet-Inbound-TCP"
CARD = {
    "id": arm_id("networkInterfaces", "db-1"),
    "name": "db-1",
    "networkSecurityGroup": {"id": NIC_NSG["id"]},
    "ipConfigurations": [{"privateIPAddress": DATABASE, "subnet": {"id": f"{HOME['id']}/subnets/db"}}],
}


def closed_nic(name: str) -> list[dict[str, Any]]:
    """The NIC's own NSG, of which a deny ahead of all takes port 8080."""
    return [CARD, NIC_NSG | {"securityRules": [rule(name, 100, "Deny", "8080"), rule("all", 200, "Allow")]}]


WAYS: dict[str, tuple[list[dict[str, Any]], int]] = {
    "nothing else on the path": ([], 1),
    "an admin rule denies it": ([admin("no-8080", 10, "Deny", "8080")], 0),
    "an admin rule always allows it": ([admin("do-8080", 10, "AlwaysAllow", "8080")], 0),
    "the NIC's NSG denies it": (closed_nic("no-8080"), 0),
    "a rule of the NIC's NSG that is called as the closing deny": (closed_nic(CLOSING), 0),
    "an admin rule denies another port": ([admin("no-ssh", 10, "Deny", "22")], 1),
}


def estate(directory: Path, *more: object) -> tuple[object, ...]:
    """Four days of one service, and on the third, and now and then, another one; the files of its network."""
    network, flows = directory / "network.json", directory / "flows.duckdb"
    network.write_text(json.dumps([HOME, GUARDED | {"securityRules": OPEN}, *more]))
    new = row((NEW, DATABASE, "TCP", 8080), START + timedelta(days=3), nsg=GUID, rule="open", kind="User")
    store_of(flows, [*daily(OLD, DATABASE, 1433, days=4, nsg=GUID, rule="applied", kind="User"), new], SubnetMap())
    return ("--store", flows, "--inventory", network)


@pytest.mark.parametrize("way", WAYS)
def test_a_day_left_out_loses_nothing_that_something_else_decides(way: str, run: Run, tmp_path: Path) -> None:
    """Each counted as cut by the draft of the other days, where the Replay step had it denied, or let past, already."""
    more, cut = WAYS[way]
    status, printed, said = run("rules", "proof", *ASKED, *estate(tmp_path, *more))
    assert status == 0, said
    assert [int(each["cut_flows"]) for each in table(printed)] == [0, 0, 0, cut]
    assert WHOLE in said


@pytest.mark.parametrize("way", WAYS)
def test_what_something_else_decides_falls_to_no_closing_deny(way: str, run: Run, tmp_path: Path) -> None:
    more, falling = WAYS[way]
    status, printed, said = run("rules", "closing", *ASKED, *estate(tmp_path, *more))
    assert status == 0, said
    assert [int(each["flows"]) for each in table(printed)] == [0, 0, 0, falling]
    assert ("The deny is due." in said) is not bool(falling)
    assert WHOLE in said


@pytest.mark.parametrize("command", ["proof", "closing"])
def test_without_files_the_nsg_alone_is_asked_and_that_is_said(command: str, run: Run, tmp_path: Path) -> None:
    store_of(tmp_path / "f.duckdb", daily("10.0.1.4", "10.0.2.8", 22, days=2), SUBNETS)
    status, _, said = run("rules", command, *DRAFT, "--store", tmp_path / "f.duckdb")
    assert status == 0, said
    assert ALONE in said
    assert WHOLE not in said


@pytest.mark.parametrize("what", ["", "access"])
def test_no_deny_is_due_past_an_admin_rule_that_could_not_be_read(what: str, run: Run, tmp_path: Path) -> None:
    more = [admin("do-8080", 10, "AlwaysAllow", "8080"), *lost_rule(what)]
    status, _, said = run("rules", "closing", *ASKED, *estate(tmp_path, *more))
    assert status == 0, said
    assert ("The deny is due." in said) is not bool(what)
    assert ("Virtual Network Manager's admin rules are incomplete: 1 could not be used" in said) is bool(what)


def test_no_deny_is_due_where_what_falls_turns_on_a_name(run: Run, tmp_path: Path) -> None:
    """Such flows were as if there were none: the deny was due."""
    alone = APPLIED | {"sourceAddressPrefix": "Storage.WestEurope", "destinationPortRange": "8080"}
    network, flows = tmp_path / "n.json", tmp_path / "f.duckdb"
    network.write_text(json.dumps([HOME, GUARDED | {"securityRules": [alone, rule("open", 200, "Allow")]}]))
    store_of(flows, daily("20.60.0.77", DATABASE, 8080, days=4, nsg=GUID, rule="open", kind="User"), SubnetMap())
    status, printed, said = run(
        "rules", "closing", *ASKED, "--close-internet", "--store", flows, "--inventory", network
    )
    assert status == 0, said
    assert [(int(each["flows"]), int(each["open_flows"])) for each in table(printed)] == [(0, 1)] * 4
    assert "On Wednesday 2026-11-04 1 flow may have fallen to the closing deny" in said
    assert "The deny is due." not in said
