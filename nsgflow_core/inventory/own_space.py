"""Whose addresses are public by range and yet inside: those that the log shows at the end of a NIC of the estate.

A NIC sends Outbound from its own address and receives Inbound at it, so an address of public space that it has there is
of a VNet. Two others stand there too: the addresses that an appliance forwards for, and the one of a load balancer with
floating IP, which each of its machines receives at. So what a MAC shows is weighed, and one address at several MACs at
a time, from which none of them sends, is the load balancer's.
Sources: Microsoft Learn, "NSG flow logs overview" (addresses are those of the NIC), "Azure Load Balancer Floating IP",
"Configure IP addresses for a network interface" (all of a NIC's addresses are of one subnet).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import combinations

from nsgflow_core.words.prefixes import Prefix, block_of, is_inside_by_range, is_of_a_subnet

MOST_ADDRESSES = 16
"""A NIC with more at its own end forwards for others; Azure allows 256 on one, people set a few."""
_PRIVATE_SHARE = 1 / 50
"""From this share on a NIC's own addresses are private, and so is its subnet."""


@dataclass(frozen=True, slots=True)
class OwnEnd:
    """An address that a NIC was seen with: how many tuples it sent and received there, from when to when."""

    mac: str
    packed: bytes
    sent: int
    received: int
    first: datetime
    last: datetime

    @property
    def tuples(self) -> int:
        """Of both directions."""
        return self.sent + self.received


def own_space(ends: Iterable[OwnEnd]) -> frozenset[Prefix]:
    """The blocks (a /24, a /64) of public space in which the log shows the estate's own addresses."""
    by_nic: dict[tuple[str, int], list[OwnEnd]] = defaultdict(list)
    for end in ends:
        if is_of_a_subnet(end.packed):
            by_nic[end.mac, block_of(end.packed).family].append(end)
    claims: dict[bytes, list[OwnEnd]] = defaultdict(list)
    for held in by_nic.values():
        for end in _its_own(held):
            claims[end.packed].append(end)
    return frozenset(block_of(packed) for packed, nics in claims.items() if not _is_balanced(nics))


def _its_own(held: list[OwnEnd]) -> list[OwnEnd]:
    """Of one NIC and family: its addresses in public space; none where it forwards, or has a private subnet."""
    total = sum(end.tuples for end in held)
    private = sum(end.tuples for end in held if is_inside_by_range(end.packed))
    if len(held) > MOST_ADDRESSES or private >= total * _PRIVATE_SHARE:
        return []
    blocks = Counter[Prefix]()
    for end in held:
        blocks[block_of(end.packed)] += end.tuples
    block, tuples = blocks.most_common(1)[0]
    return [end for end in held if block_of(end.packed) == block] if tuples * 2 > total else []


def _is_balanced(nics: list[OwnEnd]) -> bool:
    """True for an address that several NICs receive at, at one time, and none sends from."""
    at_once = any(one.first <= other.last and other.first <= one.last for one, other in combinations(nics, 2))
    return at_once and not any(end.sent for end in nics)
