"""Security admin rules of Azure Virtual Network Manager, their collections, and the VNets in their network groups.

Read from `az network manager security-admin-config rule-collection list`, `... rule-collection rule list`,
`az network manager list-effective-security-admin-rule` and `az network manager group static-member list`.
Sources: REST references "Admin Rules - List", "Admin Rule Collections - List", "Static Members - List" and
"List Network Manager Effective Security Admin Rules".
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from nsgflow_core.inventory.rule import ANY, Access, Rule
from nsgflow_core.inventory.shapes import kinds
from nsgflow_core.inventory.shapes.fields import Fields, Note, items, name_of, text, texts
from nsgflow_core.inventory.shapes.rule_fields import HINT, RuleFields
from nsgflow_core.words import arm_id
from nsgflow_core.words.numbers import whole_number

_MOST_PRIORITY = 65_535


class AdminAccess(StrEnum):
    """What an admin rule does: Deny ends the matter, AlwaysAllow ends it too, Allow passes it on to the NSGs."""

    ALLOW = "Allow"
    ALWAYS_ALLOW = "AlwaysAllow"
    DENY = "Deny"


@dataclass(frozen=True, slots=True)
class AdminRule:
    """One rule: what it matches is `rule`, whose own access is Deny or Allow; an effective list tells its `groups`."""

    name: str
    access: AdminAccess
    rule: Rule
    rule_id: str = ""
    groups: tuple[str, ...] = ()

    @property
    def collection_id(self) -> str:
        """The id of its collection, "" where it has no id."""
        return arm_id.parent(self.rule_id)


@dataclass(frozen=True, slots=True)
class AdminCollection:
    """One rule collection: the network groups that it applies to; a lower priority is looked at first."""

    name: str
    collection_id: str = ""
    groups: tuple[str, ...] = ()
    priority: int | None = None


@dataclass(frozen=True, slots=True)
class GroupMember:
    """A VNet of a network group."""

    name: str
    member_id: str = ""
    vnet_id: str = ""

    @property
    def group_id(self) -> str:
        """The id of its network group."""
        return arm_id.parent(self.member_id)


def admin_rule_of(fields: Fields, _note: Note) -> AdminRule:
    """The rule of a resource. Raises BadInventory for a rule that cannot be used."""
    rule_id = text(fields, "id")
    name = name_of(fields)
    home = arm_id.last(arm_id.parent(rule_id)) or "security admin rules"
    access = AdminAccess(RuleFields(home, {**fields, "name": name}).word("access", [str(a) for a in AdminAccess]))
    spelled: Fields = {
        **fields,
        "name": name,
        "access": str(Access.DENY if access is AdminAccess.DENY else Access.ALLOW),
        "sourceaddressprefixes": [text(each, "addressprefix") for each in items(fields, "sources")] or [ANY],
        "destinationaddressprefixes": [text(each, "addressprefix") for each in items(fields, "destinations")] or [ANY],
        "destinationportranges": texts(fields, "destinationportranges") or [ANY],
    }
    held = RuleFields(home, spelled)
    stripped = {**spelled, "sourceaddressprefixes": [ANY], "destinationaddressprefixes": [ANY]}
    rule = replace(
        RuleFields(home, stripped).rule(is_default=True),
        is_default=False,
        sources=_terms(held, spelled["sourceaddressprefixes"]),
        destinations=_terms(held, spelled["destinationaddressprefixes"]),
    )
    groups = (*items(fields, "rulecollectionappliestogroups"), *items(fields, "appliestogroups"))
    return AdminRule(name, access, rule, rule_id, tuple(text(g, "networkgroupid") for g in groups))


def _terms(held: RuleFields, written: list[str]) -> tuple[str, ...]:
    """The terms of a side; a network group in place of a prefix is an id, and stands for addresses not known here."""
    return tuple(
        each if "/networkgroups/" in each.casefold() else held.prefix("addressPrefix", each, HINT) for each in written
    )


def admin_rule_fields(admin: AdminRule) -> dict[str, Any]:
    """The rule in the shape of an effective list; `admin_rule_of` reads it back equal."""
    rule = admin.rule
    return {
        "type": kinds.ADMIN_RULE,
        "id": admin.rule_id,
        "name": admin.name,
        "priority": rule.priority,
        "direction": str(rule.direction),
        "access": str(admin.access),
        "protocol": rule.protocol,
        "sources": [{"addressPrefix": each} for each in rule.sources],
        "destinations": [{"addressPrefix": each} for each in rule.destinations],
        "sourcePortRanges": [str(each) for each in rule.source_ports],
        "destinationPortRanges": [str(each) for each in rule.destination_ports],
        "description": rule.description,
        "ruleCollectionAppliesToGroups": [{"networkGroupId": each} for each in admin.groups],
    }


def admin_collection_of(fields: Fields, _note: Note) -> AdminCollection:
    """The collection of a resource."""
    collection_id = text(fields, "id")
    return AdminCollection(
        name_of(fields),
        collection_id,
        tuple(text(each, "networkgroupid") for each in items(fields, "appliestogroups")),
        whole_number(text(fields, "priority"), _MOST_PRIORITY),
    )


def admin_collection_fields(collection: AdminCollection) -> dict[str, Any]:
    """The collection in the shape of `rule-collection show`; `admin_collection_of` reads it back equal."""
    return {
        "type": kinds.ADMIN_COLLECTION,
        "id": collection.collection_id,
        "name": collection.name,
        "priority": collection.priority,
        "appliesToGroups": [{"networkGroupId": each} for each in collection.groups],
    }


def group_member_of(fields: Fields, _note: Note) -> GroupMember:
    """The member of a resource."""
    member_id = text(fields, "id")
    name = name_of(fields)
    return GroupMember(name, member_id, text(fields, "resourceid"))


def group_member_fields(member: GroupMember) -> dict[str, Any]:
    """The member in the shape of `static-member show`; `group_member_of` reads it back equal."""
    return {"type": kinds.GROUP_MEMBER, "id": member.member_id, "name": member.name, "resourceId": member.vnet_id}
