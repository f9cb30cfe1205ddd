"""What `az network manager` prints: read as it means, or refused by a sentence that names what to give."""

from __future__ import annotations

from typing import Any

import pytest

from nsgflow_core.inventory.inventory import Inventory
from nsgflow_core.inventory.shapes import kinds
from nsgflow_core.inventory.things.admin_rules import AdminRule
from nsgflow_core.rules.decide.admin_lists import AdminLists
from tests.inventory.described import arm_id, inventory_of, vnet

MANAGER = arm_id("networkManagers", "nm")
CONFIG = f"{MANAGER}/securityAdminConfigurations/cfg"
GROUP = f"{MANAGER}/networkGroups/prod"
VNET = vnet("v", "10.30.0.0/16", app="10.30.1.0/24")
APPLIES = [{"networkGroupId": GROUP, "isGlobal": "False"}]
TYPE = "Microsoft.Network/networkManagers"


def rule(name: str = "no-sql", priority: int = 10, collection: str = "base", **more: Any) -> dict[str, Any]:
    """A rule as the lists of what is effective or active have it: without its name and its type."""
    anywhere = [{"addressPrefix": "*", "addressPrefixType": "IPPrefix"}]
    return {
        "id": f"{CONFIG}/ruleCollections/{collection}/rules/{name}", "kind": "Custom", "priority": priority,
        "access": "Deny", "direction": "Inbound", "protocol": "Tcp", "sources": anywhere, "destinations": anywhere,
        "sourcePortRanges": ["0-65535"], "destinationPortRanges": ["1433"], "configurationDescription": "",
        "ruleCollectionAppliesToGroups": APPLIES, "ruleGroups": [{"id": GROUP, "memberType": "VirtualNetwork"}], **more,
    }  # fmt: skip


def listed(*held: dict[str, Any]) -> dict[str, Any]:
    return {"skipToken": "", "value": [*held]}


def active(region: str, **more: Any) -> dict[str, Any]:
    return rule(commitTime="2026-11-01T00:00:00Z", region=region, **more)


READ: dict[str, tuple[object, str]] = {
    "list-effective-security-admin-rule": (listed(rule()), kinds.ADMIN_RULE),
    "list-active-security-admin-rule": (listed(active("westeurope")), kinds.ADMIN_RULE),
    "rule list": ([rule(name="no-sql", type=f"{TYPE}/securityAdminConfigurations/ruleCollections/rules")], ""),
    "rule-collection list": (
        [{"id": f"{CONFIG}/ruleCollections/base", "name": "base", "appliesToGroups": APPLIES, "priority": 1}],
        kinds.ADMIN_COLLECTION,
    ),
    "group static-member list": ([{"id": f"{GROUP}/staticMembers/m", "resourceId": VNET["id"]}], kinds.GROUP_MEMBER),
}
ADMIN_RULES, MEMBERS = "rule-collection rule list'", "'az network manager group static-member list'"
REFUSED: dict[str, tuple[object, str]] = {
    "list": ([{"id": MANAGER, "name": "nm", "type": TYPE}], ADMIN_RULES),
    "security-admin-config list": (
        [{"id": CONFIG, "name": "cfg", "type": f"{TYPE}/securityAdminConfigurations", "description": ""}],
        ADMIN_RULES,
    ),
    "list-deploy-status": (
        listed({"configurationIds": [CONFIG], "deploymentStatus": "Deployed", "region": "westeurope"}),
        ADMIN_RULES,
    ),
    "post-commit": ({"commitId": "1", "commitType": "SecurityAdmin", "configurationIds": [CONFIG]}, ADMIN_RULES),
    "group list": ([{"id": GROUP, "name": "prod", "type": f"{TYPE}/networkGroups"}], MEMBERS),
    "connect-config list": (
        [{"id": f"{MANAGER}/connectivityConfigurations/c", "name": "c", "appliesToGroups": APPLIES}],
        "'az network vnet list'",
    ),
    "list-effective-connectivity-config": (
        listed({"id": f"{MANAGER}/connectivityConfigurations/c", "appliesToGroups": APPLIES, "hubs": []}),
        "'az network vnet list'",
    ),
    "routing-config list": ([{"id": f"{MANAGER}/routingConfigurations/r"}], "'az network route-table list'"),
    "security-user-config rule list": (
        [{**rule(), "id": f"{MANAGER}/securityUserConfigurations/u/ruleCollections/c/rules/r"}],
        "'az network nsg list'",
    ),
}


def lists_of(*documents: object) -> tuple[Inventory, AdminLists]:
    found = inventory_of(*documents)
    return found, AdminLists(found)


@pytest.mark.parametrize("command", READ)
def test_what_tells_of_admin_rules_is_read(command: str) -> None:
    printed, kind = READ[command]
    found = inventory_of(printed)
    assert ([entry.kind for entry in found.entries], found.findings) == ([kind or kinds.ADMIN_RULE], ())
    assert all(each.name == "no-sql" for each in found.of(AdminRule))
    assert Inventory.from_json(found.to_json()) == found


@pytest.mark.parametrize("command", REFUSED)
def test_what_tells_of_none_is_refused_with_the_command_that_does(command: str) -> None:
    """An effective connectivity configuration was read as a collection of admin rules of which no file tells a rule."""
    printed, instead = REFUSED[command]
    found = inventory_of(printed)
    assert found.entries == ()
    (said,) = found.findings
    assert instead in said.sentence


def test_a_rule_counts_as_it_is_active_in_the_region_of_a_vnet() -> None:
    """Of a rule deployed anew in one region only, the version of the other region was left out as a second one."""
    here, there = (VNET | {"location": each, "id": f"{VNET['id']}-{each}"} for each in ("westeurope", "North Europe"))
    document = listed(active("westeurope"), active("northeurope", access="Allow"))
    found, lists = lists_of([here, there, VNET], document)
    told = [[str(each.access) for each in lists.of(vnet)] for vnet in found.vnets]
    assert told == [["Deny"], ["Allow"], ["Deny", "Allow"]]
    assert found.findings == ()
    assert AdminLists(Inventory.from_json(found.to_json())).rules == lists.rules


def test_rules_of_collections_without_priorities_are_said_to_be_taken_by_their_own() -> None:
    """An effective list tells no priority of a collection, and what is looked at first decides."""
    effective = listed(rule(priority=20), rule("let-sql", 10, "more", access="AlwaysAllow"))
    collections = [
        {"id": f"{CONFIG}/ruleCollections/{name}", "name": name, "appliesToGroups": APPLIES, "priority": at}
        for at, name in enumerate(("base", "more"))
    ]
    _, alone = lists_of(VNET, effective)
    assert any("which collection of security admin rules is looked at first" in each for each in alone.assumed)
    for told in ((effective, collections), (listed(rule()),)):
        _, lists = lists_of(VNET, *told)
        assert not any("looked at first" in each for each in lists.assumed)
