"""What the Rules page takes from the inventory: the NSGs, which of them guards a scope, and what names stand for."""

from __future__ import annotations

from nsgflow_core.inventory.kept import Settings
from nsgflow_core.inventory.rule import RuleSet
from nsgflow_core.inventory.scope import Scope
from nsgflow_core.inventory.shapes import kinds
from nsgflow_core.rules.decide.network import Network
from nsgflow_core.rules.special.base import Special
from nsgflow_core.rules.special.finding import specials_of
from nsgflow_core.stores.base import FlowStore
from nsgflow_core.ui.frame import known
from nsgflow_core.ui.frame.known import settings_of

__all__ = ["candidates", "forget_rule_sets", "is_imported", "network", "rule_sets", "settings_of"]


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


def network(store: FlowStore, settings: Settings) -> Network:
    """What is known of the network."""
    return Network(known.inventory(settings), store.subnets)


def specials(settings: Settings, existing: RuleSet | None, scope: Scope) -> tuple[Special, ...]:
    """What is special about the subnets that the rules are for."""
    return specials_of(scope, existing, known.inventory(settings))
