"""Security admin rules of Azure Virtual Network Manager, their collections, and the VNets in their network groups.

Read from `az network manager security-admin-config rule-collection list`, `... rule-collection rule list`,
`az network manager list-effective-security-admin-rule`, `... list-active-security-admin-rule` and
`az network manager group static-member list`.
Sources: REST references "Admin Rules - List", "Admin Rule Collections - List", "Static Members - List" and
"List Network Manager Effective Security Admin Rules", "List Active Security Admin Rules" (a rule for each region).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from nsgflow_core.errors import BadInventory
from nsgflow_core.inventory.rule import ANY, Access, Rule
from nsgflow_core.inventory.shapes import kinds
from nsgflow_core.inventory.shapes.fields import Fields, Note, items, name_of, text, texts
from nsgflow_core.inventory.shapes.rule_fields import HINT, RuleFields
from nsgflow_core.words import arm_id
from nsgflow_core.words.numbers import whole_number

_MOST_PRIORITY = 65_535
_HOME = "Admin rule collection"
"""What a rule is of, where one cannot be read."""


class AdminAccess(StrEnum):
    """What an admin rule does: Deny ends the matter, AlwaysAllow ends it too, Allow passes it on to the NSGs."""

    ALLOW = "Allow"
    ALWAYS_ALLOW = "AlwaysAllow"
    DENY = "Deny"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Placed:
    """Where a rule applies: an effective list tells its `groups`, a list of active rules the region of each version."""

    name: str
    rule_id: str = ""
    groups: tuple[str, ...] = ()
    region: str = ""

    @property
    def collection_id(self) -> str:
        """The id of its collection, "" where it has no id."""
        return arm_id.parent(self.rule_id)

    @property
    def regional_id(self) -> str:
        """Its id, in a list of active rules with the region."""
        return f"{self.rule_id}/regions/{self.region}" if self.region and self.rule_id else self.rule_id

    def is_in(self, region: str) -> bool:
        """False where it is active in another region than this one, which is "" where no file tells it."""
        here, there = ("".join(each.casefold().split()) for each in (region, self.region))
        return not here or not there or here == there


@dataclass(frozen=True, slots=True, kw_only=True)
class AdminRule(_Placed):
    """One rule: what it matches is `rule`, whose own access is Deny or Allow."""

    access: AdminAccess
    rule: Rule


@dataclass(frozen=True, slots=True, kw_only=True)
class LostAdminRule(_Placed):
    """A rule of a file that could not be used, and why: nobody knows what it decides where its network groups are."""

    why: str


@dataclass(frozen=True, slots=True)
class AdminCollection:
    """One rule collection: the network groups that it applies to; a lower priority is looked at first.

    `why_lost`: what of it could not be used, so that nobody knows when its rules are looked at, or where.
    """

    name: str
    collection_id: str = ""
    groups: tuple[str, ...] = ()
    priority: int | None = None
    why_lost: str = ""


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

    @property
    def is_told(self) -> bool:
        """True where the file names the VNet that it is: an ARM expression that is not worked out names none."""
        return "/" in self.vnet_id and not self.vnet_id.startswith("[")


def admin_rule_of(fields: Fields, note: Note) -> AdminRule | LostAdminRule:
    """The rule of a resource; one that cannot be used is noted, and stands as lost in the place of its like."""
    if text(fields, "whylost"):
        return _lost(fields, text(fields, "whylost"))
    try:
        return _usable(fields)
    except BadInventory as error:
        note(f"{error.message} It is left out. {error.hint}".strip())
        return _lost(fields, error.message)


def _lost(fields: Fields, why: str) -> LostAdminRule:
    return LostAdminRule(why=why, **_placed(fields))


def _placed(fields: Fields) -> dict[str, Any]:
    """What `_Placed` holds."""
    told = {"name": name_of(fields), "rule_id": text(fields, "id"), "region": text(fields, "region")}
    return told | {"groups": _groups(fields)}


def _groups(fields: Fields) -> tuple[str, ...]:
    groups = (*items(fields, "rulecollectionappliestogroups"), *items(fields, "appliestogroups"))
    return tuple(text(each, "networkgroupid") for each in groups)


def _is_list(held: Any) -> bool:
    """True for objects, or one of them, or nothing."""
    return isinstance(held, dict) or not held or (isinstance(held, list) and all(isinstance(e, dict) for e in held))


def _usable(fields: Fields) -> AdminRule:
    """The rule of a resource. Raises BadInventory for a rule that cannot be used."""
    rule_id = text(fields, "id")
    name = name_of(fields)
    home = arm_id.last(arm_id.parent(rule_id)) or "security admin rules"
    access = AdminAccess(
        RuleFields(home, {**fields, "name": name}, _HOME).word("access", [str(a) for a in AdminAccess])
    )
    spelled: Fields = {
        **fields,
        "name": name,
        "access": str(Access.DENY if access is AdminAccess.DENY else Access.ALLOW),
        "sourceportranges": _ports(fields, "sourceportranges"),
        "destinationportranges": _ports(fields, "destinationportranges"),
    }
    held = RuleFields(home, spelled, _HOME)
    stripped = {**spelled, "sourceaddressprefixes": [ANY], "destinationaddressprefixes": [ANY]}
    rule = replace(
        RuleFields(home, stripped, _HOME).rule(is_default=True),
        is_default=False,
        sources=_terms(held, "sources"),
        destinations=_terms(held, "destinations"),
    )
    return AdminRule(access=access, rule=rule, **_placed(fields))


def _ports(fields: Fields, key: str) -> Any:
    """The ports of a side as `RuleFields` reads them; ConvertTo-Json joins a list below its depth by spaces."""
    held = fields.get(key) or [ANY]
    return texts(fields, key) if isinstance(held, str) else held


def _terms(held: RuleFields, side: str) -> tuple[str, ...]:
    """The terms of a side; a network group in place of a prefix is an id, and stands for addresses not known here.

    A side that is there and is no list of addresses (ConvertTo-Json cuts it off) is not known: it is not any address.
    """
    if not _is_list(held.held(side)):
        held.fail(side, "is no list of addresses", 'Write it like [{"addressPrefix": "10.0.0.0/8"}].')
    written = [text(each, "addressprefix") for each in items(held.fields, side)] or [ANY]
    return tuple(
        each if "/networkgroups/" in each.casefold() else held.prefix("addressPrefix", each, HINT) for each in written
    )


def admin_rule_fields(admin: AdminRule | LostAdminRule) -> dict[str, Any]:
    """The rule in the shape of an effective list; `admin_rule_of` reads it back equal."""
    told: dict[str, Any] = {
        "type": kinds.ADMIN_RULE,
        "id": admin.rule_id,
        "name": admin.name,
        "ruleCollectionAppliesToGroups": [{"networkGroupId": each} for each in admin.groups],
        "region": admin.region,
    }
    if isinstance(admin, LostAdminRule):
        return told | {"whyLost": admin.why}
    rule = admin.rule
    return told | {
        "priority": rule.priority,
        "direction": str(rule.direction),
        "access": str(admin.access),
        "protocol": rule.protocol,
        "sources": [{"addressPrefix": each} for each in rule.sources],
        "destinations": [{"addressPrefix": each} for each in rule.destinations],
        "sourcePortRanges": [str(each) for each in rule.source_ports],
        "destinationPortRanges": [str(each) for each in rule.destination_ports],
        "description": rule.description,
    }


def admin_collection_of(fields: Fields, note: Note) -> AdminCollection:
    """The collection of a resource; what of it cannot be used is noted, and the collection knows it."""
    name, written = name_of(fields), text(fields, "priority")
    priority, why_lost = whole_number(written, _MOST_PRIORITY), text(fields, "whylost")
    if not why_lost:
        if written and priority is None:
            why_lost = f"{_HOME} '{name}': 'priority' is no number from 0 to {_MOST_PRIORITY:,}."
        elif not _is_list(fields.get("appliestogroups")):
            why_lost = f"{_HOME} '{name}': 'appliesToGroups' is no list of network groups."
        if why_lost:
            note(why_lost)
    return AdminCollection(name, text(fields, "id"), _groups(fields), priority, why_lost)


def admin_collection_fields(collection: AdminCollection) -> dict[str, Any]:
    """The collection in the shape of `rule-collection show`; `admin_collection_of` reads it back equal."""
    return {
        "type": kinds.ADMIN_COLLECTION,
        "id": collection.collection_id,
        "name": collection.name,
        "priority": collection.priority,
        "appliesToGroups": [{"networkGroupId": each} for each in collection.groups],
        **({"whyLost": collection.why_lost} if collection.why_lost else {}),
    }


def group_member_of(fields: Fields, note: Note) -> GroupMember:
    """The member of a resource; one that names no VNet is noted."""
    member = GroupMember(name_of(fields), text(fields, "id"), text(fields, "resourceid"))
    if not member.is_told:
        note(f"Network group member '{member.name}': 'resourceId' is not the id of a VNet, so its VNet is not known.")
    return member


def group_member_fields(member: GroupMember) -> dict[str, Any]:
    """The member in the shape of `static-member show`; `group_member_of` reads it back equal."""
    return {"type": kinds.GROUP_MEMBER, "id": member.member_id, "name": member.name, "resourceId": member.vnet_id}
