"""No gate is passed past an admin rule that could not be read: nobody knows what it decides."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from nsgflow_core.inventory import kept
from nsgflow_core.inventory.inventory import Inventory
from nsgflow_core.inventory.subnet_map import SubnetMap
from nsgflow_core.inventory.things.admin_rules import LostAdminRule
from nsgflow_core.rules.decide.admin_lists import AdminLists
from tests.commands.conftest import Run
from tests.estates.daily import daily
from tests.estates.flows import store_of
from tests.inventory.described import arm_id, inventory_of
from tests.rules.decide.test_path import CONFIG, DB, VNET, admin, rule

GUID = "11111111-1111-4111-8111-111111111111"
HOST = "10.60.1.4"
HOME = VNET | {"subnets": [{"name": "db", "addressPrefix": "10.30.2.0/24", "networkSecurityGroup": {"id": DB["id"]}}]}
GUARDED = DB | {"resourceGuid": GUID, "securityRules": [rule("sql", 100, "Allow", "1433")]}
GROUP = arm_id("networkManagers", "nm") + "/networkGroups/{}"
UNREADABLE: dict[str, Any] = {
    "access": {"access": "Maybe"},
    "priority": {"priority": "high"},
    "direction": {"direction": None},
    "protocol": {"protocol": "[parameters('protocol')]"},
    "prefix": {"sources": [{"addressPrefix": "10.30.1.0/33"}]},
    "a side that is cut off": {"sources": "System.Object[]"},
    "a side of texts": {"destinations": ["@{addressPrefix=10.30.2.0/24; addressPrefixType=IPPrefix}"]},
    "ports": {"destinationPortRanges": ["70000"]},
    "ports that are no texts": {"destinationPortRanges": [{"from": 1}]},
    "its collection's priority": {},
    "its collection's groups": {},
}


def lost_rule(what: str, **more: Any) -> list[dict[str, Any]]:
    """An admin rule for nobody's port, whole but for one part of it or of its collection."""
    told = {"priority": "first"} if what.endswith("priority") else {"appliesToGroups": "System.Object[]"}
    collection = [{"id": f"{CONFIG}/base", "name": "base", "appliesToGroups": [], **told}]
    return [admin("no-ssh", 10, "Deny", "22") | UNREADABLE.get(what, {}) | more, *(collection if "its" in what else [])]


def estate(directory: Path, *more: object) -> tuple[Path, Path, Path]:
    """The network, what is wanted of it, and a day of flows that all rules let pass."""
    network, wanted, flows = directory / "network.json", directory / "wanted.txt", directory / "flows.duckdb"
    network.write_text(json.dumps([HOME, GUARDED, *more]))
    wanted.write_text(f"must: {HOST} -> db 1433\n")
    store_of(flows, daily(HOST, "10.30.2.9", 1433, nsg=GUID), SubnetMap())
    return network, wanted, flows


def run_gate(gate: str, run: Run, network: Path, wanted: Path, flows: Path) -> tuple[int, str]:
    rules, files = ("--rules", network), ("--store", flows, "--inventory", network)
    words: dict[str, tuple[object, ...]] = {
        "diff": (network, network),
        "intents": (wanted, *rules, "--no-traffic", "--inventory", network),
        "path": (HOST, "10.30.2.9", "TCP", 1433, *files),
        "replay": (*rules, "--check", *files),
    }
    status, printed, said = run("rules", gate, *words[gate])
    return status, printed + said


@pytest.mark.parametrize("what", ["", *UNREADABLE])
@pytest.mark.parametrize("gate", ["diff", "intents", "path", "replay"])
def test_no_gate_is_passed_by_an_admin_rule_that_could_not_be_read(
    gate: str, what: str, run: Run, tmp_path: Path
) -> None:
    """Each of them was green: the rule, which may deny anything or let it past the NSGs, was as if it were not."""
    status, said = run_gate(gate, run, *estate(tmp_path, *lost_rule(what)))
    assert status == (1 if what else 0), said
    words = "Virtual Network Manager's admin rules are incomplete: 1 could not be used"
    assert (words in said) is bool(what)


@pytest.mark.parametrize(("group", "is_met"), [("prod", True), ("other", False), ("unknown", True)])
@pytest.mark.parametrize("gate", ["intents", "path", "replay"])
def test_it_is_met_where_its_network_groups_are(gate: str, group: str, is_met: bool, run: Run, tmp_path: Path) -> None:
    """A VNet of no group of it is not in doubt; where no file tells its VNets, it may be any."""
    other = HOME | {"id": arm_id("virtualNetworks", "other"), "name": "other", "subnets": []}
    members = [
        {"id": f"{GROUP.format(each['name'])}/staticMembers/m", "name": "m", "resourceId": each["id"]}
        for each in (HOME, other)
    ]
    groups = {"ruleCollectionAppliesToGroups": [{"networkGroupId": GROUP.format(group)}]}
    status, said = run_gate(gate, run, *estate(tmp_path, *members, *lost_rule("access", **groups)))
    assert status == int(is_met), said


@pytest.mark.parametrize(
    ("more", "point"),
    [
        (lost_rule(""), ""),
        (lost_rule("access"), "On the way Virtual Network Manager's admin rules are incomplete: 1 could not be used"),
        (
            [admin("no-sql", 10, "Deny", "1433")],
            "Newly denied: was allowed, and would be cut, and is so already: 8 flows of 1 service",
        ),
    ],
)
def test_a_dossier_is_of_the_whole_path(more: list[object], point: str, run: Run, tmp_path: Path) -> None:
    """That of the command line asked the NSG alone, and the page's all that stands on the path."""
    network, _, flows = estate(tmp_path, *more)
    asked = ("--nsg", "nsg-db", "--direction", "Inbound", "--store", flows, "--inventory", network)
    file = tmp_path / "dossier.json"
    status, _, said = run("rules", "dossier", *asked, "-o", file)
    assert status == 0, said
    told = json.loads(file.read_text())
    begins = [each for each in told["open_points"] if each.startswith(point)]
    assert begins if point else not [each for each in told["open_points"] if "On the way" in each or "Newly" in each]
    assert "az account set --subscription" in next(each for each in told["chapters"] if each["key"] == "undo")["code"]


def test_what_is_kept_of_it_is_in_doubt_as_well_until_it_is_read(tmp_path: Path) -> None:
    """Kept with the store it was gone, as was the finding's meaning: a later replay on the page was green."""
    network, _, _ = estate(tmp_path, *lost_rule("access"))
    store = store_of(tmp_path / "kept.duckdb", daily(HOST, "10.30.2.9", 1433, nsg=GUID), SubnetMap())
    kept.take_in(store, inventory_of(json.loads(network.read_text())))
    held = kept.load(store)
    assert [(each.name, each.collection_id) for each in held.of(LostAdminRule)] == [("no-ssh", f"{CONFIG}/base")]
    assert Inventory.from_json(held.to_json()) == held
    assert AdminLists(held).doubts
    kept.take_in(store, inventory_of([admin("no-ssh", 10, "Deny", "22")]))
    assert not AdminLists(kept.load(store)).doubts
