"""What stays in an NSG beside a draft and still opens what the draft closes, by the arithmetic of addresses.

An allow rule that stays matters where it admits packets that no drafted rule admits, that no deny ahead of it stops,
and that a deny behind it (a closing rule, a default one) would stop. A packet proves it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from nsgflow_core.inventory.rule import ANY_PORTS, Access, Rule, RuleSet
from nsgflow_core.rules.audit.regions import RuleRegions, TooManyAtomsError, cut, meet
from nsgflow_core.rules.decide.address_space import AddressSpace

MAX_STEPS = 200_000


@dataclass(frozen=True, slots=True)
class StillOpen:
    """An allow rule that stays, a packet that it lets through and the deny that would have stopped it; "" unknown."""

    rule: Rule
    packet: str
    denied_by: str

    @property
    def sentence(self) -> str:
        """Like "old (priority 200) stays and still opens everything that this draft closes, like ..."."""
        named = f"{self.rule.name} (priority {self.rule.priority}) stays and"
        if not self.packet:
            return f"{named} may still open what this draft closes; telling takes too long."
        what = "everything that" if _is_everything(self.rule) else "some of what"
        return f"{named} still opens {what} this draft closes, like {self.packet}, which {self.denied_by} would stop."


def still_open(stays: Iterable[Rule], wanted: Sequence[Rule], space: AddressSpace) -> tuple[StillOpen, ...]:
    """The allow rules of those that stay which open more than the wanted rules of that direction do, by priority."""
    beside = [rule for rule in stays if not rule.is_default]
    kept = sorted((rule for rule in beside if rule.access is Access.ALLOW), key=lambda rule: rule.priority)
    if not kept:
        return ()
    whole = RuleSet("", (*wanted, *beside)).with_defaults().towards(kept[0].direction)
    staying, allows = set(kept), {rule for rule in wanted if rule.access is Access.ALLOW}
    others = [rule for rule in whole if rule not in staying]
    try:
        regions = RuleRegions([*others, *kept], space)
    except TooManyAtomsError:
        return tuple(StillOpen(rule, "", "") for rule in kept)
    drafted = [rule in allows for rule in others]
    found = (_opened(regions, others, len(others) + at, drafted) for at in range(len(kept)))
    return tuple(each for each in found if each is not None)


def _opened(regions: RuleRegions, others: Sequence[Rule], place: int, drafted: Sequence[bool]) -> StillOpen | None:
    """What a rule opens: a packet that is one whatever tags stand for, before one that turns on that.

    `drafted` says of each other rule whether it is a drafted allow rule.
    """
    rule = regions.rules[place]
    ahead = [at for at, each in enumerate(others) if drafted[at] or each.priority < rule.priority]
    behind = [at for at, each in enumerate(others) if not drafted[at] and each.priority > rule.priority]
    order, steps = [*ahead, *behind], 0
    first: StillOpen | None = None
    waiting = [(part, 0) for part in reversed(regions.parts(regions.of_rule[place]))]
    while waiting:
        region, start = waiting.pop()
        for at in range(start, len(order)):
            steps += 1
            other = regions.of_rule[order[at]]
            shared = meet(region, other)
            if shared is None:
                continue
            if at >= len(ahead) and others[order[at]].access is Access.DENY:
                found = StillOpen(rule, regions.describe(shared), others[order[at]].name)
                if " if " not in found.packet:
                    return found
                first = first or found
            waiting += [(piece, at + 1) for piece in cut(region, other)]
            break
        if steps > MAX_STEPS:
            return first or StillOpen(rule, "", "")
    return first


def _is_everything(rule: Rule) -> bool:
    return (rule.protocol, rule.sources, rule.destinations) == ("*", ("*",), ("*",)) and (
        rule.destination_ports == rule.source_ports == ANY_PORTS
    )
