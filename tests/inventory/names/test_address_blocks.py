"""A NIC may have blocks of addresses, which its pods or containers share: each is told like one that stands alone."""

from __future__ import annotations

import json
from typing import Any

import pytest

from nsgflow_core.inventory.files import read
from nsgflow_core.inventory.inventory import Inventory
from nsgflow_core.inventory.things.nics import Nic, groups_by_address
from nsgflow_core.words.prefixes import pack
from tests.inventory.network import ASG_ID, NIC, VNET_ID, pascal, rest

SHAPES = {"az": lambda nic: [nic], "REST": lambda nic: {"value": [rest(nic)]}, "PowerShell": lambda nic: [pascal(nic)]}
BLOCK = [f"10.0.1.{last}" for last in range(16, 32)]
SPELLED: dict[str, tuple[dict[str, Any], list[str]]] = {
    "one": ({"privateIPAddress": "10.0.1.16"}, BLOCK[:1]),
    "one, of no length": ({"privateIPAddress": "10.0.1.16", "privateIPAddressPrefixLength": None}, BLOCK[:1]),
    "one as a block": ({"privateIPAddress": "10.0.1.16/32", "privateIPAddressPrefixLength": 32}, BLOCK[:1]),
    "in CIDR form": ({"privateIPAddress": "10.0.1.16/28"}, BLOCK),
    "in both forms": ({"privateIPAddress": "10.0.1.16/28", "privateIPAddressPrefixLength": 28}, BLOCK),
    "with its length": ({"privateIPAddress": "10.0.1.16", "privateIPAddressPrefixLength": 28}, BLOCK),
    "with its length as text": ({"privateIPAddress": "10.0.1.16", "privateIPAddressPrefixLength": "28"}, BLOCK),
    "of IPv6": ({"privateIPAddress": "fd00::10/127"}, ["fd00::10", "fd00::11"]),
    "of a length alone": ({"privateIPAddressPrefixLength": 28}, []),
}


def nic(configuration: dict[str, Any]) -> dict[str, Any]:
    more = {"name": "pods", "subnet": {"id": f"{VNET_ID}/subnets/web"}, "applicationSecurityGroups": [{"id": ASG_ID}]}
    return {
        **NIC,
        "macAddress": "00-0D-3A-00-00-01",
        "ipConfigurations": [*NIC["ipConfigurations"], more | configuration],
    }


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("spelled", SPELLED)
def test_each_address_of_a_block_has_name_group_and_nic(shape: str, spelled: str) -> None:
    configuration, addresses = SPELLED[spelled]
    found = read([("nics.json", json.dumps(SHAPES[shape](nic(configuration))))])
    assert found.findings == ()
    expected = ["10.0.1.4", *addresses]
    (held,) = found.of(Nic)
    assert [each.address for each in held.addresses] == expected
    assert set(groups_by_address([held])) == {pack(each) for each in expected}
    names = found.address_names
    assert {names.of(packed).name for packed in map(pack, expected) if packed} == {"web-1"}
    assert names.behind.nics["000D3A000001"].addresses == frozenset(filter(None, map(pack, expected)))
    assert Inventory.from_json(found.to_json()).entries == found.entries


@pytest.mark.parametrize("written", ["10.0.1.16/280", "10.0.1.16/x", "fd00::/80", "10.0.0.0/8", "10.0.1", "::/0"])
def test_what_is_no_block_or_too_large_a_one_is_said_and_the_rest_is_kept(written: str) -> None:
    found = read([("nics.json", json.dumps([nic({"privateIPAddress": written})]))])
    (finding,) = found.findings
    assert "it is left out" in finding.sentence
    assert [each.address for each in found.of(Nic)[0].addresses] == ["10.0.1.4"]
