"""What a listing only names takes nobody's place: a VNet has its subnets, an NSG its rules, until a file says else."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from nsgflow_core.inventory.files import read
from nsgflow_core.inventory.inventory import Inventory
from nsgflow_core.inventory.shapes import kinds
from nsgflow_core.words.arm_id import type_of
from tests.inventory import network
from tests.inventory.described import NOW, arm_id, inventory_of, nsg

TABLE = {
    "id": arm_id("routeTables", "rt"), "name": "rt", "disableBgpRoutePropagation": True,
    "routes": [{"name": "out", "addressPrefix": "0.0.0.0/0", "nextHopType": "VirtualAppliance"}],
}  # fmt: skip
MACHINE = {
    "id": arm_id("virtualMachines", "vm").replace("Network/", "Compute/"),
    "name": "vm",
    "networkProfile": {"networkInterfaces": [{"id": network.NIC["id"]}]},
}
LOG = {
    "id": f"{arm_id('networkWatchers', 'nw')}/flowLogs/log", "name": "log", "enabled": True,
    "targetResourceId": network.VNET["id"], "storageId": "/storage",
}  # fmt: skip
WHOLE: list[dict[str, Any]] = [network.VNET, network.NSG, network.NIC, TABLE, MACHINE, LOG]
GENERIC = {"location": "westeurope", "tags": None, "kind": None, "sku": None, "managedBy": None, "zones": None}


def _type_of(each: dict[str, Any]) -> str:
    return type_of(str(each["id"]))


def _by_az(each: dict[str, Any]) -> dict[str, Any]:
    """As `az resource list` writes it."""
    return {"id": each["id"], "name": each["name"], "type": _type_of(each), "properties": None, **GENERIC}


def _by_query(each: dict[str, Any]) -> dict[str, Any]:
    return {"id": each["id"], "name": each["name"]}


def _by_rest(each: dict[str, Any]) -> dict[str, Any]:
    return {"id": each["id"], "name": each["name"], "type": _type_of(each).upper(), "location": "westeurope"}


LISTINGS: dict[str, Callable[[list[dict[str, Any]]], object]] = {
    "az resource list": lambda every: [_by_az(each) for each in every],
    "az resource show": lambda every: _by_az(every[0]),
    "--query": lambda every: [_by_query(each) for each in every],
    "REST": lambda every: {"value": [_by_rest(each) for each in every]},
    "Resource Graph": lambda every: {"count": len(every), "data": [_by_rest(each) for each in every]},
    "network manager, effective VNets": lambda every: {
        "value": [{"id": each["id"], "location": "westeurope", "membershipType": "Dynamic"} for each in every]
    },
}


def what_is(found: Inventory) -> list[object]:
    return [entry.item for entry in found.entries if entry.kind != kinds.NSG_NAME]


def test_every_kind_of_which_nothing_would_be_a_false_word_is_walked() -> None:
    assert {_type_of(each) for each in WHOLE} == kinds.TELLING.keys()


@pytest.mark.parametrize("listing", LISTINGS)
@pytest.mark.parametrize("each", WHOLE, ids=lambda each: str(each["name"]))
def test_a_listing_of_names_leaves_what_is_known(each: dict[str, Any], listing: str) -> None:
    """It left a VNet without subnets and an NSG with the default rules alone: every path through it was wrong."""
    known, names = json.dumps([each]), json.dumps(LISTINGS[listing]([each]))
    alone = read([("known.json", known)], NOW)
    for files in ([("known.json", known), ("names.json", names)], [("names.json", names), ("known.json", known)]):
        found = read(files, NOW)
        assert what_is(found) == what_is(alone)
        (said,) = [finding.sentence for finding in found.findings if finding.file == "names.json"]
        assert said.startswith("The file only names 1 ")
        assert f" ({each['name']}). Give what 'az " in said
    assert not what_is(read([("names.json", names)], NOW))


def test_names_of_nsgs_are_of_use_and_tell_two_of_one_name_apart() -> None:
    two = [{key: held for key, held in nsg("nsg-default", at).items() if key != "securityRules"} for at in (0, 1)]
    names = inventory_of(two).nsg_names
    assert names[str(two[0]["id"]).lower()] == names[two[0]["resourceGuid"]] == "RG1/nsg-default"
    assert names[two[1]["resourceGuid"]] == "RG2/nsg-default"
    whole = [nsg("nsg-default", at) for at in (0, 1)]
    assert inventory_of(whole, two).nsg_names == inventory_of(whole).nsg_names == names


def test_an_nsg_of_a_template_or_state_that_says_nothing_of_rules_has_none() -> None:
    template = {"$schema": "s", "resources": [{"type": "Microsoft.Network/networkSecurityGroups", "name": "new"}]}
    values = {"id": nsg("new", 0)["id"], "name": "new", "security_rule": []}
    state = {"values": {"root_module": {"resources": [{"type": "azurerm_network_security_group", "values": values}]}}}
    for document in (template, state, [nsg("new", 0)]):
        assert [(each.name, each.rules) for each in inventory_of(document).rule_sets] == [("new", ())]


@pytest.mark.parametrize(
    "more", [{"skipToken": "x"}, {"nextLink": "https://x"}, {"$skipToken": "x"}, {"skip_token": "x"}]
)
def test_a_list_that_goes_on_elsewhere_says_so(more: dict[str, str]) -> None:
    """Resource Graph prints 100 rows and a token: what it did not print was as if it were not."""
    for page in ("value", "data"):
        for listed in ({page: [network.NSG], **more}, {"nsgs": {page: [network.NSG], **more}}):
            found = inventory_of(listed)
            assert len(found.rule_sets) == 1
            assert "A list of the file goes on" in found.findings[0].sentence
        assert not inventory_of({page: [network.NSG], **dict.fromkeys(more, "")}).findings


@pytest.mark.parametrize("spelled", [str, lambda key: key[0].upper() + key[1:]])
def test_the_effective_routes_of_a_nic_are_no_route_table(spelled: Callable[[str], str]) -> None:
    """As `az network nic show-effective-route-table` and Get-AzEffectiveRouteTable print them, for no NIC by name."""
    route = {
        "addressPrefix": ["10.0.0.0/16"], "disableBgpRoutePropagation": False, "name": None, "nextHopIpAddress": [],
        "nextHopType": "VnetLocal", "source": "Default", "state": "Active",
    }  # fmt: skip
    found = read([("routes.json", json.dumps({"value": [{spelled(key): held for key, held in route.items()}] * 2}))])
    (finding,) = found.findings
    assert (found.entries, "'az network nic list-effective-nsg'" in finding.sentence) == ((), True)
