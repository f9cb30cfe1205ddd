"""Which security admin rules apply to a VNet: those of the network groups that it is in, in the order of looking."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

from nsgflow_core.inventory.inventory import Inventory
from nsgflow_core.inventory.things.admin_rules import AdminCollection, AdminRule, GroupMember, LostAdminRule
from nsgflow_core.inventory.things.vnet import Vnet
from nsgflow_core.words import arm_id
from nsgflow_core.words.numbers import first_of
from nsgflow_core.words.visible import in_short

_NAMED = 3
"""So many lost rules are named."""
T = TypeVar("T", bound=AdminRule | LostAdminRule | AdminCollection)
_Placed = tuple[T, frozenset[str] | None]
"""Something with the VNets of its network groups; None where no file tells them."""


@dataclass(frozen=True)
class AdminLists:
    """The admin rules of an inventory, as its VNets meet them."""

    known: Inventory

    @cached_property
    def rules(self) -> tuple[AdminRule, ...]:
        """All of them, first those of the collection that is looked at first, then by priority."""

        def order(rule: AdminRule) -> tuple[int, int]:
            return self._priorities.get(arm_id.key(rule.collection_id), 0), rule.rule.priority

        return tuple(sorted(self.known.of(AdminRule), key=order))

    def of(self, vnet: Vnet) -> tuple[AdminRule, ...]:
        """Those that apply to a VNet."""
        return _at(vnet, self._members)

    def doubt(self, vnet: Vnet) -> str:
        """Why what they do in a VNet may be wrong, a sentence without its end, as `RuleSet.doubt` of an NSG's rules."""
        return _doubt(_at(vnet, self._lost))

    @property
    def doubts(self) -> tuple[str, ...]:
        """That some of them could not be used, wherever they apply: one sentence without its end, or none."""
        return (_doubt(tuple(each for each, _ in self._lost)),) if self._lost else ()

    def untold(self, vnet: Vnet) -> tuple[str, ...]:
        """What of them no file tells that may apply to a VNet, a sentence each."""
        without_rules, beside = _at(vnet, self._without_rules), self._untold_groups_beside(arm_id.key(vnet.vnet_id))
        return (*map(_no_rule_told, without_rules), *map(_no_member_told, beside))

    @property
    def is_empty(self) -> bool:
        """True where no file tells of any, usable or not."""
        return not self.rules and not self._lost

    @property
    def assumed(self) -> tuple[str, ...]:
        """What was taken for granted of them."""
        everywhere = (
            "No file tells which VNets are in the network groups of the security admin rules, so they are taken to "
            "apply to every VNet (az network manager group static-member list)."
        )
        by_their_own = (
            "No file tells which collection of security admin rules is looked at first, so they are taken by the "
            "priorities of the rules alone (az network manager security-admin-config rule-collection list)."
        )
        is_everywhere = any(members is None for _, members in (*self._members, *self._lost))
        return (*((everywhere,) if is_everywhere else ()), *((by_their_own,) if self._is_order_open else ()))

    @cached_property
    def _priorities(self) -> dict[str, int]:
        """The priority of each collection that tells it, by its id."""
        told = self.known.of(AdminCollection)
        return {arm_id.key(each.collection_id): each.priority for each in told if each.priority is not None}

    @property
    def _is_order_open(self) -> bool:
        """True where rules are of several collections and some of those tell no priority: effective lists do not."""
        collections = {arm_id.key(each.collection_id) for each in self.rules}
        return len(collections) > 1 and not collections <= self._priorities.keys()

    @cached_property
    def _members(self) -> list[_Placed[AdminRule]]:
        """Each rule with the VNets of its network groups; None where no file tells them."""
        return [(rule, self._vnets_of(rule)) for rule in self.rules]

    @cached_property
    def _lost(self) -> list[_Placed[LostAdminRule | AdminCollection]]:
        """Each rule and collection that could not be used, with the VNets of its network groups."""
        lost: list[LostAdminRule | AdminCollection] = [*self.known.of(LostAdminRule)]
        lost += [each for each in self.known.of(AdminCollection) if each.why_lost]
        return [(each, self._vnets_of(each)) for each in lost]

    @cached_property
    def _without_rules(self) -> list[_Placed[AdminCollection]]:
        """The collections of which no file tells a rule, with the VNets of their network groups."""
        told = {arm_id.key(each.collection_id) for each in self.rules}
        told |= {arm_id.key(each.collection_id) for each in self.known.of(LostAdminRule)}
        collections = (each for each in self.known.of(AdminCollection) if arm_id.key(each.collection_id) not in told)
        return [(each, self._vnets_of(each)) for each in collections]

    def _untold_groups_beside(self, key: str) -> tuple[str, ...]:
        """The groups that may hold a VNet besides the told groups of the same rules, which do not."""
        beside = (rule for rule, members in self._members if members is not None and key not in members)
        untold = (each for rule in beside for each in self._groups_of(rule) if not self._vnets_in(each))
        return tuple(dict.fromkeys(map(arm_id.last, untold)))

    def _groups_of(self, rule: AdminRule | LostAdminRule | AdminCollection) -> tuple[str, ...]:
        return rule.groups or self._groups.get(arm_id.key(rule.collection_id), ())

    def _vnets_in(self, group: str) -> set[str]:
        return self._vnets_of_group.get(arm_id.key(group), set())

    def _vnets_of(self, rule: AdminRule | LostAdminRule | AdminCollection) -> frozenset[str] | None:
        return frozenset[str]().union(*map(self._vnets_in, self._groups_of(rule))) or None

    @cached_property
    def _groups(self) -> dict[str, tuple[str, ...]]:
        """The network groups of each collection, by its id."""
        return {arm_id.key(each.collection_id): each.groups for each in self.known.of(AdminCollection)}

    @cached_property
    def _vnets_of_group(self) -> dict[str, set[str]]:
        """The VNets of each network group, by its id; of a group with a member that is not told, none are."""
        found: dict[str, set[str]] = {}
        for each in self.known.of(GroupMember):
            found.setdefault(arm_id.key(each.group_id), set()).add(arm_id.key(each.vnet_id))
        untold = {arm_id.key(each.group_id) for each in self.known.of(GroupMember) if not each.is_told}
        return {group: vnets for group, vnets in found.items() if group not in untold}


def _at(vnet: Vnet, placed: Sequence[_Placed[T]]) -> tuple[T, ...]:
    """What applies to a VNet, or may."""
    key = arm_id.key(vnet.vnet_id)
    here = (each for each, members in placed if members is None or key in members)
    return tuple(each for each in here if isinstance(each, AdminCollection) or each.is_in(vnet.location))


def _no_rule_told(collection: AdminCollection) -> str:
    return (
        f"No file tells a rule of the admin rule collection {in_short(collection.name)}, so what it decides is not "
        "looked at (az network manager security-admin-config rule-collection rule list)."
    )


def _no_member_told(group: str) -> str:
    return (
        f"No file tells which VNets are in the network group {in_short(group)}, so the admin rules for it are looked "
        "at in the VNets of their other groups alone (az network manager group static-member list)."
    )


def may_be_wrong(doubt: str) -> str:
    """The sentence on a doubt about them."""
    return f"{doubt}, so what they decide may be wrong."


def _doubt(lost: Sequence[LostAdminRule | AdminCollection]) -> str:
    if not lost:
        return ""
    named = first_of([in_short(each.name or "one without a name") for each in lost], _NAMED)
    return f"Virtual Network Manager's admin rules are incomplete: {len(lost)} could not be used ({named})"
