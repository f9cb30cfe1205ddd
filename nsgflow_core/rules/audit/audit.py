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
  way-out      an outbound Allow rule that names such a port lets hosts reach it anywhere in the Internet
  any-any      an Allow rule that admits any source to any destination on any port
Verdicts on exposed, shadowed, redundant and overlapping are exact, and hold whatever the names that are not known
stand for.
A rule that earlier rules make idle is not called redundant once more, and default rules are counted but not judged.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from math import prod

import pandas as pd

from nsgflow_core.analysis.question import NUMBER, TEXT, TIME, VALUES, Shape
from nsgflow_core.ask.filters import FlowFilter
from nsgflow_core.inventory.rule import ANY, INTERNET, VIRTUAL_NETWORK, Access, Rule, RuleSet
from nsgflow_core.rules.audit.exposed import Exposures
from nsgflow_core.rules.audit.finding import SEVERITY, Finding, FindingKind, named
from nsgflow_core.rules.audit.regions import RuleRegions, TooManyAtomsError
from nsgflow_core.rules.audit.shadows import Taken, Undecided, difference, takers, uncovered
from nsgflow_core.rules.decide.address_space import AddressSpace
from nsgflow_core.rules.replay.replay import fetch_logged, flows_of, fold_viewpoints
from nsgflow_core.stores.base import FlowStore
from nsgflow_core.words.prefixes import pack, unpack
from nsgflow_core.words.public_space import WHOLE_SHARE, public_share
from nsgflow_core.words.several import Several
from nsgflow_core.words.spans import Spans, count, holds, union
from nsgflow_core.words.vocabulary import MAX_PORT, Decision, Direction

BROAD_BELOW = 1 / 256
"""The share seen of one side's addresses or of the ports, below which an Allow rule is called over-broad."""
_OPEN_SIDES = frozenset(name.casefold() for name in (ANY, INTERNET, VIRTUAL_NETWORK, "0.0.0.0/0", "::/0"))
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
            found = [] if rule.is_default else [*_usage(rule, hits, window, space), *proofs[place]]
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


def _usage(rule: Rule, hits: pd.DataFrame, window: str, space: AddressSpace) -> Iterator[Finding]:
    """What follows from the flows of the window."""
    if hits.empty:
        yield Finding(FindingKind.NEVER_HIT, f"no flow was logged under it {window}", "")
        return
    if rule.access is Access.ALLOW:
        yield from _over_broad(rule, hits[hits["decision"] == str(Decision.ALLOWED)], space)


def _over_broad(rule: Rule, hits: pd.DataFrame, space: AddressSpace) -> Iterator[Finding]:
    """The share of its closed sides' addresses and of its ports that was seen; open sides are open on purpose."""
    parts = [_ports_seen(rule, hits)]
    for side, column, terms, asgs in (
        ("destinations", "dst_ip", rule.destinations, rule.destination_asgs),
        ("sources", "src_ip", rule.sources, rule.source_asgs),
    ):
        reach = space.side(terms, asgs)
        is_open = reach.sure != reach.possible or any(term.casefold() in _OPEN_SIDES for term in terms)
        parts.insert(0, _addresses_seen(side, hits[column], () if is_open else reach.sure))
    closed = [part for part in parts if part.admitted]
    if all(part.seen for part in closed) and any(part.seen / part.admitted < BROAD_BELOW for part in closed):
        share = prod(part.seen for part in closed) / prod(part.admitted for part in closed)
        counts = ", ".join(f"{part.seen:,} of {part.admitted:,} {part.what}" for part in closed)
        source, destination, port = (part.unseen for part in parts)
        yield Finding(
            FindingKind.OVER_BROAD,
            f"{share:.2g} of what it admits was seen ({counts})",
            f"{source} -> {destination} port {port} is admitted and was never seen",
        )


@dataclass(frozen=True, slots=True)
class _Seen:
    """How much of one part of a rule was seen (admitted 0: an open side), and an example of what was not."""

    what: str
    seen: int
    admitted: int
    unseen: str


def _addresses_seen(side: str, addresses: pd.Series, admitted: Spans) -> _Seen:
    packed = [item for item in (pack(str(address)) for address in addresses.unique()) if item]
    numbers = {int.from_bytes(item, "big") for item in packed}
    if not admitted:
        return _Seen(side, len(numbers), 0, unpack(packed[0]) if packed else "any")
    inside = {number for number in numbers if holds(admitted, number)}
    other = _first_outside(admitted, inside)
    return _Seen(side, len(inside), count(admitted), unpack(other.to_bytes(16, "big")))


def _ports_seen(rule: Rule, hits: pd.DataFrame) -> _Seen:
    spans = union((item.first, item.last) for item in rule.destination_ports)
    inside = {int(port) for port in hits["port"].unique() if holds(spans, int(port))}
    return _Seen("ports", len(inside), count(spans), str(_first_outside(spans, inside)))


def _first_outside(spans: Spans, seen: set[int]) -> int:
    """The first value of the spans that was not seen; the first of all where every one was."""
    every = (value for first, last in spans for value in range(first, last + 1))
    return next((value for value in every if value not in seen), spans[0][0])


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
