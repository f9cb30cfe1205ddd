"""Who held an address when: by the MACs that the log shows at it, and the NICs that the inventory knows by them.

An address can be one machine's and later another's; the inventory, which is of one day, knows the last at best. A row's
MAC is that of the NIC at its own end, so what is between the first and the last tuple of a MAC at an address is its.
Sources: Microsoft Learn, "Virtual network flow logs overview" (`macAddress`), "Azure Load Balancer Floating IP" (an
address that several NICs receive at and none sends from), "Enable IP forwarding for a network interface".
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from nsgflow_core.inventory.names.behind import Owned
from nsgflow_core.inventory.own_space import OwnEnd
from nsgflow_core.words.apart import any_of, names_in


@dataclass(frozen=True, slots=True)
class Turn:
    """That an address had this name from one moment to another (UTC, both seen in the log)."""

    name: str
    first: datetime
    last: datetime


def turns(ends: Iterable[OwnEnd], nics: Mapping[str, Owned]) -> tuple[Turn, ...]:
    """The turns at one address, in order and apart; who held it at the same time are one turn, "a or b".

    None where no NIC that the inventory knows was seen with it as its own.
    """
    seen = [end for end in ends if _is_own(end, nics)]
    senders = [end for end in seen if end.sent or _has(end, nics)]
    seen = senders or (seen if len(seen) == 1 else [])
    if not any(end.mac in nics for end in seen):
        return ()
    spans: dict[str, Turn] = {}
    for end in seen:
        name = nics[end.mac].label if end.mac in nics else f"NIC {end.mac}"
        known = spans.get(name, Turn(name, end.first, end.last))
        spans[name] = replace(known, first=min(known.first, end.first), last=max(known.last, end.last))
    labels = {nics[end.mac].label for end in seen if end.mac in nics}
    return _apart(sorted(spans.values(), key=lambda turn: (turn.first, turn.name)), labels)


def tenants_in_words(found: Iterable[Turn]) -> str:
    """One name for all turns: "vm-old, then vm-new"."""
    return ", then ".join(turn.name for turn in found)


def _has(end: OwnEnd, nics: Mapping[str, Owned]) -> bool:
    return end.mac in nics and end.packed in nics[end.mac].addresses


def _is_own(end: OwnEnd, nics: Mapping[str, Owned]) -> bool:
    """A NIC that forwards has other hosts' addresses at its own end."""
    return end.mac not in nics or not nics[end.mac].forwards or _has(end, nics)


def _apart(ordered: list[Turn], known: set[str]) -> tuple[Turn, ...]:
    """Turns that overlap as one; a NIC that nobody knows is then no name beside one that is known."""
    made: list[Turn] = []
    for turn in ordered:
        if made and turn.first <= made[-1].last:
            before = made.pop()
            names = {*names_in(before.name), turn.name}
            named = sorted(names & known) or sorted(names)
            made.append(Turn(any_of(named), before.first, max(before.last, turn.last)))
        elif made and turn.name == made[-1].name:
            made[-1] = replace(made[-1], last=turn.last)
        else:
            made.append(turn)
    return tuple(made)
