"""Where drafted rules stand beside what the NSG has: the denies that stay, and the priorities that are taken."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise

from nsgflow_core.inventory.rule import AZURE_LOAD_BALANCER, MIN_PRIORITY, Access, Rule, RuleSet
from nsgflow_core.rules.draft.evidence import Evidence
from nsgflow_core.rules.draft.placing.closing import CLOSING_NAMES
from nsgflow_core.rules.draft.placing.priorities import CLOSING_FIRST, Wanted, number
from nsgflow_core.words.vocabulary import Direction


def kept_denies(existing: RuleSet | None, direction: Direction) -> tuple[Rule, ...]:
    """The user's own deny rules of a direction, in order. They stay: a draft knows only what should be allowed."""
    if existing is None:
        return ()
    return tuple(
        rule
        for rule in existing.towards(direction)
        if rule.access is Access.DENY and not rule.is_default and rule.name not in CLOSING_NAMES
    )


def place(
    evidence: Mapping[str, Evidence], existing: RuleSet | None, direction: Direction, closing: tuple[Rule, ...]
) -> dict[str, int]:
    """The priority of each drafted rule by name.

    A rule stands between the denies that stay as the rule that admitted its traffic does, so that what was allowed
    before a deny is not caught by it, and what a deny stops is not opened ahead of it.
    """
    own = () if existing is None else tuple(r for r in existing.towards(direction) if not r.is_default)
    anchors = [rule.priority for rule in kept_denies(existing, direction)]
    wanted = [_between(name, _admitted_at(found, existing), anchors) for name, found in evidence.items()]
    names = {rule.name.casefold() for rule in wanted}
    kept = {rule.name.casefold(): rule.priority for rule in own if rule.access is Access.ALLOW}
    taken = {rule.priority for rule in own if rule.name.casefold() not in names}
    return number(wanted, kept, frozenset(taken | {rule.priority for rule in closing}))


def _admitted_at(found: Evidence, existing: RuleSet | None) -> int:
    """The priority of the first rule that admitted the traffic; ahead of all when that rule is not in the file."""
    rules = () if existing is None else existing.with_defaults().rules
    known = {rule.name.casefold(): rule.priority for rule in rules}
    return min((known.get(rule.casefold(), MIN_PRIORITY) for rule in found.admitted_by), default=MIN_PRIORITY)


def _between(name: str, admitted_at: int, anchors: list[int]) -> Wanted:
    """Between which denies the traffic was admitted."""
    edges = [MIN_PRIORITY - 1, *anchors, 65_536]
    for after, before in pairwise(edges):
        if after < admitted_at <= before:
            return Wanted(name, after, min(before, CLOSING_FIRST))
    return Wanted(name)


def place_closing(
    closing: tuple[Rule, ...], existing: RuleSet | None, direction: Direction, probes: Evidence | None = None
) -> dict[str, int]:
    """The priorities of the closing rules: as in the NSG, else their own, else the nearest free one, in their order.

    The rule for load balancer probes stands ahead of a deny that stays when the probes were admitted ahead of it: a
    deny for VirtualNetwork would catch them.
    Raises nothing: between 4000 and 4096 an NSG with that many rules of its own is not met; lower numbers are taken
    then, from below 4000.
    """
    own = () if existing is None else tuple(r for r in existing.towards(direction) if not r.is_default)
    had = {rule.name: rule.priority for rule in own}
    if all(rule.name in had for rule in closing):
        return {rule.name: had[rule.name] for rule in closing}
    taken = {rule.priority for rule in own if rule.name not in CLOSING_NAMES}
    deny = _deny_behind(probes, existing, direction)
    given: dict[str, int] = {}
    last = CLOSING_FIRST - 1
    for rule in closing:
        if deny and rule.sources == (AZURE_LOAD_BALANCER,):
            ahead = next((p for p in range(deny - 1, MIN_PRIORITY - 1, -1) if p not in taken), None)
            if ahead is not None:
                given[rule.name] = ahead
                continue
        last = next(p for p in range(max(rule.priority, last + 1), 65_000) if p not in taken)
        given[rule.name] = last
    return given


def _deny_behind(probes: Evidence | None, existing: RuleSet | None, direction: Direction) -> int | None:
    """The priority of the first deny that stays behind the rule that admitted the probes seen; None without one."""
    if probes is None or not probes.flows:
        return None
    at = _admitted_at(probes, existing)
    return next((rule.priority for rule in kept_denies(existing, direction) if rule.priority >= at), None)
