"""What the denies that stay take of what a default or closing rule behind them would decide.

A draft says what holds by the default rules, as they are in every NSG; where a deny that stays is ahead of them and
takes all of it, that would be false.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from nsgflow_core.inventory.rule import ANY, ANY_PORTS, VIRTUAL_NETWORK, Access, Rule, RuleSet
from nsgflow_core.rules.decide.address_space import ANY_WORDS, AZURE_HOST, AddressSpace
from nsgflow_core.words.prefixes import INTERNET
from nsgflow_core.words.sets.spans import EVERYTHING, Spans, intersect, subtract, union
from nsgflow_core.words.vocabulary import Direction


def stopping_denies(
    denies: Iterable[Rule],
    direction: Direction,
    protocol: str,
    far: str,
    space: AddressSpace,
    within: Spans = EVERYTHING,
) -> tuple[Rule, ...]:
    """The deny, or all that together, stop all of a protocol between what the NSG guards and a tag; none otherwise.

    `within`: the addresses of the tag that count.
    """
    whole = intersect(space.term(far).possible, within)
    found = [(deny, _far_end(deny, direction, far, space)) for deny in denies if _is_whole(deny, protocol)]
    found = [(deny, spans) for deny, spans in found if spans and _is_of_all(deny, direction, space)]
    alone = next((deny for deny, spans in found if not subtract(whole, spans)), None)
    if alone is not None:
        return (alone,)
    return () if subtract(whole, union(*(spans for _, spans in found))) else tuple(deny for deny, _ in found)


def closes_the_way_out(denies: Sequence[Rule], space: AddressSpace) -> bool:
    """True where denies that stay stop whatever leaves for the Internet, whoever that the NSG guards sends it."""
    return all(stopping_denies(denies, Direction.OUTBOUND, protocol, INTERNET, space) for protocol in ("Tcp", "Udp"))


def ahead_of_for_probes(existing: RuleSet | None, stays: Sequence[Rule], space: AddressSpace) -> str:
    """The first deny that would catch the load balancer probes which the NSG's own rule for them lets past it, or "".

    Logs may not show probes, so that none were seen does not say that the rule is not needed where it stands.
    """
    own = () if existing is None else existing.towards(Direction.INBOUND)
    allows = (rule for rule in own if rule.access is Access.ALLOW and not rule.is_default)
    first = next((rule.priority for rule in allows if _is_for_probes(rule, space)), None)
    behind = (deny for deny in stays if first is not None and deny.priority > first)
    return next((deny.name for deny in behind if intersect(space.side(deny.sources).possible, AZURE_HOST)), "")


def _is_for_probes(rule: Rule, space: AddressSpace) -> bool:
    reach = space.side(rule.sources, rule.source_asgs)
    return bool(reach.sure) and not subtract(reach.possible, AZURE_HOST)


def _is_whole(deny: Rule, protocol: str) -> bool:
    return deny.source_ports == deny.destination_ports == ANY_PORTS and deny.protocol in (ANY, protocol)


def _far_end(deny: Rule, direction: Direction, far: str, space: AddressSpace) -> Spans:
    """What a deny surely takes of a tag at the other end; one that names it takes all of it, whatever it holds."""
    terms = deny.sources if direction is Direction.INBOUND else deny.destinations
    is_named = far.casefold() in map(str.casefold, terms)
    return space.term(far).possible if is_named else intersect(space.side(terms).sure, space.term(far).possible)


def _is_of_all(deny: Rule, direction: Direction, space: AddressSpace) -> bool:
    """True where a deny is for all that the NSG guards."""
    terms = deny.destinations if direction is Direction.INBOUND else deny.sources
    if {*ANY_WORDS, VIRTUAL_NETWORK.casefold()} & {term.casefold() for term in terms}:
        return True
    own = union(*(home.own for home in space.homes))
    return bool(own) and not subtract(own, space.side(terms).sure)
