"""Every packet that an audit tells has its own end in the NSG's network, both ways, whatever the rules name."""

from __future__ import annotations

import re
from ipaddress import ip_address, ip_network
from typing import Any

import pytest

from nsgflow_core.ask.filters import FlowFilter
from nsgflow_core.inventory.rule import RuleSet
from nsgflow_core.rules.audit.audit import audit
from nsgflow_core.rules.decide.address_space import AddressSpace
from nsgflow_core.rules.decide.network import Network
from nsgflow_core.words.prefixes import parse_prefix
from nsgflow_core.words.vocabulary import Direction
from tests.estates.logged import LoggedRows
from tests.inventory.described import arm_id, inventory_of
from tests.rules.audit.test_along import of_name
from tests.rules.decide.test_path import DB, VNET, admin, estate, rule

BOTH = [str(each) for each in Direction]
SUBNET, SPACE, PRIVATE = ip_network("10.30.2.0/24"), ip_network("10.30.0.0/16"), ip_network("10.0.0.0/8")

ADMIN = [admin("no", 10, "Deny", "3389"), admin("off", 11, "Deny", "3389", direction="Outbound")]


def rules(direction: str) -> list[dict[str, Any]]:
    """Of every finding that is proved by a packet one, on any, wide and public addresses."""
    far = "destinationAddressPrefix" if direction == "Outbound" else "sourceAddressPrefix"
    return [
        rule("no-ssh", 100, "Deny", "22", direction),
        rule("ssh", 110, "Allow", "22", direction),
        rule("not-to-some", 120, "Deny", "1433", direction) | {far: "52.0.0.0/8"},
        rule("sql", 130, "Allow", "1433", direction),
        rule("rdp", 140, "Allow", "3389", direction),
        rule("rdp-again", 150, "Deny", "3389", direction) | {far: "Internet"},
    ]


def ends(witnesses: object, direction: str) -> list[str]:
    """The own ends of the packets told."""
    side = 0 if direction == "Outbound" else 1
    return [found[side] for found in re.findall(r"(\S+) -> (\S+) (?:TCP|UDP|ICMP|any|port)", str(witnesses))]


@pytest.mark.parametrize("direction", BOTH)
@pytest.mark.parametrize(
    ("space", "expected"),
    [
        pytest.param(AddressSpace(), PRIVATE, id="nothing known"),
        pytest.param(AddressSpace((parse_prefix("10.30.0.0/16"),)), SPACE, id="its VNet"),
        pytest.param(Network(estate()), SUBNET, id="its subnet"),
        pytest.param(Network(estate(ADMIN)), SUBNET, id="behind admin rules"),
    ],
)  # fmt: skip
def test_the_own_end_is_of_the_own_network(space: AddressSpace | Network, expected: Any, direction: str) -> None:
    held: RuleSet = of_name(estate(db=rules(direction)), "nsg-db")
    found = audit(LoggedRows(()), held, FlowFilter(), space)
    own = ends(found["witness"].astype(str).str.cat(sep="\n"), direction)
    assert len(own) > 3
    assert {each for each in own if ip_address(each) not in expected} == set()


@pytest.mark.parametrize("direction", BOTH)
@pytest.mark.parametrize(
    "wide", [("0.0.0.0/0",), ("::/0",), ("::/1", "8000::/1"), ("0.0.0.0/1", "128.0.0.0/1"), ("*",)]
)
@pytest.mark.parametrize("both_sides", [True, False])
def test_both_ends_of_every_packet_are_of_one_family(wide: tuple[str, ...], both_sides: bool, direction: str) -> None:
    """A side that is open to both families gives the example of the one that the other side names."""
    near, far = ("destination", "source") if direction == "Inbound" else ("source", "destination")
    named: dict[str, Any] = {f"{far}AddressPrefix": "", f"{far}AddressPrefixes": [*wide]}
    if both_sides:
        named |= {f"{near}AddressPrefix": "", f"{near}AddressPrefixes": [*wide]}
    made = [
        rule("no-ssh", 100, "Deny", "22", direction) | named,
        rule("all", 110, "Allow", "*", direction) | named,
        rule("again", 120, "Allow", "443", direction) | named,
        rule("rest", 130, "Deny", "*", direction),
    ]
    held: RuleSet = of_name(estate(db=made), "nsg-db")
    both = AddressSpace(tuple(map(parse_prefix, ("10.30.0.0/16", "fd00:30::/48"))))
    told = audit(LoggedRows(()), held, FlowFilter(), both)["witness"].astype(str).str.cat(sep="\n")
    packets = re.findall(r"(\S+) -> (\S+) (?:TCP|UDP|ICMP|any|port)", told)
    assert len(packets) > 3
    assert [each for each in packets if len({ip_address(end).version for end in each}) > 1] == []


OWN, PEER, FAR, OWN6 = "20.0.0.0/8", "30.0.0.0/8", "40.0.0.0/8", "2a00::/12"
"""A VNet with public addresses of both families, a usable peer's, and those of one whose peering is gone."""


def public_vnet() -> list[dict[str, Any]]:
    """Files of a VNet whose addresses are public, as of some old networks, with its peerings."""
    states = (("p", PEER, "Connected"), ("gone", FAR, "Disconnected"))
    peerings = [
        {
            "peeringState": state,
            "allowVirtualNetworkAccess": True,
            "remoteVirtualNetwork": {"id": arm_id("virtualNetworks", name)},
            "remoteAddressSpace": {"addressPrefixes": [prefix]},
        }
        for name, prefix, state in states
    ]
    guarded = {"name": "db", "addressPrefix": "20.0.1.0/24", "networkSecurityGroup": {"id": DB["id"]}}
    space = {"addressPrefixes": [OWN, OWN6]}
    return [VNET | {"addressSpace": space, "subnets": [guarded], "virtualNetworkPeerings": peerings}]


@pytest.mark.parametrize("direction", BOTH)
@pytest.mark.parametrize(
    ("named", "stranger"),
    [
        (OWN, None),
        (PEER, None),
        (OWN6, None),
        ("VirtualNetwork", None),
        (FAR, FAR),
        ("20.0.0.0/7", "21.0.0.0/8"),
        ("52.0.0.0/8", "52.0.0.0/8"),
        ("*", "1.0.0.0/8"),
    ],
)
def test_nobody_of_the_vnet_or_of_a_usable_peer_is_a_stranger(named: str, stranger: str | None, direction: str) -> None:
    far = "destinationAddressPrefix" if direction == "Outbound" else "sourceAddressPrefix"
    known = inventory_of(
        [*public_vnet(), DB | {"securityRules": [rule("ssh", 100, "Allow", "22", direction) | {far: named}]}]
    )
    found = audit(LoggedRows(()), of_name(known, "nsg-db"), FlowFilter(), Network(known)).set_index("name").loc["ssh"]
    words, far_end = (
        str(found["findings"]),
        ends(found["witness"], "Inbound" if direction == "Outbound" else "Outbound"),
    )
    assert ("TCP 22 (SSH)" in words) is (stranger is not None), words
    assert stranger is None or ip_address(far_end[0]) in ip_network(stranger)
    assert named != "*" or "the whole Internet" in words
