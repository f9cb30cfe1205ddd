"""What the audit finds where files tell the whole end: admin rules ahead of an NSG, and the other NSG there."""

from __future__ import annotations

import random
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nsgflow_core.ask.filters import FlowFilter
from nsgflow_core.inventory.inventory import Inventory
from nsgflow_core.inventory.rule import RuleSet
from nsgflow_core.rules.audit.along import InPlace
from nsgflow_core.rules.audit.audit import audit
from nsgflow_core.rules.audit.finding import FindingKind
from nsgflow_core.rules.audit.passing import TooLongError
from nsgflow_core.rules.decide.beside import places_of
from nsgflow_core.rules.decide.evaluate import Packet
from nsgflow_core.rules.decide.network import Network
from nsgflow_core.rules.decide.path_steps import _steps
from nsgflow_core.words.vocabulary import Direction
from tests.estates.logged import LoggedRows, row
from tests.rules.decide.test_path import CONFIG, IN, OUT, VNET, admin, estate, paths_of, random_estate, rule

RDP = [rule("rdp", 100, "Allow", "3389")]
NO_RDP = admin("no-rdp", 10, "Deny", "3389")


def of_name(found: Inventory, name: str) -> RuleSet:
    return next(each for each in found.rule_sets if each.name == name)


def audited(found: Inventory, name: str = "nsg-db", rows: Any = ()) -> pd.DataFrame:
    return audit(LoggedRows(rows), of_name(found, name), FlowFilter(), Network(found)).set_index("name")


def kinds(found: Inventory, name: str, of: str = "rdp") -> dict[str, str]:
    """The findings on a rule but for those by traffic, with their words."""
    findings: Any = audited(found, name).loc[of, "findings"]
    return {str(each.kind): each.words for each in findings if each.kind is not FindingKind.NEVER_HIT}


HELD, EXPOSED, SHADOWED = "held-elsewhere", "exposed", "shadowed"
TO_CARD = [rule("rdp", 100, "Allow", "3389") | {"destinationAddressPrefix": "10.30.2.9"}]


@pytest.mark.parametrize(
    ("found", "nsg", "expected"),
    [
        pytest.param(estate(db=RDP), "nsg-db", {EXPOSED: "to the whole Internet"}, id="nothing ahead"),
        pytest.param(estate([NO_RDP], db=RDP), "nsg-db",
            {HELD: "but admin rule no-rdp (10) denies", SHADOWED: "admin rule no-rdp (10) denies every packet"},
            id="admin deny"),
        pytest.param(estate([NO_RDP, admin("pass", 5, "Allow", "3389")], db=RDP), "nsg-db",
            {EXPOSED: "to the whole Internet"}, id="an admin allow ahead passes it on"),
        pytest.param(estate([admin("pass", 5, "Allow", "3389", "late"), admin("no-rdp", 10, "Deny", "3389", "early"),
            {"id": f"{CONFIG}/early", "name": "early", "priority": 1, "appliesToGroups": []},
            {"id": f"{CONFIG}/late", "name": "late", "priority": 2, "appliesToGroups": []}], db=RDP), "nsg-db",
            {HELD: "admin rule no-rdp (10)", SHADOWED: "admin rule no-rdp (10)"}, id="collections by priority"),
        pytest.param(estate([admin("open", 10, "AlwaysAllow", "3389")], db=RDP), "nsg-db",
            {EXPOSED: "whatever this rule says: admin rule open (10) always allows",
             SHADOWED: "admin rule open (10) always allows every packet"}, id="admin always allow"),
        pytest.param(estate([admin("half", 10, "Deny", "3389", sources=[{"addressPrefix": "0.0.0.0/1"}])], db=RDP),
            "nsg-db", {EXPOSED: "43.47% of public addresses"}, id="admin deny of a half"),
        pytest.param(estate([admin("out", 10, "Deny", "3389", direction="Outbound")], db=RDP), "nsg-db",
            {EXPOSED: "to the whole Internet"}, id="of the other direction"),
        pytest.param(estate(nic=RDP), "nsg-nic", {HELD: "DenyAllInBound (65500) of nsg-db on the subnet denies"},
            id="the subnet's NSG lets in the VNet alone"),
        pytest.param(estate(nic=RDP, db=[rule("end", 4000, "Deny")]), "nsg-nic",
            {HELD: "end (4000) of nsg-db", SHADOWED: "end (4000) of nsg-db on the subnet denies every packet"},
            id="the subnet's NSG is met first, inbound"),
        pytest.param(estate(nic=RDP, db=RDP), "nsg-nic", {EXPOSED: "to the whole Internet"}, id="both let it"),
        pytest.param(estate(db=RDP), "nsg-db", {EXPOSED: "to the whole Internet"},
            id="hosts beside the one with a NIC"),
        pytest.param(estate(db=TO_CARD), "nsg-db", {HELD: "DenyAllInBound (65500) of nsg-nic on the NIC denies"},
            id="the NIC's NSG at the one host"),
        pytest.param(estate(db=TO_CARD, nic=[rule("end", 4000, "Deny")]), "nsg-db", {HELD: "end (4000) of nsg-nic"},
            id="behind an NSG does not make a rule dead"),
    ],
)  # fmt: skip
def test_what_stands_beside_an_nsg_is_in_its_findings(found: Inventory, nsg: str, expected: dict[str, str]) -> None:
    told = kinds(found, nsg)
    assert set(told) == set(expected)
    for kind, words in expected.items():
        assert words in told[kind]


def test_an_admin_rule_ahead_is_audited_as_a_rule_of_its_own() -> None:
    found = estate([admin("open", 10, "AlwaysAllow", "22"), admin("again", 20, "Deny", "22"),
        admin("pass", 30, "Allow", "1433")], db=[rule("end", 4000, "Deny")])  # fmt: skip
    whole = {"rule_kind": "Admin", "nsg": "config", "nsg_id": "config", "port": 22}
    older = row(rule="Open_d04abb96-9395-4e0f-b3f9-0a1b2c3d4e5f", flows=4, **whole)
    table: Any = audited(found, rows=[row(rule="open", flows=3, **whole), older])
    open_one = table.loc["admin rule open"]
    assert (open_one["priority"], open_one["access"], open_one["hits"]) == (10, "AlwaysAllow", 7)
    assert "exposed: TCP 22 (SSH) is open to the whole Internet" in str(open_one["findings"])
    assert "1.0.0.0 -> 10.30.2.0 TCP/22 is allowed by admin rule open" in str(open_one["witness"])
    assert "admin rule open (10) takes every packet" in str(table.loc["admin rule again", "findings"])
    assert str(table.loc["admin rule pass", "findings"]) == ""
    assert "admin rule open (10) always allows a part of it" in str(table.loc["end", "findings"])
    assert table.index[:3].tolist() == ["admin rule open", "admin rule again", "admin rule pass"]
    assert "taken to apply to every VNet" in table.attrs["said"][0]


def test_admin_rules_of_other_vnets_say_nothing() -> None:
    group = CONFIG.split("/securityAdmin")[0] + "/networkGroups/all"
    collection = {"id": f"{CONFIG}/base", "name": "base", "appliesToGroups": [{"networkGroupId": group}]}
    member = {"id": f"{group}/staticMembers/m", "name": "m", "resourceId": f"{VNET['id']}-other",
        "type": "Microsoft.Network/networkManagers/networkGroups/staticMembers"}  # fmt: skip
    table = audited(estate([NO_RDP, collection, member], db=RDP))
    assert "admin rule no-rdp" not in table.index
    assert kinds(estate([NO_RDP, collection, member], db=RDP), "nsg-db").keys() == {EXPOSED}


def test_an_nsg_that_is_set_on_more_than_the_files_tell_may_be_reached_there() -> None:
    found = estate([NO_RDP], db=RDP)
    told = of_name(found, "nsg-db")
    more = RuleSet(told.name, told.rules, told.nsg_id, told.resource_guid, ("/subscriptions/z/subnets/else",))
    table: Any = audit(LoggedRows(()), more, FlowFilter(), Network(found)).set_index("name")
    assert {str(each.kind) for each in table.loc["rdp", "findings"]} == {EXPOSED, "never-hit"}


def test_an_nsg_of_a_nic_that_is_in_no_file_is_said() -> None:
    found = estate(db=RDP)
    kept = tuple(entry for entry in found.entries if getattr(entry.item, "name", "") != "nsg-nic")
    assert audited(Inventory(kept)).attrs["said"] == (
        "The NSG nsg-nic of the NIC db-1 is in no file: its rules are not known.",
    )


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2**32), st.sampled_from(["nsg-db", "nsg-nic"]), st.sampled_from([IN, OUT]))
def test_a_rule_is_dead_where_no_packet_of_its_end_is_decided_by_it(seed: int, name: str, towards: Direction) -> None:
    """Both ways: no packet of a grid reaches a dead rule, and the packet named for a live one is decided by it."""
    found = random_estate(random.Random(seed))
    rule_set, paths = of_name(found, name), paths_of(found)
    rules = rule_set.with_defaults().towards(towards)
    places = [InPlace(rules, paths.space(rule_set), place, towards) for place in places_of(paths.ends, rule_set)]
    reached = set[str]()
    for own in ("10.30.2.9", "10.30.2.10"):
        for other in ("10.30.1.4", "10.30.3.4", "8.8.8.8", "172.16.0.1"):
            for port in (80, 443, 8080):
                reached.add(at_nsg(paths, name, own, other, port, towards))
    for at, each in enumerate(rules):
        try:
            regions = [(place, place.reaching(at)[0]) for place in places]
        except TooLongError:
            continue
        live = [place.regions.describe(region) for place, region in regions if region is not None]
        assert live or each.name not in reached
        for words in (words for words in live if " if " not in words and "CP/" in words):
            source, _, destination, service, *_ = words.split(" ")
            own, other = (destination, source) if towards is IN else (source, destination)
            decided = at_nsg(paths, name, own, other, int(service.split("/")[1]), towards, service[:3])
            assert decided in (each.name, "open")


def at_nsg(paths: Any, name: str, own: str, other: str, port: int, towards: Direction, protocol: str = "TCP") -> str:
    """The rule of the NSG that decides a packet at its own end; "" where it does not get there, or "open"."""
    source, destination = (other, own) if towards is IN else (own, other)
    for step in _steps(paths, Packet(source, destination, protocol, port, towards, 0), own, None):
        if step.access == "indeterminate":
            return "open"
        if step.where.endswith(f" {name}"):
            return step.decided_by
        if step.access != "Allow":
            break
    return ""
