"""What stays in an NSG beside a draft and still opens what the draft closes, by the arithmetic of addresses.

An allow rule that stays matters where it admits packets that no drafted rule admits, that no deny ahead of it stops,
and that a deny behind it (a closing rule, a default one) would stop. A packet proves it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from nsgflow_core.inventory.rule import ANY_PORTS, Access, Rule, RuleSet
from nsgflow_core.rules.audit.regions import Region, RuleRegions, TooManyAtomsError, cut, meet
from nsgflow_core.rules.decide.address_space import AddressSpace
from nsgflow_core.rules.review.on_path import AskedIn, Fate, OnPath

MAX_STEPS = 200_000


@dataclass(frozen=True, slots=True)
class StillOpen:
    """An allow rule that stays, a packet that it lets through and the deny that would have stopped it; "" unknown.

    `stopped`: who else on the path stops that packet today, and all others that could be told; "" where nobody does.
    """

    rule: Rule
    packet: str
    denied_by: str
    stopped: str = ""

    @property
    def sentence(self) -> str:
        """Like "old (priority 200) stays and still opens everything that this draft closes, like ..."."""
        named = f"{self.rule.name} (priority {self.rule.priority}) stays and"
        if not self.packet:
            return f"{named} may still open what this draft closes; telling takes too long."
        what = "everything that" if _is_everything(self.rule) else "some of what"
        would = f"{what} this draft closes, like {self.packet}, which {self.denied_by} would stop"
        if not self.stopped:
            return f"{named} still opens {would}."
        return f"{named} opens in this NSG {would}; nothing of it is seen to get through: {self.stopped} stops it."


def still_open(
    stays: Iterable[Rule], wanted: Sequence[Rule], space: AddressSpace, path: OnPath | None = None
) -> tuple[StillOpen, ...]:
    """The allow rules of those that stay which open more than the wanted rules of that direction do, by priority.

    With the path known, what they open is asked of all that stands on it: where nothing of it gets through, who stops
    it is told with the rule.
    """
    beside = [rule for rule in stays if not rule.is_default]
    kept = sorted((rule for rule in beside if rule.access is Access.ALLOW), key=lambda rule: rule.priority)
    if not kept:
        return ()
    whole = RuleSet("", (*wanted, *beside)).with_defaults().towards(kept[0].direction)
    staying, allows = set(kept), {rule for rule in wanted if rule.access is Access.ALLOW}
    others = [rule for rule in whole if rule not in staying]
    order = _Order(others, [rule in allows for rule in others])
    try:
        rules = [*others, *kept]
        places = [_Alone(RuleRegions(rules, space))] if path is None else path.places(rules, space)
        found: list[StillOpen | None] = [None] * len(kept)
        for place in places:
            for at, before in enumerate(found):
                if before is None or before.stopped:
                    found[at] = _opened(place, order, len(others) + at) or before
    except TooManyAtomsError:
        return tuple(StillOpen(rule, "", "") for rule in kept)
    return tuple(each for each in found if each is not None)


@dataclass(frozen=True)
class _Order:
    """The other rules, and of each whether it is a drafted allow rule."""

    others: Sequence[Rule]
    drafted: Sequence[bool]

    def around(self, rule: Rule) -> tuple[list[int], list[int]]:
        """The places of those that take packets from a rule that stays: drafted or ahead of it; and of those behind."""
        ahead = [at for at, each in enumerate(self.others) if self.drafted[at] or each.priority < rule.priority]
        behind = [at for at, each in enumerate(self.others) if not self.drafted[at] and each.priority > rule.priority]
        return ahead, behind


@dataclass(frozen=True)
class _Alone:
    """An NSG of which nothing is known beside its rules: what it opens gets through."""

    regions: RuleRegions

    def within(self, region: Region) -> list[Region]:
        return self.regions.parts(region)

    def fate_of(self, region: Region) -> Fate | None:
        return Fate(self.regions.describe(region))


def _opened(place: _Alone | AskedIn, order: _Order, at_rule: int) -> StillOpen | None:
    """What a rule opens: a packet that is one whatever tags stand for, before one that turns on that.

    One that gets through comes before one that something else on the path stops.
    """
    regions = place.regions
    rule = regions.rules[at_rule]
    ahead, behind = order.around(rule)
    asked, steps = [*ahead, *behind], 0
    first: StillOpen | None = None
    waiting = [(part, 0) for part in reversed(place.within(regions.of_rule[at_rule]))]
    while waiting:
        region, start = waiting.pop()
        for at in range(start, len(asked)):
            steps += 1
            other = regions.of_rule[asked[at]]
            shared = meet(region, other)
            if shared is None:
                continue
            taking = order.others[asked[at]]
            if at >= len(ahead) and taking.access is Access.DENY and (fate := place.fate_of(shared)) is not None:
                found = StillOpen(rule, fate.packet, taking.name, fate.by)
                if " if " not in found.packet and not fate.by:
                    return found
                first = found if first is None or (first.stopped and not fate.by) else first
            waiting += [(piece, at + 1) for piece in cut(region, other)]
            break
        if steps > MAX_STEPS:
            return first or StillOpen(rule, "", "")
    return first


def _is_everything(rule: Rule) -> bool:
    return (rule.protocol, rule.sources, rule.destinations) == ("*", ("*",), ("*",)) and (
        rule.destination_ports == rule.source_ports == ANY_PORTS
    )
