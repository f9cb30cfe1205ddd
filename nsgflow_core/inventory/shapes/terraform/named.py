"""What every resource of the azurerm provider has: an id, a name, a resource group."""

from __future__ import annotations

from nsgflow_core.inventory.shapes.fields import Fields, text


def identified(kind: str, values: Fields) -> Fields:
    """The kind, id and name of a resource. A plan knows no id yet."""
    return {
        "type": kind,
        "id": text(values, "id"),
        "name": text(values, "name"),
        "resourcegroup": text(values, "resourcegroupname"),
        "resourceguid": text(values, "guid"),
    }


def child(kind: str, values: Fields, parent: str) -> Fields:
    """The same of a child; `parent` is the field that names its parent."""
    name, home = text(values, "name"), text(values, parent)
    return identified(kind, values) | {"name": f"{home}/{name}" if home else name}
