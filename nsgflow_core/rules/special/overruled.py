"""Denies of an NSG that stay and stop what a special subnet needs: Azure's own traffic, which no log may show.

That traffic is IPv4, so a deny of 0.0.0.0/0 stops all of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from nsgflow_core.inventory.rule import ANY, Rule
from nsgflow_core.rules.decide.address_space import AddressSpace
from nsgflow_core.rules.special.base import REQUIRED
from nsgflow_core.words.sets.spans import IPV4, intersect, subtract, union
from nsgflow_core.words.vocabulary import MAX_PORT


def overruled(placed: Iterable[Rule], denies: Sequence[Rule], space: AddressSpace) -> Iterator[str]:
    """A sentence for each required rule all of whose packets on some of its ports a deny ahead of it surely takes."""
    here = space.at(None)
    for rule in placed:
        if not rule.name.startswith(REQUIRED):
            continue
        for deny in denies:
            if deny.priority < rule.priority and (ports := _ports_taken(rule, deny, here)):
                yield (
                    f"The deny {deny.name} ({deny.priority}) stays and stops {rule.name} on {ports}. "
                    f"{rule.description} Remove the deny, or move it behind."
                )


def _ports_taken(rule: Rule, deny: Rule, space: AddressSpace) -> str:
    """The ports of the rule on which the deny takes all of its packets, in words; "" for none."""
    sides = (
        (rule.sources, rule.source_asgs, deny.sources, deny.source_asgs),
        (rule.destinations, rule.destination_asgs, deny.destinations, deny.destination_asgs),
    )
    for terms, asgs, denied, denied_asgs in sides:
        wanted = space.side(terms, asgs)
        if subtract(intersect(wanted.sure or wanted.possible, IPV4), space.side(denied, denied_asgs).sure):
            return ""
    if deny.protocol not in (ANY, rule.protocol) or any(str(item) != ANY for item in deny.source_ports):
        return ""
    ends = (union((item.first, item.last) for item in each.destination_ports) for each in (rule, deny))
    taken = intersect(*ends)
    if taken == ((0, MAX_PORT),):
        return "every port"
    return ", ".join(str(first) if first == last else f"{first}-{last}" for first, last in taken)
