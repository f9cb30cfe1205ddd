"""What a large network costs that is kept with a store: PYTHONPATH=. python bench/inventory.py

300 NSGs of 40 rules, 6,000 NICs in 300 subnets, 2,500 service tags of 40 prefixes. In seconds of processor, and as a
ratio to json.loads of the same text: reading what is kept, and what VirtualNetwork holds for an NSG set on each NIC.
Then 3,000 NSGs, each on a subnet of its own, in 30 VNets: what the names of each stand for and what stands beside it,
by NSG, and as a ratio to that of 300 in 3 VNets.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

from nsgflow_core.inventory.files import read
from nsgflow_core.inventory.inventory import Inventory
from nsgflow_core.rules.decide.beside import places_of
from nsgflow_core.rules.decide.ends import Ends
from nsgflow_core.rules.decide.network import Network

NET = "/subscriptions/s/resourceGroups/r/providers/Microsoft.Network"
FEW_VNETS, MANY_VNETS = 3, 30
VNETS, SUBNETS, HOSTS, NSGS, RULES, TAGS, PREFIXES = 3, 100, 20, 300, 40, 2_500, 40
Resource = dict[str, object]


def network() -> Inventory:
    """The network; `nsg-0` is set on every NIC and on no subnet."""
    files = {"vnets": vnets(), "nics": nics(), "nsgs": nsgs(), "tags": {"values": tags()}}
    return read([(f"{name}.json", json.dumps(held)) for name, held in files.items()])


def guarded(count: int) -> Inventory:
    """So many VNets, an NSG of its own on each subnet."""
    held = vnets(count)
    for vnet, each in enumerate(held):
        for at, subnet in enumerate(each["subnets"]):
            subnet["networkSecurityGroup"] = {"id": _nsg(vnet * SUBNETS + at)}
    return read([("vnets.json", json.dumps(held)), ("nsgs.json", json.dumps(nsgs(count * SUBNETS)))])


def of_each(known: Inventory) -> None:
    """What the names of each NSG stand for, and what stands beside it."""
    lookup, ends = Network(known), Ends(known)
    for rule_set in known.rule_sets:
        lookup.space(rule_set)
        places_of(ends, rule_set)


def vnets(count: int = VNETS) -> list[dict[str, Any]]:
    return [
        {
            "id": f"{NET}/virtualNetworks/v{vnet}",
            "name": f"v{vnet}",
            "type": "Microsoft.Network/virtualNetworks",
            "addressSpace": {"addressPrefixes": [f"10.{vnet}.0.0/16"]},
            "subnets": [
                {"id": _subnet(vnet, at), "name": f"snet-{at}", "addressPrefix": f"10.{vnet}.{at}.0/24"}
                for at in range(SUBNETS)
            ],
        }
        for vnet in range(count)
    ]


def nics() -> list[Resource]:
    places = [(vnet, at, host) for vnet in range(VNETS) for at in range(SUBNETS) for host in range(4, 4 + HOSTS)]
    return [
        {
            "id": f"{NET}/networkInterfaces/nic-{vnet}-{at}-{host}",
            "type": "Microsoft.Network/networkInterfaces",
            "networkSecurityGroup": {"id": _nsg(0)},
            "ipConfigurations": [{"privateIPAddress": f"10.{vnet}.{at}.{host}", "subnet": {"id": _subnet(vnet, at)}}],
        }
        for vnet, at, host in places
    ]


def nsgs(count: int = NSGS) -> list[Resource]:
    return [
        {
            "id": _nsg(nsg),
            "name": f"nsg-{nsg}",
            "type": "Microsoft.Network/networkSecurityGroups",
            "securityRules": [_rule(nsg, at) for at in range(RULES)],
        }
        for nsg in range(count)
    ]


def tags() -> list[Resource]:
    return [
        {
            "name": f"Tag{tag}.Region",
            "properties": {
                "addressPrefixes": [f"{20 + tag % 100}.{tag // 100}.{at}.0/24" for at in range(PREFIXES)],
            },
        }
        for tag in range(TAGS)
    ]


def main() -> None:
    """Print the figures."""
    kept = network().to_json()
    floor = seconds(lambda: json.loads(kept))
    print(f"json.loads of {len(kept):,} letters: {floor:.2f} s of CPU")
    held = Inventory.from_json(kept)
    print_beside("reading what is kept", seconds(lambda: Inventory.from_json(kept)), floor)
    anywhere = next(each for each in held.rule_sets if each.name == "nsg-0")
    print_beside("what VirtualNetwork holds", seconds(lambda: Network(held).space(anywhere)), floor)
    few, many = (by_nsg(guarded(count)) for count in (FEW_VNETS, MANY_VNETS))
    beside = f"{many / few:.1f} x that of {FEW_VNETS * SUBNETS:,}"
    print(f"each of {MANY_VNETS * SUBNETS:,} NSGs: {many:.2f} ms of CPU, {beside}")


def by_nsg(known: Inventory) -> float:
    """Milliseconds of CPU."""
    return seconds(lambda: of_each(known)) / len(known.rule_sets) * 1_000


def print_beside(name: str, took: float, floor: float) -> None:
    """A line with its ratio to the floor."""
    print(f"{name}: {took:.2f} s of CPU, {took / floor:.1f} x that")


def seconds(do: Callable[[], object]) -> float:
    """Of this process's CPU, the middle of three."""
    taken = []
    for _ in range(3):
        started = time.process_time()
        do()
        taken.append(time.process_time() - started)
    return sorted(taken)[1]


def _subnet(vnet: int, at: int) -> str:
    return f"{NET}/virtualNetworks/v{vnet}/subnets/snet-{at}"


def _nsg(nsg: int) -> str:
    return f"{NET}/networkSecurityGroups/nsg-{nsg}"


def _rule(nsg: int, at: int) -> Resource:
    return {
        "name": f"rule-{at}",
        "priority": 100 + at,
        "direction": "Inbound" if at % 2 else "Outbound",
        "access": "Allow",
        "protocol": "Tcp",
        "sourceAddressPrefixes": [f"10.{each}.{nsg % 250}.0/24" for each in range(5)],
        "destinationAddressPrefix": "*",
        "sourcePortRange": "*",
        "destinationPortRanges": ["443", "8443"],
    }


if __name__ == "__main__":
    main()
