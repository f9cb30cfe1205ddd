"""Which security admin rules apply to a VNet: those of the network groups that it is in, in the order of looking."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from nsgflow_core.inventory.inventory import Inventory
from nsgflow_core.inventory.things.admin_rules import AdminCollection, AdminRule, GroupMember
from nsgflow_core.inventory.things.vnet import Vnet
from nsgflow_core.words import arm_id


@dataclass(frozen=True)
class AdminLists:
    """The admin rules of an inventory, as its VNets meet them."""

    known: Inventory

    @cached_property
    def rules(self) -> tuple[AdminRule, ...]:
        """All of them, first those of the collection that is looked at first, then by priority."""
        priorities = {arm_id.key(each.collection_id): each.priority or 0 for each in self.known.of(AdminCollection)}

        def order(rule: AdminRule) -> tuple[int, int]:
            return priorities.get(arm_id.key(rule.collection_id), 0), rule.rule.priority

        return tuple(sorted(self.known.of(AdminRule), key=order))

    def of(self, vnet: Vnet) -> tuple[AdminRule, ...]:
        """Those that apply to a VNet."""
        key = arm_id.key(vnet.vnet_id)
        return tuple(rule for rule, members in self._members if members is None or key in members)

    @property
    def assumed(self) -> tuple[str, ...]:
        """What was taken for granted of them."""
        everywhere = (
            "No file tells which VNets are in the network groups of the security admin rules, so they are taken to "
            "apply to every VNet (az network manager group static-member list)."
        )
        return (everywhere,) if any(members is None for _, members in self._members) else ()

    @cached_property
    def _members(self) -> list[tuple[AdminRule, frozenset[str] | None]]:
        """Each rule with the VNets of its network groups; None where no file tells them."""
        return [(rule, self._vnets_of(rule)) for rule in self.rules]

    def _vnets_of(self, rule: AdminRule) -> frozenset[str] | None:
        groups = rule.groups or self._groups.get(arm_id.key(rule.collection_id), ())
        members = (self._vnets_of_group.get(arm_id.key(each), set()) for each in groups)
        return frozenset[str]().union(*members) or None

    @cached_property
    def _groups(self) -> dict[str, tuple[str, ...]]:
        """The network groups of each collection, by its id."""
        return {arm_id.key(each.collection_id): each.groups for each in self.known.of(AdminCollection)}

    @cached_property
    def _vnets_of_group(self) -> dict[str, set[str]]:
        """The VNets of each network group, by its id."""
        found: dict[str, set[str]] = {}
        for each in self.known.of(GroupMember):
            found.setdefault(arm_id.key(each.group_id), set()).add(arm_id.key(each.vnet_id))
        return found
