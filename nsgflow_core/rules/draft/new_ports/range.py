"""A marked range of ports for hosts that meet on ports which are new: what it is, and its words."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

import numpy as np
import pandas as pd

from nsgflow_core.inventory.rule import PortRange
from nsgflow_core.rules.draft.seen.evidence_query import EPHEMERAL_FIRST
from nsgflow_core.words.sets.bit_sets import Codes
from nsgflow_core.words.vocabulary import MAX_PORT

PAIR_KEY = ("src_ip", "dst_ip", "protocol")
LEAST_PORTS, LEAST_DAYS = 3, 2
FEW_PACKETS = 3
"""Up to so many packets are a knock on a door: a request, its repetitions, a refusal."""
EMPTY_FRAME = 60
"""Bytes of a packet on average, below which nothing was said: Windows asks a closed port three times, and is refused
three times."""
REGISTERED_FIRST = 1_024
STANDARD_RANGES = (PortRange(49_152, MAX_PORT), PortRange(32_768, 60_999), PortRange(EPHEMERAL_FIRST, MAX_PORT))
"""What IANA and Windows (RFC 6335), and Linux (ip-sysctl) hand out from; the last holds both."""
BANDS = ((EPHEMERAL_FIRST, MAX_PORT), (REGISTERED_FIRST, EPHEMERAL_FIRST - 1), (1, REGISTERED_FIRST - 1))
MARGIN_GAPS = 7
"""Ports of a range of its own lie evenly in it: so many gaps beyond the outermost leave one in 1,000 outside."""
ROUND_TO = 100


class RangeKind(Enum):
    """Why tomorrow's ports are others: what was seen, and what to do about it."""

    PAIRS = (
        "On each of {days} days {sources} used {count} {protocol} ports on {destinations}{each} that it used on no "
        "other day; tomorrow's will be new. Pin the service's range and narrow this rule."
    )
    MAPPED = (
        "On {days} days {sources} asked the endpoint mapper (TCP 135) of {destinations}, and {count} high ports were "
        "met there that day: a server hands out others when it starts again. Pin its RPC range and narrow this rule."
    )
    CALLS = (
        "On each of {days} days {sources} met {destinations} on {count} {protocol} ports, each of one pair on one day "
        "alone, as calls do; tomorrow's will be new. Pin the range of the calls and narrow this rule."
    )


@dataclass(frozen=True, slots=True)
class DynamicRange:
    """A group of pairs and their range: `ports_a_day` are the fewest and most new ports of one pair on one day, of all
    pairs together where it is MAPPED or of CALLS."""

    kind: RangeKind
    protocol: str
    sources: tuple[str, ...]
    destinations: tuple[str, ...]
    ports: PortRange
    pairs: int
    days: int
    ports_a_day: tuple[int, int]

    @property
    def sentence(self) -> str:
        """What was seen, and what to do."""
        fewest, most = self.ports_a_day
        count = f"{fewest}" if fewest == most else f"{fewest} to {most}"
        return self.kind.value.format(
            days=self.days,
            sources=_several(self.sources, "sources"),
            destinations=_several(self.destinations, "destinations"),
            count=count,
            protocol=self.protocol,
            each="" if self.pairs == 1 else ", pair by pair",
        )


def _several(hosts: tuple[str, ...], word: str) -> str:
    return hosts[0] if len(hosts) == 1 else f"one of {len(hosts)} {word}"


def range_of(ports: Codes, bands: Sequence[int] = (0,)) -> PortRange:
    """The smallest standard range that holds the ports, else the smallest of their own, with a margin.

    `bands` are the parts of BANDS that the ports lie in; a margin does not leave them.
    """
    first, last, distinct = int(ports.min()), int(ports.max()), len(np.unique(ports))
    for standard in STANDARD_RANGES:
        if standard.holds(first) and standard.holds(last):
            return standard
    margin = math.ceil(MARGIN_GAPS * (last - first) / max(distinct - 1, 1))
    lowest, highest = min(BANDS[band][0] for band in bands), max(BANDS[band][1] for band in bands)
    first, last = (first - margin) // ROUND_TO * ROUND_TO, -(-(last + margin) // ROUND_TO) * ROUND_TO
    return PortRange(max(lowest, first), min(highest, last))


def is_knock(new: pd.DataFrame) -> pd.Series[bool]:
    """Where a port was only tried: few packets, no answer, or nothing but empty frames."""
    is_empty = (new["bytes"] > 0) & (new["bytes"] <= EMPTY_FRAME * new["packets"])
    return (new["packets"] <= FEW_PACKETS) | (new["dst_to_src_packets"] <= 0) | is_empty


def band_of(ports: Codes) -> Codes:
    """The place in BANDS of each port."""
    return np.select([ports >= EPHEMERAL_FIRST, ports >= REGISTERED_FIRST], [0, 1], 2).astype(np.int64)
