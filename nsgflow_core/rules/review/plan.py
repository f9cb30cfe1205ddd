"""What would change in an NSG: which rules are added, changed, removed or stay, as a list to review.

Nothing here touches Azure. Rules are matched by name, ignoring case, as Azure does. A rule whose description alone
differs stays: evidence grows every day, and that is no change of policy.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

import pandas as pd

from nsgflow_core.inventory.rule import ANY, MAX_DESCRIPTION, Access, PortRange, Rule, RuleSet
from nsgflow_core.rules.decide.address_space import AddressSpace
from nsgflow_core.rules.decide.network import Network
from nsgflow_core.rules.draft.draft import Draft
from nsgflow_core.rules.draft.placing.naming import OURS, joined_ports
from nsgflow_core.rules.review.on_path import OnPath
from nsgflow_core.rules.review.still_open import StillOpen, still_open
from nsgflow_core.words.numbers import first_of
from nsgflow_core.words.prefixes import is_prefix, parse_prefix
from nsgflow_core.words.visible import in_short
from nsgflow_core.words.vocabulary import Direction

NAMED = 8
"""So many addresses or ports of a rule are named in a sentence."""
_EVERYTHING = "everything (also ICMP, ESP and AH, of which flow logs tell nothing)"


class Action(StrEnum):
    """What happens to a rule."""

    ADD = "add"
    CHANGE = "change"
    REMOVE = "remove"
    KEEP = "keep"


@dataclass(frozen=True, slots=True)
class RuleChange:
    """One rule before and after (None where it is not there) and, in words, what differs."""

    action: Action
    name: str
    before: Rule | None
    after: Rule | None
    difference: tuple[str, ...] = ()
    stays_by_itself: bool = False
    """True where the rule stays without being one of those wanted."""

    @property
    def called(self) -> str:
        """Its name as the NSG spells it, where it stands there: Azure tells names of another case no further apart."""
        return self.before.name if self.before is not None else self.name

    @property
    def in_short(self) -> str:
        """The difference for a sentence: of each list the first few, and how many more there are."""
        found = self.difference
        if self.before is not None and self.action is Action.REMOVE:
            found = _lost(self.before, NAMED)
        elif self.before is not None and self.after is not None and self.action is Action.CHANGE:
            found = _all_differences(self.before, self.after, NAMED)
        return in_short("; ".join(found), 2_000)


@dataclass(frozen=True)
class Plan:
    """All changes of one direction: adds and changes by priority, then what is removed, then what stays.

    `existing` is the NSG as it is, `space` what the names in rules stand for, `network` what else is on packets' paths.
    """

    existing: RuleSet
    direction: Direction
    changes: tuple[RuleChange, ...]
    space: AddressSpace
    network: Network | None

    @property
    def nsg(self) -> str:
        """The NSG's name."""
        return self.existing.name

    @property
    def elsewhere(self) -> tuple[Rule, ...]:
        """The NSG's own rules of the other direction, which nothing here touches."""
        return self.existing.elsewhere(self.direction)

    def of(self, action: Action) -> tuple[RuleChange, ...]:
        """The changes of one kind, in order."""
        return tuple(change for change in self.changes if change.action is action)

    @property
    def before(self) -> tuple[Rule, ...]:
        """The NSG's own rules as they are, of both directions."""
        return (*(change.before for change in self.changes if change.before), *self.elsewhere)

    def still_open(self, left: Iterable[Rule] = ()) -> tuple[StillOpen, ...]:
        """What stays (and, of what it removes, what is `left`) and still opens what the wanted rules close."""
        wanted = [change.after for change in self.changes if change.after and not change.stays_by_itself]
        stays = [change.after for change in self.changes if change.after and change.stays_by_itself]
        open_to = [*stays, *left]
        if self.network is None or not open_to:
            return still_open(open_to, wanted, self.space)
        planned = replace(self.existing, rules=(*wanted, *open_to)).with_defaults()
        return still_open(open_to, wanted, self.space, OnPath(self.network, planned, self.direction))

    @property
    def is_empty(self) -> bool:
        """True when the NSG already is as wanted."""
        return all(change.action is Action.KEEP for change in self.changes)

    @property
    def as_of(self) -> str:
        """As which file has the NSG, in a sentence; "" where nobody wrote that down."""
        told_by = self.existing.told_by
        if not told_by:
            return ""
        return f"The NSG is as {told_by}, has it: what changed in Azure since, neither the plan nor its undo knows."

    @property
    def summary(self) -> str:
        """Like "3 to add, 1 to change, 2 to remove, 5 stay"."""
        counts = {action: len(self.of(action)) for action in Action}
        return (
            f"{counts[Action.ADD]} to add, {counts[Action.CHANGE]} to change, {counts[Action.REMOVE]} to remove, "
            f"{counts[Action.KEEP]} stay"
        )


def plan(
    existing: RuleSet,
    wanted: RuleSet,
    direction: Direction,
    space: AddressSpace | None = None,
    network: Network | None = None,
) -> Plan:
    """What turns the existing NSG's own rules of a direction into the wanted ones.

    A deny rule of the NSG that `wanted` lacks stays: a draft holds the denies that it means to keep, but a person
    must decide to drop one (reject it in the NSG itself).
    """
    before = {rule.name.casefold(): rule for rule in existing.towards(direction) if not rule.is_default}
    after = {rule.name.casefold(): rule for rule in wanted.towards(direction) if not rule.is_default}
    changes = [_change(before.get(key), rule) for key, rule in after.items()]
    for key, rule in before.items():
        if key not in after:
            stays = rule.access is Access.DENY
            words = ("a deny rule stays until a person removes it",) if stays else _lost(rule)
            action = Action.KEEP if stays else Action.REMOVE
            changes.append(RuleChange(action, rule.name, rule, rule if stays else None, words, stays))
    ordered = tuple(sorted(changes, key=_order))
    return Plan(existing, direction, ordered, space or AddressSpace(), network)


def plan_draft(existing: RuleSet, made: Draft, space: AddressSpace | None = None) -> Plan:
    """What a draft would change in the NSG; without allowed traffic it only adds, for nothing is known to go.

    `space` is what the names in rules stand for, to tell what still opens what the draft closes.
    """
    if not made.material.is_empty:
        return plan(existing, made.rule_set, made.direction, space, made.material.network)
    had = {rule.name.casefold() for rule in existing.rules}
    added = tuple(rule for rule in made.own_rules if rule.name.casefold() not in had)
    wanted = replace(existing, rules=(*existing.rules, *added))
    return plan(existing, wanted, made.direction, space, made.material.network)


def plan_in_words(made: Plan, left: Iterable[Rule] = ()) -> list[str]:
    """The plan in sentences: how much of each, what it replaces and removes, what stays and still opens something."""
    kept = {rule.name for rule in left}
    sentences = [f"Against the NSG as it is: {made.summary}."]
    sentences += filter(None, [made.as_of])
    if made.existing.doubt:
        sentences.append(f"{made.existing.doubt}: none of those comes back once a rule here has taken its name.")
    sentences += [f"Replaces {each.called}: {each.in_short}." for each in made.of(Action.CHANGE)]
    for each in made.of(Action.REMOVE):
        verb = "Leaves, though the plan removes it," if each.name in kept else "Removes"
        at = each.before.priority if each.before else 0
        sentences.append(f"{verb} {each.name} (priority {at}), which {each.in_short}.")
    return [*sentences, *(open_one.sentence for open_one in made.still_open(left))]


def _order(change: RuleChange) -> tuple[int, int, str]:
    rule = change.after or change.before
    place = {Action.ADD: 0, Action.CHANGE: 0, Action.REMOVE: 1, Action.KEEP: 2}[change.action]
    return place, rule.priority if rule else 0, change.name


def _change(before: Rule | None, after: Rule) -> RuleChange:
    if before is None:
        return RuleChange(Action.ADD, after.name, None, after)
    difference = _all_differences(before, after)
    return RuleChange(Action.CHANGE if difference else Action.KEEP, after.name, before, after, difference)


def _all_differences(before: Rule, after: Rule, most: int | None = None) -> tuple[str, ...]:
    """The same, and which description of a person goes with what is replaced."""
    found, words = differences(before, after, most), before.description.strip()
    if not found or not words or words == after.description or words.startswith(OURS):
        return found
    return (*found, f"the description '{in_short(words, MAX_DESCRIPTION)}' goes")


def differences(before: Rule, after: Rule, most: int | None = None) -> tuple[str, ...]:
    """What differs between two rules, a phrase per field; the order in lists and descriptions do not count.

    Of a list `most` are named, all where it is None.
    """
    found = [
        f"{name.removesuffix('_words')} {getattr(before, name)} -> {getattr(after, name)}"
        for name in ("priority", "direction", "access", "protocol_words")
        if getattr(before, name) != getattr(after, name)
    ]
    for name in ("sources", "destinations", "source_asgs", "destination_asgs"):
        held = (_terms(getattr(before, name)), _terms(getattr(after, name)))
        found += _set_difference(name.replace("_", " "), *held, most)
    for name in ("destination_ports", "source_ports"):
        held = (_ports(getattr(before, name)), _ports(getattr(after, name)))
        found += _set_difference(name.replace("_", " "), *held, most)
    return tuple(found)


def _set_difference(
    field: str, before: Mapping[_Place, str], after: Mapping[_Place, str], most: int | None
) -> list[str]:
    """What only one of them has, as it is written, in the order in which people read such a list."""
    parts = [
        _named([f"{mark} {written[item]}" for item in sorted(written.keys() - other.keys())], most)
        for mark, written, other in (("+", after, before), ("-", before, after))
        if written.keys() - other.keys()
    ]
    return [f"{field}: {', '.join(parts)}"] if parts else []


def _named(words: Sequence[str], most: int | None) -> str:
    """The first of these, and how many more there are."""
    return first_of(words, len(words) if most is None else most)


_Place = tuple[bytes, int, str]
"""Where a term stands among others: addresses and ports by number, then names."""
_BEHIND = b"\xff" * 17
"""Behind every address."""


def _terms(terms: Iterable[str]) -> dict[_Place, str]:
    """Terms by their places: prefixes by address, the wider of two first, then names in any case."""
    found: dict[_Place, str] = {}
    for term in terms:
        prefix = parse_prefix(term) if is_prefix(term) else None
        found[(prefix.first, -prefix.size, "") if prefix else (_BEHIND, 0, term.casefold())] = term
    return found


def _ports(ranges: Iterable[PortRange]) -> dict[_Place, str]:
    """Ranges by number, neighbours joined, so that 80 and 81 are 80-81."""
    return {(b"", ports.first, str(ports)): str(ports) for ports in joined_ports(ranges)}


def _lost(rule: Rule, most: int | None = None) -> tuple[str, ...]:
    """What a removed allow rule stops admitting, unless another rule does."""
    ports = _named([str(ports) for ports in rule.destination_ports], most)
    sources, destinations = rule.sources or rule.source_asgs, rule.destinations or rule.destination_asgs
    services = _EVERYTHING if rule.protocol == ANY and ports == ANY else f"{_any(rule.protocol_words)} {_any(ports)}"
    return (f"admitted {services} from {_any(_named(sources, most))} to {_any(_named(destinations, most))}",)


def _any(words: str) -> str:
    return "any" if words == ANY else words


def plan_frame(made: Plan) -> pd.DataFrame:
    """One row per rule: action, name, priority (after, or before when it is removed), access, difference."""
    rows = [
        {
            "action": str(change.action),
            "name": change.called,
            "priority": rule.priority,
            "access": str(rule.access),
            "difference": "; ".join(change.difference),
        }
        for change in made.changes
        if (rule := change.after or change.before) is not None
    ]
    return pd.DataFrame(rows, columns=["action", "name", "priority", "access", "difference"])
