"""Names that a question asks for and nothing is called: a slip of the pen more often than what nobody met."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence

from nsgflow_core.ask.columns import DIMENSIONS
from nsgflow_core.ask.filters import Condition, FlowFilter
from nsgflow_core.ask.kinds import ENDPOINT, NSG, TEXT
from nsgflow_core.inventory.inventory import Inventory
from nsgflow_core.inventory.names.logged_nsgs import NO_NSG
from nsgflow_core.inventory.scope import Scope, subnets_of
from nsgflow_core.stores.base import FlowStore, Values, not_whole_words
from nsgflow_core.words import arm_id
from nsgflow_core.words.apart import nearest
from nsgflow_core.words.prefixes import INTERNET, NOT_INSIDE, Prefix, default_label, is_prefix, parse_prefix
from nsgflow_core.words.visible import in_short

MOST = 1_000
"""So many names are looked at: where there are more, nothing is said of one that is not among them."""
NAMED = 5
_KINDS = (TEXT.key, ENDPOINT.key, NSG.key)
_ENDS = ("source", "destination")


def unknown_names(store: FlowStore, asked: FlowFilter) -> list[str]:
    """A sentence for each name that a filter asks for and that nothing in the store is called, with what is nearly so.

    Addresses, prefixes and parts of names are no such names. Raises what the store raises.
    """
    found: dict[str, None] = {}
    for condition in asked.conditions:
        if condition.operator == "is" and not condition.is_fixed and _is_of_names(condition, store):
            known = names_of(store, condition.dimension)
            for name in condition.values:
                if not is_prefix(name) and not _is_known(store, condition.dimension, name, known):
                    found.update(dict.fromkeys(_told(store, condition.dimension, name, known)))
    return list(found)


def _told(store: FlowStore, dimension: str, name: str, known: Values) -> list[str]:
    """That nothing is called so; of an end, rather that a machine is: people write `src:vm-web-01`."""
    word, by_name = DIMENSIONS[dimension].spoken, f"{dimension}_name"
    if dimension in _ENDS and by_name not in store.unsupported and not _holding(name, known):
        machines = sorted(_holding(name, store.values(by_name, MOST)), key=len)
        if machines:
            asked = " or ".join(f"{by_name}:{each}" for each in machines[:NAMED])
            return [f"No {word} is called {in_short(name)} in the flows here, but addresses are. Ask for {asked}."]
    return not_called(word, name, known, "in the flows here")


def _holding(name: str, known: Sequence[str]) -> list[str]:
    """The known names that hold this one, whatever its case."""
    return [each for each in known if name.casefold() in each.casefold()]


def names_of(store: FlowStore, dimension: str) -> Values:
    """What a dimension takes in a store; of an end also the named subnets that no flow met."""
    if dimension not in _ENDS:
        return store.values(dimension, MOST)
    ends = [store.values(end, MOST) for end in _ENDS]
    names = dict.fromkeys((*itertools.chain(*ends), *store.subnets.names))
    return Values(names, not_whole_words(*(end.partial for end in ends)))


def not_called(kind: str, name: str, known: Values, where: str) -> list[str]:
    """That nothing of a kind has a name, and what is nearly called so; nothing where too many are known to tell, or
    not all were told."""
    named = [each for each in known if each not in (NO_NSG, *NOT_INSIDE, "")]
    if not named or len(known) >= MOST or known.partial:
        return []
    near = _holding(name, named) or ([] if is_prefix(name) else nearest(name, named))
    if not near and not is_prefix(name) and (own := arm_id.last(name)) != name:
        near = _holding(own, named) or nearest(own, named)
    hint = f"Did you mean {' or '.join(near[:NAMED])}?" if near else f"There are {', '.join(named[:NAMED])}."
    return [f"No {kind} is called {in_short(name)} {where}. {hint}"]


def unknown_scope(store: FlowStore, scope: Scope, told: Inventory) -> list[str]:
    """That neither flows nor files know the NSG or subnet that rules are for: a slip of the pen, or one that is gone,
    more often than one without traffic; and what there is that is nearly called so."""
    asked = scope.nsg or scope.subnet
    if scope.nsg:
        is_known = bool({*store.nsgs_named(asked)} - {NO_NSG} or told.guards(scope))
    else:
        is_known = any(subnets_of(asked, told.vnets))
    if is_known:  # mostly, and what there is besides is not asked for
        return []
    known = names_of(store, "nsg" if scope.nsg else "source")
    if scope.subnet and _is_of_known(asked, known, store):
        return []
    return not_called("NSG" if scope.nsg else "subnet", asked.strip(), known, "in the flows and files here")


def _is_of_known(asked: str, known: Sequence[str], store: FlowStore) -> bool:
    """True for a subnet's name among the known ones, and for a prefix that is near one of theirs."""
    if asked.casefold() in map(str.casefold, known):
        return True
    prefixes = (*known, *(each.prefix.text for each in store.subnets.subnets))
    return is_prefix(asked) and _is_near(parse_prefix(asked), prefixes)


def _is_near(asked: Prefix, known: Iterable[str]) -> bool:
    """True for a prefix that shares addresses with one of these, where they are prefixes; so is a public one, which
    has no label of its own."""
    held = (parse_prefix(each) for each in known if is_prefix(each))
    return default_label(asked.first) == INTERNET or any(each.covers(asked) or asked.covers(each) for each in held)


def _is_of_names(condition: Condition, store: FlowStore) -> bool:
    column = condition.column
    is_offered = column.bar is not None and bool(column.bar.suggests)
    return is_offered and column.kind.key in _KINDS and condition.dimension not in store.unsupported


def _is_known(store: FlowStore, dimension: str, name: str, known: Sequence[str]) -> bool:
    if dimension == "nsg" and store.nsgs_named(name):
        return True
    return name.casefold() in map(str.casefold, known)
