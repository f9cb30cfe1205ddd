"""NSG names: what an NSG is called that the logs know by an id alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from nsgflow_core.inventory.shapes import kinds
from nsgflow_core.inventory.shapes.fields import Fields, Note, text


@dataclass(frozen=True, slots=True)
class NsgName:
    """What an NSG is called that the logs know by an id alone (`aclID`, or a resource id)."""

    acl_id: str
    name: str


def nsg_name_of(fields: Fields, _note: Note) -> NsgName:
    """The name of a row `acl_id,name`."""
    return NsgName(text(fields, "aclid").lower(), text(fields, "name"))


def nsg_name_fields(name: NsgName) -> dict[str, Any]:
    """The name as a resource; `nsg_name_of` reads it back equal."""
    return {"type": kinds.NSG_NAME, "aclId": name.acl_id, "name": name.name}
