"""Virtual Network Manager as the azurerm provider has it: admin rules, their collections, members of network groups."""

from __future__ import annotations

from nsgflow_core.inventory.shapes import kinds
from nsgflow_core.inventory.shapes.fields import Fields, items, text, texts
from nsgflow_core.inventory.shapes.terraform.named import identified


def admin_rule(values: Fields) -> Fields:
    """`azurerm_network_manager_admin_rule`."""
    collection = text(values, "adminrulecollectionid")
    told = identified(kinds.ADMIN_RULE, values)
    return {
        **{key: values.get(key) for key in ("priority", "direction", "protocol", "description")},
        **told,
        "id": told["id"] or (f"{collection}/rules/{told['name']}" if collection else ""),
        "access": text(values, "action"),
        "sources": items(values, "source"),
        "destinations": items(values, "destination"),
        "sourceportranges": texts(values, "sourceportranges"),
        "destinationportranges": texts(values, "destinationportranges"),
    }


def admin_collection(values: Fields) -> Fields:
    """`azurerm_network_manager_admin_rule_collection`."""
    groups = [{"networkgroupid": each} for each in texts(values, "networkgroupids")]
    return identified(kinds.ADMIN_COLLECTION, values) | {"appliestogroups": groups}


def group_member(values: Fields) -> Fields:
    """`azurerm_network_manager_static_member`."""
    return identified(kinds.GROUP_MEMBER, values) | {"resourceid": text(values, "targetvirtualnetworkid")}
