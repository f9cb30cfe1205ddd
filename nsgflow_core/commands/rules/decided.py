"""A draft as people decided it: what the options ask for, the decisions that count, and where others are kept."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from nsgflow_core.ask.filters import FlowFilter
from nsgflow_core.commands.given.stores import open_store
from nsgflow_core.commands.given.traffic import flow_filter
from nsgflow_core.commands.rules.draft_options import draft_options
from nsgflow_core.commands.rules.rule_files import (
    existing_rules,
    network,
    refuse_another,
    refuse_unknown_scope,
    scope_asked,
)
from nsgflow_core.commands.telling.answers import print_unmet
from nsgflow_core.commands.telling.shared_file import SharedFile
from nsgflow_core.errors import BadFilter
from nsgflow_core.inventory.kept import Settings
from nsgflow_core.inventory.rule import RuleSet
from nsgflow_core.inventory.scope import Scope
from nsgflow_core.inventory.shapes.given import read_given
from nsgflow_core.rules.decide.beside import with_others
from nsgflow_core.rules.decide.network import Network
from nsgflow_core.rules.draft.options import DraftOptions
from nsgflow_core.rules.draft.traffic import Material, gather
from nsgflow_core.rules.review.applying import Decided, as_decided
from nsgflow_core.rules.review.decisions import Decisions
from nsgflow_core.rules.review.kept import change_decisions, load_decisions, read_decisions
from nsgflow_core.rules.special.finding import specials_of
from nsgflow_core.stores.base import FlowStore
from nsgflow_core.words.vocabulary import Direction

KEPT = "kept"


def add_decisions(parser: ArgumentParser, standard: str | None = None) -> None:
    """--review; where `standard` is given, that is what counts without it."""
    words = "what people said of the rules: a file from the Rules page, or 'kept' for what the store keeps of it"
    default = f" (default: {standard})" if standard else ""
    parser.add_argument(
        "--review", "--decisions", dest="decisions", metavar="FILE|kept", default=standard, help=words + default
    )


@dataclass(frozen=True)
class DraftInHand:
    """What a command about a draft works on: the traffic behind it, the NSG as it is, and what was decided."""

    store: FlowStore
    flow_filter: FlowFilter
    network: Network
    material: Material
    exactness: float
    decisions: Decisions

    @property
    def existing(self) -> RuleSet | None:
        """The NSG as it is, where it was given."""
        return self.material.existing

    def decided(self) -> Decided:
        """The draft with the decisions laid over it. Raises BadRuleSet."""
        return as_decided(self.material, self.exactness, self.decisions)


def asked_of(arguments: Namespace, store: FlowStore) -> tuple[Scope, Direction, FlowFilter, RuleSet | None]:
    """Of a draft: for what, in which direction, from which traffic, and the NSG as it is."""
    scope = scope_asked(arguments, store)
    others = Namespace(**{**vars(arguments), "nsg": None, "direction": None})
    existing = existing_rules(arguments, scope, store)
    refuse_another(arguments, scope, existing, store)
    if existing is None:
        refuse_unknown_scope(arguments, scope, store)
    filtered = flow_filter(others)
    print_unmet(store, filtered)
    scope = with_others(scope.with_ids_of(existing), existing, network(arguments, store).known)
    return scope, Direction(arguments.direction), filtered, existing


def case(arguments: Namespace, *, may_be_new: bool = False) -> DraftInHand:
    """The case that the options describe, with the decisions of --decisions (none where it is not given).

    A file of decisions that does not exist yet holds none where it `may_be_new`.
    """
    store = open_store(arguments)
    scope, direction, wanted, existing = asked_of(arguments, store)
    named = getattr(arguments, "decisions", None)
    is_new = may_be_new and named not in (None, KEPT) and not Path(named).exists()
    decisions = Decisions() if is_new else _decisions(named, store, scope, direction)
    known = network(arguments, store)
    options, space = options_of(arguments, scope, existing, known), known.space(existing)
    material = gather(store, wanted, scope, direction, options=options, existing=existing, space=space)
    material = material.along(known, store, wanted)
    return DraftInHand(store, wanted, known, material, arguments.exactness, decisions)


def options_of(arguments: Namespace, scope: Scope, existing: RuleSet | None, known: Network) -> DraftOptions:
    """The choices that the options spell, and what is special about the subnets that the rules are for."""
    return replace(draft_options(arguments), special=specials_of(scope, existing, known.known))


def _decisions(named: str | None, store: FlowStore, scope: Scope, direction: Direction) -> Decisions:
    if named is None:
        return Decisions()
    if named != KEPT:
        return read_decisions(read_given(Path(named)))
    return load_decisions(_settings(store), scope, direction)


def _settings(store: FlowStore) -> Settings:
    if not isinstance(store, Settings):
        raise BadFilter("A workspace keeps no review of rules.", "Name a file of one with --review FILE.")
    return store


def keep_decisions(arguments: Namespace, of: DraftInHand, change: Callable[[Decisions], Decisions]) -> Decided:
    """Change what is kept (with the store, or in the file that --decisions names), after trying it on the draft."""
    if arguments.decisions == KEPT:
        settings = _settings(of.store)
    else:
        settings = SharedFile(Path(arguments.decisions), "Name another file with --review.")
    tried = partial(as_decided, of.material, of.exactness)
    return change_decisions(settings, of.material.scope, of.material.direction, change, tried)
