"""Audits the rules of an NSG: which do nothing, which get in each other's way, which open more than is used.

Findings, each with a flow or packet that proves it:
  exposed      an Allow rule lets strangers reach a port of management or data (`words/guarded_ports.py`): its source is
               a wide part of public space by arithmetic, alone or with other rules, and such packets do reach it
  never-hit    no flow of the window was logged under the rule; the window is named, as a longer one may tell otherwise
  shadowed     earlier rules take every packet that it matches
  redundant    without it every packet meets the same access, from later rules
  overlapping  an earlier rule of the other access takes a part of what it matches
  over-broad   of a closed side's addresses, or of the ports, that an Allow rule admits, less than 1 in 256 was seen
               (one host of a /24 is not less); the share of the whole is addresses of its closed sides x ports
  unused-parts prefixes or port ranges of a used Allow rule that no flow of the window met; they are named
  way-out      an outbound Allow rule that names such a port lets hosts reach it anywhere in the Internet
  any-any      an Allow rule that admits any source to any destination on any port
Verdicts on exposed, shadowed, redundant and overlapping are exact, and hold whatever the names that are not known
stand for.
A rule that earlier rules make idle is not called redundant once more, and default rules are counted but not judged.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

import pandas as pd

from nsgflow_core.analysis.question import NUMBER, TEXT, TIME, VALUES, Shape
from nsgflow_core.ask.filters import FlowFilter
from nsgflow_core.inventory.rule import VIRTUAL_NETWORK, Access, Rule, RuleSet
from nsgflow_core.rules.audit.exposed import Exposures
from nsgflow_core.rules.audit.finding import SEVERITY, Finding, FindingKind, named
from nsgflow_core.rules.audit.regions import RuleRegions, TooManyAtomsError
from nsgflow_core.rules.audit.shadows import Taken, Undecided, difference, takers, uncovered
from nsgflow_core.rules.audit.usage import usage
from nsgflow_core.rules.decide.address_space import AddressSpace
from nsgflow_core.rules.replay.replay import fetch_logged, flows_of, fold_viewpoints
from nsgflow_core.stores.base import FlowStore
from nsgflow_core.words.public_space import WHOLE_SHARE, public_share
from nsgflow_core.words.sets.spans import union
from nsgflow_core.words.several import Several
from nsgflow_core.words.vocabulary import MAX_PORT, Direction

_NOTHING_KNOWN = AddressSpace()


AUDITED = Shape.of(
    priority=NUMBER, name=TEXT, direction=TEXT, access=TEXT, hits=NUMBER, last_hit=TIME, findings=VALUES, witness=VALUES
)
"""An audit's columns: `findings` holds every `Finding` on a rule, `witness` their proofs in the same order."""


def audit(store: FlowStore, rule_set: RuleSet, flow_filter: FlowFilter, space: AddressSpace) -> pd.DataFrame:
    """One row per rule in the order they are looked at, inbound first.

    In the shape `AUDITED`: `hits` are flows that this NSG logged under that rule in that direction; `last_hit` is UTC,
    null when there was none.
    """
    logged = fetch_logged(store, flow_filter, ("flows", "last_seen"))
    seen = fold_viewpoints(flows_of(logged, rule_set))
    window = _window(store, flow_filter)
    by_rule = {
        (str(direction), str(rule).casefold()): hits
        for (direction, rule), hits in seen.groupby(["direction", "rule"], sort=False, observed=True)
    }
    rows = []
    for direction in Direction:
        rules = rule_set.with_defaults().towards(direction)
        proofs = proved_findings(rules, space)
        for place, rule in enumerate(rules):
            hits = by_rule.get((str(direction), rule.name.casefold()), seen.iloc[:0])
            found = [] if rule.is_default else [*usage(rule, hits, window, space), *proofs[place]]
            rows.append(_row(rule, hits, sorted(found, key=lambda each: SEVERITY[each.kind])))
    audited = pd.DataFrame(rows, columns=list(AUDITED.names))
    audited["last_hit"] = pd.to_datetime(audited["last_hit"], utc=True)
    audited = AUDITED.made(audited)
    audited.attrs |= logged.attrs
    return audited


def proved_findings(rules: Sequence[Rule], space: AddressSpace) -> list[list[Finding]]:
    """For each rule of one direction, what follows from the rules alone."""
    try:
        regions = RuleRegions(rules, space)
    except TooManyAtomsError:
        unsaid = "not decided whether it is shadowed or redundant: the rules name too much that is not known"
        return [[] if rule.is_default else [Finding(FindingKind.NOT_DECIDED, unsaid, "")] for rule in rules]
    exposures = Exposures(regions, space)
    return [[] if rule.is_default else list(_proved(regions, exposures, place)) for place, rule in enumerate(rules)]


def _proved(regions: RuleRegions, exposures: Exposures, place: int) -> Iterator[Finding]:
    yield from exposures.findings(place)
    yield from _any_any(regions, place)
    yield from _idle(regions, place)
    yield from _overlapping(regions, place)


def _row(rule: Rule, hits: pd.DataFrame, findings: list[Finding]) -> tuple[object, ...]:
    return (
        rule.priority,
        rule.name,
        str(rule.direction),
        str(rule.access),
        int(hits["flows"].sum()),
        hits["last_seen"].max() if len(hits) else pd.NaT,
        Several(findings),
        Several(finding.witness for finding in findings if finding.witness),
    )


def _idle(regions: RuleRegions, place: int) -> Iterator[Finding]:
    """Shadowed, or else redundant."""
    rule, region = regions.rules[place], uncovered(regions, place)
    if region is None:
        taking = takers(regions, place)
        earlier = [regions.rules[other] for other in taking]
        example = regions.shared(place, taking[0]) if taking else None
        witness = f"{regions.describe(example)} is taken by {named(earlier[:1])}" if example else ""
        yield Finding(FindingKind.SHADOWED, f"{named(earlier)} {_verb(earlier)} every packet that it matches", witness)
        return
    without = difference(regions, place)
    if without is None and region is not Undecided.TOO_LONG:
        yield Finding(
            FindingKind.REDUNDANT,
            f"later rules {'allow' if rule.access is Access.ALLOW else 'deny'} the same packets",
            f"{regions.describe(region)} meets {rule.access} with and without it",
        )
    elif Undecided.TOO_LONG in (region, without) and not isinstance(without, Taken):
        yield Finding(FindingKind.NOT_DECIDED, "whether it is shadowed or redundant takes too long to tell", "")


def _overlapping(regions: RuleRegions, place: int) -> Iterator[Finding]:
    """Earlier rules of the other access that take a part of it."""
    rule = regions.rules[place]
    crossing = [
        (other, shared)
        for other in range(place)
        if regions.rules[other].access is not rule.access and (shared := regions.shared(place, other))
    ]
    if crossing:
        earlier = [regions.rules[other] for other, _ in crossing]
        yield Finding(
            FindingKind.OVERLAPPING,
            f"{named(earlier)} {_verb(earlier)} a part of it, with the other access",
            f"{regions.describe(crossing[0][1])} matches both it and {named(earlier[:1])}",
        )


def _any_any(regions: RuleRegions, place: int) -> Iterator[Finding]:
    rule = regions.rules[place]
    if rule.access is Access.ALLOW and is_any_any(rule):
        yield Finding(
            FindingKind.ANY_ANY,
            "it allows any source to any destination on every port",
            f"{regions.describe(regions.of_rule[place])} is allowed",
        )


def is_any_any(rule: Rule) -> bool:
    """True when neither side nor the port narrows a rule: all public space of a family on both sides, however written.

    The destination of an inbound rule and the source of an outbound one may also be VirtualNetwork: the NSG's own side.
    """
    near = rule.destinations if rule.direction is Direction.INBOUND else rule.sources
    far = rule.sources if rule.direction is Direction.INBOUND else rule.destinations
    every_port = union((item.first, item.last) for item in rule.destination_ports) == ((0, MAX_PORT),)
    own_side = any(term.casefold() == VIRTUAL_NETWORK.casefold() for term in near)
    return every_port and _is_whole(far) and (own_side or _is_whole(near))


def _is_whole(terms: Sequence[str]) -> bool:
    return public_share(_NOTHING_KNOWN.side(terms).sure) >= WHOLE_SHARE


def _window(store: FlowStore, flow_filter: FlowFilter) -> str:
    """The time in which there could have been a flow: the window asked for, as far as the store holds logs."""
    extent = store.extent()
    starts = [moment for moment in (flow_filter.since, extent.first) if moment]
    ends = [moment for moment in (flow_filter.until, extent.last) if moment]

    def words(moment: datetime) -> str:
        return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC"

    if extent.first is None or not starts or not ends or max(starts) > min(ends):
        return "as no log of that time is here"
    narrowed = ", in the part of the traffic that the filter keeps" if flow_filter.conditions else ""
    return f"from {words(max(starts))} to {words(min(ends))}{narrowed}"


def _verb(rules: Sequence[Rule]) -> str:
    return "takes" if len(rules) == 1 else "take"
