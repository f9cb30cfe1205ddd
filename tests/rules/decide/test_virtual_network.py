"""What VirtualNetwork stands for in the rules of one NSG: its own VNets, usable peerings, gateways, routes."""

from __future__ import annotations

import json
from typing import Any

import pytest

from nsgflow_core.inventory.files import read
from nsgflow_core.inventory.inventory import Inventory
from nsgflow_core.inventory.rule import VIRTUAL_NETWORK
from nsgflow_core.inventory.scope import Scope
from nsgflow_core.rules.decide.address_space import AddressSpace
from nsgflow_core.rules.decide.network import Network
from nsgflow_core.words.prefixes import pack
from nsgflow_core.words.sets.spans import holds
from tests.inventory.described import NOW, arm_id, inventory_of, nsg, vnet

TABLE = arm_id("routeTables", "rt")
ONPREM, PEER, PUBLIC = "172.16.0.9", "10.40.0.4", "203.0.113.9"


def home(**subnet: Any) -> dict[str, Any]:
    """The VNet prod with nsg-db on its subnet db."""
    found = vnet("prod", "10.30.0.0/16", db="10.30.0.0/24")
    found["subnets"][0] |= {"networkSecurityGroup": {"id": str(nsg("nsg-db", 0)["id"]).upper()}} | subnet
    return found


def dev() -> dict[str, Any]:
    return vnet("dev", "10.40.0.0/16", dev="10.40.0.0/24")


def peered(**said: Any) -> dict[str, Any]:
    return home() | {"virtualNetworkPeerings": [{"remoteVirtualNetwork": {"id": dev()["id"]}} | said]}


def table(*routes: tuple[str, str], **more: Any) -> dict[str, Any]:
    held = [{"name": f"r{at}", "addressPrefix": p, "nextHopType": hop} for at, (p, hop) in enumerate(routes)]
    return {"id": TABLE, "name": "rt", "type": "Microsoft.Network/routeTables", "routes": held} | more


def space_of(inventory: Inventory, name: str = "nsg-db") -> AddressSpace:
    return Network(inventory).space(next(each for each in inventory.rule_sets if each.name == name))


def inside(space: AddressSpace, address: str) -> bool | None:
    """True, False, or None for open."""
    reach, number = space.term(VIRTUAL_NETWORK), int.from_bytes(pack(address) or b"", "big")
    return True if holds(reach.sure, number) else None if holds(reach.possible, number) else False


ROUTED = home(routeTable={"id": TABLE.upper()})
APPLIANCE, DEFAULT = "VirtualAppliance", "0.0.0.0/0"


@pytest.mark.parametrize(
    ("documents", "expected"),
    [
        pytest.param([home(), dev()], {PEER: False, ONPREM: False, PUBLIC: False}, id="unpeered"),
        pytest.param([peered(), dev()], {PEER: True, "10.41.0.1": False}, id="peered"),
        pytest.param([peered(peeringState="Connected"), dev()], {PEER: True}, id="connected"),
        pytest.param([peered(peeringState="Disconnected"), dev()], {PEER: False}, id="disconnected"),
        pytest.param([peered(peeringState="Initiated"), dev()], {PEER: False}, id="initiated"),
        pytest.param([peered(allowVirtualNetworkAccess=False), dev()], {PEER: False}, id="no access"),
        pytest.param([peered(), dev() | {"virtualNetworkPeerings": [
            {"remoteVirtualNetwork": {"id": home()["id"]}, "peeringState": "Disconnected"}]}], {PEER: False},
            id="the other side is gone"),
        pytest.param([peered(remoteAddressSpace={"addressPrefixes": ["10.77.0.0/16"]})],
            {"10.77.0.1": True, PEER: False}, id="by its space alone"),
        pytest.param([peered()], {PEER: None, PUBLIC: False}, id="peered with a VNet in no file"),
        pytest.param([peered(peerCompleteVnets=False), dev()], {PEER: None}, id="some subnets peered"),
        pytest.param([peered(useRemoteGateways=True), dev()], {ONPREM: None, PUBLIC: None}, id="remote gateway"),
        pytest.param([home() | {"subnets": [*home()["subnets"], {"name": "GatewaySubnet",
            "addressPrefix": "10.30.255.0/27"}]}], {ONPREM: None, PUBLIC: None}, id="gateway"),
        pytest.param([ROUTED], {PUBLIC: None, ONPREM: None, "10.30.9.9": True}, id="route table not given"),
        pytest.param([ROUTED, table((DEFAULT, APPLIANCE))], {PUBLIC: True, "2001:db8::1": False}, id="default route"),
        pytest.param([ROUTED, table(("0.0.0.0/1", APPLIANCE), ("128.0.0.0/1", "VirtualNetworkGateway"))],
            {PUBLIC: True, "8.8.8.8": True}, id="default route in two halves"),
        pytest.param([ROUTED, table(("::/0", APPLIANCE))], {PUBLIC: False, "2001:db8::1": True}, id="IPv6"),
        pytest.param([ROUTED, table((DEFAULT, "Internet"))], {PUBLIC: None}, id="to the Internet"),
        pytest.param([ROUTED, table(("203.0.113.0/24", APPLIANCE))], {PUBLIC: True, "8.8.8.8": False}, id="a prefix"),
        pytest.param([ROUTED, table(("Storage.WestEurope", APPLIANCE))], {PUBLIC: None, ONPREM: False}, id="a tag"),
    ],
)  # fmt: skip
def test_what_the_files_say(documents: list[dict[str, Any]], expected: dict[str, bool | None]) -> None:
    space = space_of(inventory_of(documents, [nsg("nsg-db", 0)]))
    assert {address: inside(space, address) for address in expected} == expected
    assert inside(space, "168.63.129.16") is True


def test_gateway_routes_do_not_reach_where_the_route_table_keeps_them_out() -> None:
    gateway = {"name": "GatewaySubnet", "addressPrefix": "10.30.255.0/27"}
    with_gateway = ROUTED | {"subnets": [*ROUTED["subnets"], gateway]}
    for disables, expected in ((True, False), (False, None)):
        found = inventory_of([with_gateway, table(disableBgpRoutePropagation=disables)], [nsg("nsg-db", 0)])
        assert inside(space_of(found), ONPREM) is expected


def test_what_azure_wrote_out_wins() -> None:
    rule = {
        "name": "defaultSecurityRules/AllowVnetInBound",
        "expandedSourceAddressPrefix": ["10.30.0.0/16", "5.0.0.0/8"],
    }
    effective = {
        "networkSecurityGroup": {"id": nsg("nsg-db", 0)["id"]},
        "association": {"subnet": {"id": f"{home()['id']}/subnets/DB"}},
        "effectiveSecurityRules": [rule],
    }
    space = space_of(inventory_of([ROUTED], [nsg("nsg-db", 0)], {"value": [effective]}))
    assert (inside(space, "5.6.7.8"), inside(space, PUBLIC), inside(space, ONPREM)) == (True, False, False)
    assert space.said == ()


def test_an_nsg_on_two_vnets_means_another_thing_in_each() -> None:
    shared = [home(), dev()]
    shared[1]["subnets"][0]["networkSecurityGroup"] = {"id": nsg("nsg-db", 0)["id"]}
    space = space_of(inventory_of(shared, [nsg("nsg-db", 0)]))
    here = {end: space.at(int.from_bytes(pack(end) or b"", "big")) for end in ("10.30.0.4", "10.40.0.4", "8.8.8.8")}
    assert {end: inside(each, PEER) for end, each in here.items()} == {
        "10.30.0.4": False, "10.40.0.4": True, "8.8.8.8": None,
    }  # fmt: skip
    assert inside(space, PEER) is None, "without a packet, only what is so in both is sure"


def test_an_nsg_of_which_no_file_says_where_it_is_set() -> None:
    several = space_of(inventory_of([home(), dev()], [nsg("free", 1)]), "free")
    assert "taken to be in the VNet that holds its own end (prod, dev)" in several.said[0]
    assert inside(several.at(int.from_bytes(pack("10.40.0.4") or b"", "big")), "10.30.0.4") is False
    away = nsg("away", 1, subnets=[{"id": arm_id("virtualNetworks", "elsewhere") + "/subnets/db"}])
    unknown = space_of(inventory_of([home()], [away]), "away")
    assert (inside(unknown, "10.30.0.4"), inside(unknown, PUBLIC)) == (None, False)
    assert "The VNet of away is in no file" in unknown.said[0]


def test_what_a_csv_does_not_tell_is_open() -> None:
    csv = read([("map.csv", "name,prefix,vnet\ndb,10.30.0.0/24,prod\n")], NOW)
    space = Network(csv).space(scope=Scope(subnet="db"))
    assert (inside(space, "10.30.0.9"), inside(space, ONPREM), inside(space, PUBLIC)) == (True, None, False)
    nothing = Network().space()
    assert (inside(nothing, "10.30.0.9"), inside(nothing, PUBLIC)) == (None, False)


def test_routes_of_every_writer_are_read_and_kept() -> None:
    flat = table((DEFAULT, APPLIANCE), disableBgpRoutePropagation=True)
    inner = {**flat, "routes": [{"name": "r0", "properties": {"addressPrefix": DEFAULT, "nextHopType": APPLIANCE}}]}
    of_rest = {"routes": inner["routes"], "disableBgpRoutePropagation": True}
    rest = {"id": TABLE, "name": "rt", "properties": of_rest}
    values = {"id": TABLE, "name": "rt", "bgp_route_propagation_enabled": False}
    route = {"name": "r0", "route_table_name": "rt", "address_prefix": DEFAULT, "next_hop_type": APPLIANCE}
    state = {"values": {"root_module": {"resources": [
        {"type": "azurerm_route_table", "mode": "managed", "values": values},
        {"type": "azurerm_route", "mode": "managed", "values": route},
    ]}}}  # fmt: skip
    child = {
        "type": "Microsoft.Network/routeTables/routes",
        "name": "rt/r0",
        "properties": inner["routes"][0]["properties"],
    }
    bare = {"type": "Microsoft.Network/routeTables", "name": "rt", "properties": {"disableBgpRoutePropagation": True}}
    for document in (flat, rest, state, {"$schema": "x", "resources": [bare, child]}):
        found = inventory_of(document)
        (held,) = found.surroundings.route_tables
        assert [(each.name, each.prefix, each.next_hop) for each in held.routes] == [("r0", DEFAULT, APPLIANCE)]
        assert held.takes_gateway_routes is False
        assert Inventory.from_json(found.to_json()) == found


def test_peerings_and_route_tables_of_subnets_are_kept() -> None:
    said = {"peeringState": "Connected", "allowVirtualNetworkAccess": False, "useRemoteGateways": True}
    whole = peered(**said, peerCompleteVnets=False)
    whole["subnets"][0]["routeTable"] = {"id": TABLE}
    found = inventory_of([whole])
    assert Inventory.from_json(found.to_json()) == found
    assert json.loads(found.to_json())["entries"][0]["item"]["subnets"][0]["routeTable"] == {"id": TABLE}
