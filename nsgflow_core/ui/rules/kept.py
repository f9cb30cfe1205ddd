"""What the Rules page takes from the inventory: the NSGs, which of them guards a scope, and what names stand for."""

from __future__ import annotations

import hashlib
from dataclasses import replace

from nsgflow_core.inventory.inventory import Inventory
from nsgflow_core.inventory.kept import Settings
from nsgflow_core.inventory.rule import RuleSet
from nsgflow_core.inventory.scope import Scope
from nsgflow_core.inventory.shapes import kinds
from nsgflow_core.rules.decide.address_space import AddressSpace
from nsgflow_core.stores.base import FlowStore
from nsgflow_core.ui.frame import known
from nsgflow_core.ui.frame.known import settings_of
from nsgflow_core.words.prefixes import Prefix

__all__ = ["address_space", "candidates", "forget_rule_sets", "is_imported", "rule_sets", "settings_of"]


def rule_sets(settings: Settings) -> tuple[RuleSet, ...]:
    """The imported NSGs; on the sample estate its own ones until others are imported."""
    return known.inventory(settings).rule_sets


def is_imported(settings: Settings) -> bool:
    """True when somebody imported rules, also where the sample has its own."""
    return bool(known.imported(settings).rule_sets)


def forget_rule_sets(settings: Settings) -> None:
    """Forget the rules that were imported."""
    known.forget_kind(settings, kinds.NSG)


def candidates(settings: Settings, scope: Scope) -> tuple[RuleSet, ...]:
    """The NSGs that may guard this scope (see `Inventory.guards`)."""
    return known.inventory(settings).guards(scope)


def address_space(store: FlowStore, settings: Settings, existing: RuleSet | None) -> tuple[AddressSpace, str]:
    """What names stand for, and a fingerprint of what is known of it for cache keys.

    `VirtualNetwork` is the existing NSG's own VNets and their peers, where they are known.
    """
    held = known.inventory(settings)
    space = AddressSpace.of(store.subnets, service_tags=held.service_tags, nics=held.asgs)
    own = held.virtual_network(existing) if existing else ()
    return (replace(space, known=own) if own else space), _fingerprint(held, own)


def _fingerprint(held: Inventory, own: tuple[Prefix, ...]) -> str:
    """Of the VNets' space, and of the entries behind tags and groups: their files and times."""
    told = [(e.identity, e.file, e.read) for e in held.entries if e.kind in (kinds.SERVICE_TAG, kinds.NIC)]
    return hashlib.sha256(repr((told, own)).encode()).hexdigest()[:16]
