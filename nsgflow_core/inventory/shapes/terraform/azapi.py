"""The azapi provider: resources as ARM has them, in `body`; Azure Verified Modules make VNets and subnets so.

Sources: the provider's references of `azapi_resource` (type@version, name, parent_id, body: JSON text before 2.0, an
object since) and `azapi_update_resource` (a part of a resource that something else made).
"""

from __future__ import annotations

from nsgflow_core.errors import BadInventory
from nsgflow_core.inventory.shapes.document import json_values
from nsgflow_core.inventory.shapes.fields import Fields, Note, folded, inner, text
from nsgflow_core.words import arm_id

AZAPI = "azapi_"
_UPDATES = ("azapi_update_resource", "azapi_resource_action")


def azapi_resource(kind: str, values: Fields, note: Note) -> Fields | None:
    """The resource in ARM's words; None for what is none. What is set on a resource of another is noted."""
    arm_type = text(values, "type").partition("@")[0]
    if kind in _UPDATES:
        what = arm_id.last(text(values, "resourceid") or text(values, "id")) or text(values, "name")
        if arm_type.casefold().startswith("microsoft.network/"):
            note(f"What {kind} sets on '{what}' is not read. Give what 'az' prints of it after this one.")
        return None
    if kind != "azapi_resource" or not arm_type:
        return None
    body = _body(values)
    told = {"type": arm_type, "id": text(values, "id") or _made_id(arm_type, values), "name": text(values, "name")}
    return {**body, **told, "location": text(values, "location") or body.get("location")}


def _body(values: Fields) -> Fields:
    written = values.get("body")
    if not isinstance(written, str):
        return inner(values, "body")
    try:
        (body,) = json_values(written) if written.strip() else ({},)
    except (BadInventory, ValueError):
        return {}
    return folded(body) if isinstance(body, dict) else {}


def _made_id(arm_type: str, values: Fields) -> str:
    """A plan knows no id yet, but where a resource will be."""
    parent, name = text(values, "parentid"), text(values, "name")
    if not parent or not name:
        return ""
    is_child = arm_id.type_of(parent) == arm_type.casefold().rpartition("/")[0]
    return f"{parent}/{arm_type.rpartition('/')[2]}/{name}" if is_child else f"{parent}/providers/{arm_type}/{name}"
