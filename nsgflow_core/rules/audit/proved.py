"""What follows from rules and from what stands beside their NSG, with the packet that proves it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from nsgflow_core.inventory.rule import VIRTUAL_NETWORK, Access, Rule
from nsgflow_core.rules.audit.along import Along
from nsgflow_core.rules.audit.exposed import Exposures
from nsgflow_core.rules.audit.finding import Finding, FindingKind, rules_in_words
from nsgflow_core.rules.audit.regions import RuleRegions, TooManyAtomsError
from nsgflow_core.rules.audit.shadows import Taken, Undecided, difference, takers, uncovered
from nsgflow_core.rules.decide.address_space import AddressSpace
from nsgflow_core.rules.decide.beside import GuardedPlace
from nsgflow_core.words.public_space import WHOLE_SHARE, public_share
from nsgflow_core.words.sets.spans import union
from nsgflow_core.words.vocabulary import MAX_PORT, Direction

_NOTHING_KNOWN = AddressSpace()
_NEVER_DECIDES = (FindingKind.EMPTY, FindingKind.SHADOWED)


def proved_findings(
    rules: Sequence[Rule], space: AddressSpace, places: Sequence[GuardedPlace] = ()
) -> list[list[Finding]]:
    """For each rule of one direction, what follows from the rules alone, and from what stands beside their NSG."""
    try:
        regions = RuleRegions(rules, space)
        along = Along(rules, space, tuple(places), rules[0].direction) if rules else None
        if along is None or along.is_alone:
            along = None
        exposures = Exposures(regions)
        return [
            [] if rule.is_default else list(_proved(regions, exposures, along, place))
            for place, rule in enumerate(rules)
        ]
    except TooManyAtomsError:
        unsaid = "not decided whether it is shadowed or redundant: the rules name too much that is not known"
        return [[] if rule.is_default else [Finding(FindingKind.NOT_DECIDED, unsaid, "")] for rule in rules]


def _proved(regions: RuleRegions, exposures: Exposures, along: Along | None, place: int) -> Iterator[Finding]:
    if along is None:
        yield from exposures.findings(exposures.open_by(place))
    else:
        yield from along.exposures(place, exposures)
    yield from any_any(regions, place)
    idle = list(_idle(regions, place))
    dead = list(along.dead(place)) if along and not any(each.kind in _NEVER_DECIDES for each in idle) else []
    yield from dead or idle
    yield from _overlapping(regions, place)
    if along is not None and not dead and regions.rules[place].access is Access.DENY:
        yield from along.bypassed(place)


def shadowed(regions: RuleRegions, place: int) -> Iterator[Finding]:
    """The finding on a rule all of whose packets earlier rules take, or which no packet matches."""
    if not regions.parts(regions.of_rule[place]):
        yield Finding(FindingKind.EMPTY, "no packet has a source and a destination that it names", "")
    elif uncovered(regions, place) is None:
        taking = takers(regions, place)
        earlier = [regions.rules[other] for other in taking]
        example = regions.shared(place, taking[0]) if taking else None
        witness = f"{regions.describe(example)} is taken by {rules_in_words(earlier[:1])}" if example else ""
        yield Finding(
            FindingKind.SHADOWED, f"{rules_in_words(earlier)} {_verb(earlier)} every packet that it matches", witness
        )


def _idle(regions: RuleRegions, place: int) -> Iterator[Finding]:
    """Shadowed, or else redundant."""
    rule, region = regions.rules[place], uncovered(regions, place)
    if region is None:
        yield from shadowed(regions, place)
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
        for other in regions.neighbours[place]
        if other < place and regions.rules[other].access is not rule.access and (shared := regions.shared(place, other))
    ]
    if crossing:
        earlier = [regions.rules[other] for other, _ in crossing]
        yield Finding(
            FindingKind.OVERLAPPING,
            f"{rules_in_words(earlier)} {_verb(earlier)} a part of it, with the other access",
            f"{regions.describe(crossing[0][1])} matches both it and {rules_in_words(earlier[:1])}",
        )


def any_any(regions: RuleRegions, place: int) -> Iterator[Finding]:
    """The finding on a rule that allows everything."""
    rule = regions.rules[place]
    if rule.access is Access.ALLOW and is_any_any(rule):
        yield Finding(
            FindingKind.ANY_ANY,
            f"it allows any source to any destination{_on_ports(rule)}",
            f"{regions.describe(regions.of_rule[place])} is allowed",
        )


def _on_ports(rule: Rule) -> str:
    """Which traffic that is; ICMP, ESP and AH have no ports."""
    return f" for {rule.protocol_words}" if rule.is_unlogged else " on every port"


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


def _verb(rules: Sequence[Rule]) -> str:
    return "takes" if len(rules) == 1 else "take"
