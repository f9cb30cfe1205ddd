"""Children and their parents: subnets, peerings, routes and rules that stand alone are put to their VNet, table or NSG.

An ARM export repeats the inline rules as children, so a child that says the same again is dropped.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from nsgflow_core.inventory.shapes import kinds
from nsgflow_core.inventory.shapes.fields import Fields, Note, items, text
from nsgflow_core.words import arm_id

_CHILDREN = {
    kinds.SUBNET: (kinds.VNET, "subnets", "virtualNetworks"),
    kinds.PEERING: (kinds.VNET, "virtualnetworkpeerings", "virtualNetworks"),
    kinds.ROUTE: (kinds.ROUTE_TABLE, "routes", "routeTables"),
    kinds.RULE: (kinds.NSG, "securityrules", "networkSecurityGroups"),
    kinds.DEFAULT_RULE: (kinds.NSG, "defaultsecurityrules", "networkSecurityGroups"),
}
_NOT_APPLIED = "A plan does not know yet what is set on what. Give 'terraform show -json' once it is applied."
_NOT_SAID = ("id", "name", "type", "etag", "dependson", "apiversion", "resourcegroup", "comments")


def joined(found: list[Fields], note: Note) -> list[Fields]:
    """The resources without parents, with the others among their children; a parent that is not there is made.

    A made parent has `partial`: it is known by its children alone.
    """
    wholes = _Parents()
    for resource in found:
        if resource["type"] not in _CHILDREN and resource["type"] != kinds.ATTACHMENT:
            wholes.add(resource)
    for resource in found:
        if resource["type"] in _CHILDREN:
            _join(wholes, resource, note)
    for resource in found:
        if resource["type"] == kinds.ATTACHMENT:
            _attach(wholes.all, resource, note)
    return wholes.all


@dataclass
class _Parents:
    all: list[Fields] = field(default_factory=list)
    by_id: dict[tuple[str, str], Fields] = field(default_factory=dict)
    by_name: dict[tuple[str, str], Fields] = field(default_factory=dict)

    def add(self, resource: Fields) -> None:
        self.all.append(resource)
        kind = resource["type"]
        if text(resource, "id"):
            self.by_id.setdefault((kind, arm_id.key(text(resource, "id"))), resource)
        self.by_name.setdefault((kind, text(resource, "name").casefold()), resource)

    def find(self, kind: str, parent_id: str, name: str) -> Fields | None:
        """By id; by name only where one of the two has no id."""
        if parent_id and (found := self.by_id.get((kind, arm_id.key(parent_id)))):
            return found
        named = self.by_name.get((kind, name.casefold()))
        return named if named is not None and not (parent_id and text(named, "id")) else None


def _join(wholes: _Parents, child: Fields, note: Note) -> None:
    kind, key, segment = _CHILDREN[child["type"]]
    parent_name, _, name = text(child, "name").rpartition("/")
    own_id = text(child, "id")
    parent_id = arm_id.parent(own_id) if arm_id.part(own_id, segment) else ""
    parent_name = parent_name or arm_id.part(own_id, segment)
    if kind == kinds.NSG and not parent_name:
        note(f"The rule '{name}' does not say which NSG it is of; it is left out. Name it like my-nsg/my-rule.")
        return
    home = wholes.find(kind, parent_id, parent_name)
    if home is None:
        home = {"type": kind, "id": parent_id, "name": parent_name, "partial": True}
        wholes.add(home)
    if not isinstance(home.get(key), list):
        home[key] = items(home, key)
    renamed = {**child, "name": name or arm_id.last(own_id)}
    twins = [each for each in home[key] if isinstance(each, dict)]
    same = [each for each in twins if arm_id.last(text(each, "name")).casefold() == renamed["name"].casefold()]
    if not any(_says(each) == _says(renamed) for each in same):
        home[key].append(renamed)


def _says(child: Fields) -> Fields:
    return {key: held for key, held in child.items() if held and key not in _NOT_SAID}


def _attach(wholes: list[Fields], attachment: Fields, note: Note) -> None:
    """Set an NSG, route table or application security group on a subnet or NIC of the same file."""
    wanted = arm_id.key(attachment["to"])
    for whole in wholes:
        for each in (whole, *items(whole, "subnets")):
            if wanted and arm_id.key(text(each, "id")) == wanted:
                _set(each, attachment)
                return
    if not wanted or not attachment["of"]:
        note(_NOT_APPLIED)
        return
    note(f"'{arm_id.last(attachment['to'])}' is not in the file, so what is set on it is left out.")


def _set(target: Fields, attachment: Fields) -> None:
    reference = {"id": attachment["of"]}
    if attachment["what"] in ("networksecuritygroup", "routetable"):
        target[attachment["what"]] = reference
        return
    for configuration in items(target, "ipconfigurations"):
        groups = configuration.setdefault("applicationsecuritygroups", [])
        groups.append(reference)
