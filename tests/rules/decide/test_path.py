"""The whole path of a packet: admin rules and both NSGs at each end, one packet and all packets alike."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nsgflow_core.inventory.inventory import Inventory
from nsgflow_core.inventory.rule import RuleSet
from nsgflow_core.rules.decide.admin_lists import AdminLists
from nsgflow_core.rules.decide.ends import Ends
from nsgflow_core.rules.decide.evaluate import Packet
from nsgflow_core.rules.decide.network import Network
from nsgflow_core.rules.decide.path import Paths, decide_path_all
from nsgflow_core.rules.decide.path_steps import Explained, explain_path
from nsgflow_core.words.vocabulary import Direction
from tests.inventory.described import arm_id, inventory_of, nsg

CONFIG = f"{arm_id('networkManagers', 'nm')}/securityAdminConfigurations/cfg/ruleCollections"
IN, OUT = Direction.INBOUND, Direction.OUTBOUND


def rule(name: str, priority: int, access: str, port: str = "*", direction: str = "Inbound", source: str = "*") -> Any:
    return {
        "name": name, "priority": priority, "access": access, "direction": direction, "protocol": "Tcp",
        "sourceAddressPrefix": source, "sourcePortRange": "*",
        "destinationAddressPrefix": "*", "destinationPortRange": port,
    }  # fmt: skip


def admin(name: str, priority: int, access: str, port: str, collection: str = "base", **more: Any) -> dict[str, Any]:
    return {
        "id": f"{CONFIG}/{collection}/rules/{name}", "name": name, "kind": "Custom", "priority": priority,
        "access": access, "direction": "Inbound", "protocol": "Tcp", "sourcePortRanges": ["0-65535"],
        "sources": [{"addressPrefix": "*", "addressPrefixType": "IPPrefix"}], "destinationPortRanges": [port],
        "destinations": [{"addressPrefix": "*", "addressPrefixType": "IPPrefix"}], **more,
    }  # fmt: skip


APP, DB, NIC = (dict(nsg(name, at % 2)) for at, name in enumerate(("nsg-app", "nsg-db", "nsg-nic")))
VNET = {
    "id": arm_id("virtualNetworks", "prod"),
    "name": "prod",
    "addressSpace": {"addressPrefixes": ["10.30.0.0/16"]},
    "subnets": [
        {"name": "app", "addressPrefix": "10.30.1.0/24", "networkSecurityGroup": {"id": str(APP["id"]).upper()}},
        {"name": "db", "addressPrefix": "10.30.2.0/24", "networkSecurityGroup": {"id": DB["id"]}},
        {"name": "bare", "addressPrefix": "10.30.3.0/24"},
    ],
}
CARD = {
    "id": arm_id("networkInterfaces", "db-1"),
    "name": "db-1",
    "networkSecurityGroup": {"id": NIC["id"]},
    "ipConfigurations": [
        {"privateIPAddress": "10.30.2.9", "subnet": {"id": f"{VNET['id']}/subnets/DB"}},
    ],
}


def estate(*more: object, app: Any = (), db: Any = (), nic: Any = ()) -> Inventory:
    sets = [APP | {"securityRules": [*app]}, DB | {"securityRules": [*db]}, NIC | {"securityRules": [*nic]}]
    return inventory_of([VNET, CARD, *sets], *more)


def paths_of(found: Inventory, *tried: RuleSet) -> Paths:
    return Paths(Ends(found), Network(found).space, tried)


def path(found: Inventory, port: int = 1433, source: str = "10.30.1.4", destination: str = "10.30.2.9") -> Explained:
    return explain_path(paths_of(found), Packet(source, destination, "TCP", port, IN))


def brief(found: Explained) -> tuple[str, str, str]:
    return found.access, found.decided_at, found.decided_by


CLOSED_OUT = [rule("no-way-out", 100, "Deny", "1433", "Outbound")]
CLOSED_IN = [rule("no-sql", 100, "Deny", "1433")]


@pytest.mark.parametrize(
    ("policies", "access"),
    [("Disabled", "Allow"), ("RouteTableEnabled", "Allow"), ("Enabled", "Deny"), ("", "Deny"),
     ("NetworkSecurityGroupEnabled", "Deny")],
)  # fmt: skip
def test_a_private_endpoint_is_guarded_where_network_policies_are_enabled(policies: str, access: str) -> None:
    held: Any = VNET["subnets"]
    subnets = [{**each, "privateEndpointNetworkPolicies": policies} for each in held]
    endpoint = {"id": arm_id("privateEndpoints", "pe-sql")}
    nic = {**CARD, "networkSecurityGroup": None, "privateEndpoint": endpoint}
    found = inventory_of([{**VNET, "subnets": subnets}, nic, DB | {"securityRules": CLOSED_IN}])
    paths = paths_of(found)
    assert explain_path(paths, Packet("10.30.1.4", "10.30.2.9", "TCP", 1433, IN)).access == access
    said = [each for each in paths.ends.said if "nsg-db is not asked about private endpoints" in each]
    assert bool(said) == (access == "Allow")
    assert path(found, destination="10.30.2.10").access == "Deny", "a machine beside it is guarded all the same"


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        pytest.param(estate(), ("Allow", "destination NIC nsg-nic", "AllowVnetInBound"), id="all let it"),
        pytest.param(estate(app=CLOSED_OUT), ("Deny", "source subnet nsg-app", "no-way-out"), id="source subnet"),
        pytest.param(estate(db=CLOSED_IN), ("Deny", "destination subnet nsg-db", "no-sql"), id="destination subnet"),
        pytest.param(estate(nic=CLOSED_IN), ("Deny", "destination NIC nsg-nic", "no-sql"), id="destination NIC"),
        pytest.param(estate([admin("closed", 10, "Deny", "1433")]), ("Deny", "admin rule closed", "closed"),
            id="admin deny"),
        pytest.param(estate([admin("open", 10, "AlwaysAllow", "1433")], db=CLOSED_IN, nic=CLOSED_IN),
            ("Allow", "admin rule open", "open"), id="always allow skips the NSGs of its end"),
        pytest.param(estate([admin("open", 10, "AlwaysAllow", "1433")], app=CLOSED_OUT),
            ("Deny", "source subnet nsg-app", "no-way-out"), id="always allow inbound says nothing of the source"),
        pytest.param(estate([admin("on", 10, "Allow", "1433")], nic=CLOSED_IN),
            ("Deny", "destination NIC nsg-nic", "no-sql"), id="allow passes on"),
        pytest.param(estate([admin("first", 10, "AlwaysAllow", "1433"), admin("then", 20, "Deny", "1433")]),
            ("Allow", "admin rule first", "first"), id="by priority"),
        pytest.param(estate([admin("late", 10, "AlwaysAllow", "1433", "b"), admin("early", 20, "Deny", "1433", "a"),
            {"id": f"{CONFIG}/a", "name": "a", "priority": 1, "appliesToGroups": []},
            {"id": f"{CONFIG}/b", "name": "b", "priority": 2, "appliesToGroups": []}]),
            ("Deny", "admin rule early", "early"), id="collections by priority"),
    ],
)  # fmt: skip
def test_which_of_them_decides(found: Inventory, expected: tuple[str, str, str]) -> None:
    assert brief(path(found)) == expected


@pytest.mark.parametrize(
    ("directions", "port", "expected"), [((IN,), 1433, True), ((IN,), 22, True), ((OUT,), 1433, False)]
)
def test_a_draft_is_tried_where_it_stands_on_the_way(directions: Any, port: int, expected: bool) -> None:
    found = estate(db=[rule("no-sql", 100, "Deny", "1433")])
    (db,) = (each for each in found.rule_sets if each.name == "nsg-db")
    opened = replace(db, rules=tuple(each for each in db.rules if each.name != "no-sql"), directions=directions)
    paths, packet = paths_of(found, opened), Packet("10.30.1.4", "10.30.2.9", "TCP", port, IN)
    assert paths.has_on_the_way(opened, packet) is expected
    assert explain_path(paths, packet).gets_through is (expected or port != 1433)
    assert not paths.has_on_the_way(opened, replace(packet, dst_ip="10.30.3.9"))


def test_ends_that_no_file_tells_and_ends_that_several_vnets_have() -> None:
    found = estate(db=CLOSED_IN)
    assert brief(path(found, source="8.8.8.8", destination="9.9.9.9")) == ("Allow", "", "")
    assert brief(path(found, source="8.8.8.8")) == ("Deny", "destination subnet nsg-db", "no-sql")
    assert path(found, destination="10.30.3.7").steps[-1].words == (
        "Destination: 10.30.3.7 is in subnet bare of prod: no NSG is known there."
    )
    twin = VNET | {"id": arm_id("virtualNetworks", "twin"), "name": "twin"}
    shared = path(estate([twin], db=CLOSED_IN))
    assert (shared.access, shared.decided_at) == ("indeterminate", "source: an address that several VNets have")
    assert "subnet app of prod or subnet app of twin" in shared.steps[0].words
    bare = path(estate([twin], db=CLOSED_IN), source="10.30.3.7")
    assert bare.steps[0].access == "Allow", "whichever VNet it is of, nothing stands there"
    assert "10.30.3.7 is in subnet bare of prod or subnet bare of twin: no NSG" in bare.steps[0].words
    assert bare.decided_at == "destination: an address that several VNets have"
    (db,) = (each for each in found.rule_sets if each.name == "nsg-db")
    logged = explain_path(paths_of(found, db), Packet("8.8.8.8", "10.30.2.9", "TCP", 1433, IN), db)
    assert brief(logged) == ("Deny", "destination subnet nsg-db", "no-sql")


def test_admin_rules_apply_to_the_vnets_of_their_groups_where_a_file_tells_them() -> None:
    group = arm_id("networkManagers", "nm") + "/networkGroups/all"
    collection = {"id": f"{CONFIG}/base", "name": "base", "appliesToGroups": [{"networkGroupId": group}]}
    deny = admin("closed", 10, "Deny", "1433")
    assert path(estate([deny, collection])).decided_at == "admin rule closed"
    assert "taken to apply to every VNet" in Ends(estate([deny, collection])).said[0]
    for vnet, expected in (("prod", "admin rule closed"), ("other", "destination NIC nsg-nic")):
        member = {"id": f"{group}/staticMembers/m", "name": "m", "resourceId": arm_id("virtualNetworks", vnet),
            "type": "Microsoft.Network/networkManagers/networkGroups/staticMembers"}  # fmt: skip
        found = estate([deny, collection, member])
        assert (path(found).decided_at, Ends(found).said) == (expected, ())
        lost = member | {"id": f"{group}/staticMembers/lost", "name": "lost", "resourceId": "[parameters('vnet')]"}
        untold = estate([deny, collection, member, lost])
        assert path(untold).decided_at == "admin rule closed", "the one that cannot be read may be any VNet"
        assert "taken to apply to every VNet" in Ends(untold).said[0]
        assert "member 'lost': 'resourceId' is not the id of a VNet" in str(untold.findings)


def test_what_no_file_tells_of_the_admin_rules_is_said_where_it_may_apply() -> None:
    """A collection without its rules, and a group without its members beside one with, were as if there were none."""
    one, other = (arm_id("networkManagers", "nm") + f"/networkGroups/{name}" for name in ("one", "two"))
    vnets = {each: arm_id("virtualNetworks", each) for each in ("prod", "far")}
    members = [{"id": f"{one}/staticMembers/m", "name": "m", "resourceId": vnets["far"]}]
    both = [{"networkGroupId": each} for each in (one, other)]
    deny = admin("closed", 10, "Deny", "1433", ruleCollectionAppliesToGroups=both)
    paths = paths_of(estate([deny, *members]))
    assert (
        explain_path(paths, Packet("10.30.1.4", "10.30.2.9", "TCP", 1433, IN)).decided_at == "destination NIC nsg-nic"
    )
    (said,) = paths.ends.said
    assert said.startswith("No file tells which VNets are in the network group two, so the admin rules for it")
    told = [*members, {"id": f"{other}/staticMembers/m", "name": "m", "resourceId": vnets["prod"]}]
    assert path(estate([deny, *told])).decided_at == "admin rule closed"
    bare = [{"id": f"{CONFIG}/{name}", "name": name, "appliesToGroups": [{"networkGroupId": at}]}
        for name, at in (("here", other), ("there", one))]  # fmt: skip
    paths = paths_of(estate([*bare, *told]))
    explain_path(paths, Packet("10.30.1.4", "10.30.2.9", "TCP", 1433, IN))
    assert [each.split(",")[0] for each in paths.ends.said] == [
        "No file tells a rule of the admin rule collection here"
    ]


@pytest.mark.parametrize(
    ("changes", "expected", "said"),
    [
        ({}, "admin rule closed", ""),
        ({"name": "AzureBastionSubnet"}, "", "in the subnet AzureBastionSubnet of prod, which has Azure Bastion"),
        ({"delegations": [{"name": "d", "serviceName": "Microsoft.Network/applicationGateways"}]}, "",
            "in the subnet bare of prod, which has Azure Application Gateway"),
        ({"applicationGatewayIPConfigurations": [{"id": arm_id("applicationGateways", "agw") + "/x/y"}]}, "",
            "which has Azure Application Gateway"),
        ({"delegations": [{"name": "d", "serviceName": "Microsoft.Storage/other"}]}, "admin rule closed", ""),
    ],
)  # fmt: skip
def test_where_azure_applies_no_admin_rules(changes: dict[str, Any], expected: str, said: str) -> None:
    subnets: Any = VNET["subnets"]
    special = VNET | {"subnets": [*subnets[:2], subnets[2] | changes]}
    found = inventory_of([special], [admin("closed", 10, "Deny", "443")])
    paths = paths_of(found)
    assert path(found, 443, "8.8.8.8", "10.30.3.4").decided_at == expected
    assert path(found, 443, "8.8.8.8", "10.30.2.9").decided_at == "admin rule closed", "the subnets beside have them"
    assert explain_path(paths, Packet("8.8.8.8", "10.30.3.4", "TCP", 443, IN)).decided_at == expected
    assert any(said in each for each in paths.ends.said)


def test_a_vnet_with_a_managed_instance_has_no_admin_rules_at_all() -> None:
    subnets: Any = VNET["subnets"]
    with_instance = subnets[2] | {"delegations": [{"serviceName": "Microsoft.Sql/managedInstances"}]}
    found = inventory_of([VNET | {"subnets": [*subnets[:2], with_instance]}], [admin("closed", 10, "Deny", "443")])
    assert path(found, 443, "8.8.8.8", "10.30.2.9").decided_at == ""


def test_admin_rules_of_every_shape_are_read_and_kept() -> None:
    internet = [{"addressPrefix": "Internet", "addressPrefixType": "ServiceTag"}]
    flat = admin("closed", 10, "Deny", "1433", sources=internet)
    told = {key: value for key, value in flat.items() if key not in ("id", "name")}
    rest = {"id": flat["id"], "name": "closed", "properties": told}
    effective = {"value": [flat | {"ruleCollectionAppliesToGroups": [{"networkGroupId": "/g"}]}], "skipToken": ""}
    for document in ([flat], {"value": [rest]}, effective):
        found = inventory_of(document)
        assert found.findings == ()
        (held,) = AdminLists(found).rules
        assert (held.name, held.access, held.rule.sources) == ("closed", "Deny", ("Internet",))
        assert held.rule.priority == 10
        assert Inventory.from_json(found.to_json()) == found


ADDRESSES = ("10.30.1.4", "10.30.2.9", "10.30.2.10", "10.30.3.4", "8.8.8.8", "172.16.0.1")
SOURCES = ("*", "VirtualNetwork", "10.30.1.0/24", "Storage")
PORTS = ("80", "443", "0-1023", "*")


def random_estate(rng: random.Random) -> Inventory:
    def some(direction: str) -> list[Any]:
        numbers = rng.sample(range(100, 200), rng.randint(0, 3))
        access = ("Allow", "Deny")
        return [
            rule(f"{direction}{n}", n, rng.choice(access), rng.choice(PORTS), direction, rng.choice(SOURCES))
            for n in numbers
        ]

    def an_admin_rule(number: int) -> dict[str, Any]:
        access, source = rng.choice(("Allow", "Deny", "AlwaysAllow")), rng.choice(("*", "10.30.0.0/16", "Storage"))
        direction = rng.choice(("Inbound", "Outbound"))
        more: dict[str, Any] = {"direction": direction, "sources": [{"addressPrefix": source}]}
        return admin(f"a{number}", number, access, rng.choice(PORTS[:3]), **more)

    rules = [an_admin_rule(number) for number in rng.sample(range(1, 99), rng.randint(0, 4))]
    return estate(rules, **{key: [*some("Inbound"), *some("Outbound")] for key in ("app", "db", "nic")})


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32))
def test_all_packets_at_once_are_decided_as_each_alone(seed: int) -> None:
    rng = random.Random(seed)
    found = random_estate(rng)
    packets = [
        Packet(
            rng.choice(ADDRESSES), rng.choice(ADDRESSES), rng.choice(("TCP", "UDP")), rng.choice((80, 443, 8080)),
            rng.choice((IN, OUT)),
        )
        for _ in range(60)
    ]  # fmt: skip
    guard = rng.choice([None, *found.rule_sets])
    paths = paths_of(found, *((guard,) if guard is not None else ()))
    rows = [(p.src_ip, p.dst_ip, p.protocol, p.port, str(p.direction)) for p in packets]
    frame = pd.DataFrame(rows, columns=["src_ip", "dst_ip", "protocol", "port", "direction"])
    together = decide_path_all(paths, frame, guard)
    for at, packet in enumerate(packets):
        alone, fast = explain_path(paths, packet, guard), together.iloc[at]
        priority = None if pd.isna(fast["priority"]) else int(fast["priority"])
        assert (fast["access"], fast["decided_at"], fast["decided_by"], priority) == (
            alone.access, alone.decided_at, alone.decided_by, alone.priority,
        ), (packet, alone)  # fmt: skip
