"""What a tag holds is another matter in each VNet: an intent's packet meets at each end the names as they are there."""

from __future__ import annotations

import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nsgflow_core.inventory.inventory import Inventory
from nsgflow_core.rules.decide.evaluate import Packet
from nsgflow_core.rules.decide.path_steps import explain_path
from tests.inventory.described import arm_id, inventory_of
from tests.rules.compare.test_whole_path import one
from tests.rules.decide.test_path import IN, paths_of

NETS = {"hub": "10.0.0.0/16", "east": "10.1.0.0/16", "west": "10.2.0.0/16"}
PEERS = {"hub": ("east", "west"), "east": ("hub",), "west": ("hub",)}
SUBNETS = {"east": ("web", "10.1.1.0/24"), "west": ("db", "10.2.1.0/24")}
ADDRESSES = ("10.1.1.4", "10.2.1.4", "10.0.0.4", "10.9.9.9", "8.8.8.8")


def rule(name: str, priority: int, access: str, towards: str, source: str, destination: str) -> dict[str, Any]:
    return {
        "name": name, "priority": priority, "access": access, "direction": towards, "protocol": "Tcp",
        "sourceAddressPrefix": source, "destinationAddressPrefix": destination,
        "sourcePortRange": "*", "destinationPortRange": "*",
    }  # fmt: skip


def spokes(**rules: list[dict[str, Any]]) -> Inventory:
    """A hub and two spokes without a peering of their own: `VirtualNetwork` is another in each. An NSG named in two
    keys ("east_west") is set in both."""
    sets = {key: {"id": arm_id("networkSecurityGroups", key), "name": key, "securityRules": of} for key, of in
            rules.items()}  # fmt: skip
    vnets = [
        {
            "id": arm_id("virtualNetworks", name), "name": name, "addressSpace": {"addressPrefixes": [net]},
            "virtualNetworkPeerings": [_peering(each) for each in PEERS[name]],
            "subnets": [_subnet(name, *SUBNETS[name], sets)] if name in SUBNETS else [],
        }
        for name, net in NETS.items()
    ]  # fmt: skip
    return inventory_of([*vnets, *sets.values()])


def _peering(name: str) -> dict[str, Any]:
    return {
        "name": name, "peeringState": "Connected", "allowVirtualNetworkAccess": True,
        "remoteVirtualNetwork": {"id": arm_id("virtualNetworks", name)},
        "remoteAddressSpace": {"addressPrefixes": [NETS[name]]},
    }  # fmt: skip


def _subnet(vnet: str, name: str, prefix: str, sets: dict[str, dict[str, Any]]) -> dict[str, Any]:
    nsg = next(held["id"] for key, held in sets.items() if vnet in key.split("_"))
    place = f"{arm_id('virtualNetworks', vnet)}/subnets/{name}"
    return {"id": place, "name": name, "addressPrefix": prefix, "networkSecurityGroup": {"id": nsg}}


CLOSED_OUT, CLOSED_IN = (rule(f"no-{way}", 200, "Deny", way, "*", "*") for way in ("Outbound", "Inbound"))
FROM_EAST = rule("from-east", 100, "Allow", "Inbound", "10.1.0.0/16", "*")
FROM_VNET = rule("from-vnet", 100, "Allow", "Inbound", "VirtualNetwork", "*")
OUT_OF_VNET = rule("to-west", 100, "Allow", "Outbound", "VirtualNetwork", "10.2.0.0/16")
OUT_TO_VNET = rule("to-vnet", 100, "Allow", "Outbound", "*", "VirtualNetwork")


@pytest.mark.parametrize(
    ("found", "passes", "decided_at"),
    [
        pytest.param(spokes(east=[OUT_OF_VNET, CLOSED_OUT], west=[FROM_EAST, CLOSED_IN]), True,
            "destination subnet west", id="the source is of its own VNet"),
        pytest.param(spokes(east=[OUT_TO_VNET, CLOSED_OUT], west=[FROM_EAST, CLOSED_IN]), False,
            "source subnet east", id="the destination is of none that the source knows"),
        pytest.param(spokes(east=[OUT_OF_VNET, CLOSED_OUT], west=[FROM_VNET, CLOSED_IN]), False,
            "destination subnet west", id="the source is of none that the destination knows"),
        pytest.param(spokes(east_west=[OUT_OF_VNET, CLOSED_OUT, FROM_VNET, CLOSED_IN]), False,
            "destination subnet east_west", id="one NSG in both"),
    ],
)  # fmt: skip
def test_a_tag_is_at_each_end_what_it_is_there(found: Inventory, passes: bool, decided_at: str) -> None:
    """With the destination's names for both ends `never` was kept where the packet passes, and `must` violated."""
    never, must = (one(f"{kind}: web -> db tcp/1433", found) for kind in ("never", "must"))
    assert (never["verdict"], must["verdict"]) == (("violated", "kept") if passes else ("kept", "violated"))
    (row,) = (each for each in (never, must) if each["verdict"] == "violated")
    assert row["decided_at"] == decided_at
    assert row["witness"] == "10.1.1.0 -> 10.2.1.0 TCP/1433", "what is sure needs no condition"


ENDS = ("web", "db", "10.0.0.0/16", "10.9.9.9", "8.8.8.8", "10.0.0.0/8")
TERMS = ("*", "VirtualNetwork", "Internet", "10.1.0.0/16", "10.2.1.0/24", "10.0.0.0/8", "8.8.8.0/24", "Storage")


def random_spokes(rng: random.Random) -> Inventory:
    def some() -> list[dict[str, Any]]:
        return [
            rule(
                f"{towards}{number}",
                number,
                rng.choice(("Allow", "Deny")),
                towards,
                rng.choice(TERMS),
                rng.choice(TERMS),
            )
            for towards in ("Inbound", "Outbound")
            for number in rng.sample(range(100, 200), rng.randint(0, 3))
        ]

    return spokes(east_west=some()) if rng.random() < 0.3 else spokes(east=some(), west=some())


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32), st.sampled_from(["must", "never"]))
def test_an_intent_between_places_is_kept_where_every_packet_keeps_it(seed: int, kind: str) -> None:
    """The packet of a sure violation is decided so, and no packet of a grid says otherwise of what is kept."""
    rng = random.Random(seed)
    found, ends = random_spokes(rng), [rng.choice(("web", "db")), rng.choice(ENDS)]
    source, destination = rng.sample(ends, 2)
    row, wrong = one(f"{kind}: {source} -> {destination} tcp/1433", found), "Allow" if kind == "never" else "Deny"
    paths = paths_of(found)
    if row["verdict"] == "violated":
        packet = row["witness"].split(" ")
        assert explain_path(paths, Packet(packet[0], packet[2], "TCP", 1433, IN, 50_000)).access in (
            wrong,
            "indeterminate",
        )
    if row["verdict"] == "kept":
        for one_end in filter(lambda each: _is_in(each, source), ADDRESSES):
            for other in filter(lambda each: _is_in(each, destination), ADDRESSES):
                if not {one_end, other} & {"10.1.1.4", "10.2.1.4"}:
                    continue  # no NSG is known at either end, which the row says
                decided = explain_path(paths, Packet(one_end, other, "TCP", 1433, IN, 50_000))
                assert decided.access != wrong, (one_end, other)


def _is_in(address: str, end: str) -> bool:
    starts = {"web": "10.1.1.", "db": "10.2.1.", "10.0.0.0/16": "10.0.", "10.0.0.0/8": "10."}
    return address.startswith(starts.get(end, end))
