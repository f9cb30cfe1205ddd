"""Pairs of hosts that meet on ports which are new every day: one marked range for each group of such pairs.

No list of yesterday's ports admits tomorrow's. A pair is one of these where it used ports that it used on one day
alone, on several days, with a real exchange on them: a daily port scanner gets refusals or silence, and no range.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from nsgflow_core.inventory.rule import PortRange
from nsgflow_core.rules.draft.grouping.likeness import components
from nsgflow_core.rules.draft.seen.evidence_query import EPHEMERAL_FIRST
from nsgflow_core.words.sets.bit_sets import Codes, count_bits, join_bits
from nsgflow_core.words.sets.group_numbers import group_numbers
from nsgflow_core.words.vocabulary import MAX_PORT, WITH_PORTS

PAIR = ("src_ip", "dst_ip", "protocol")
LEAST_PORTS, LEAST_DAYS = 3, 2
MANY_PORTS = 10
"""One day cannot tell new ports from services, so it takes more of them before anything is asked."""
FEW_PACKETS = 3
"""Up to so many packets are a knock on a door: a request, its repetitions, a refusal."""
EMPTY_FRAME = 60
"""Bytes of a packet on average, below which nothing was said: Windows asks a closed port three times, and is refused
three times."""
REAL_SHARE = 0.25
"""Below this share of ports with a real exchange a source only tries them."""
STAYS_SHARE = 0.5
"""A port of such a pair that it used on this share of their days is a service of its own."""
REGISTERED_FIRST = 1_024
STANDARD_RANGES = (PortRange(49_152, MAX_PORT), PortRange(32_768, 60_999), PortRange(EPHEMERAL_FIRST, MAX_PORT))
"""What IANA and Windows (RFC 6335), and Linux (ip-sysctl) hand out from; the last holds both."""
BANDS = ((EPHEMERAL_FIRST, MAX_PORT), (REGISTERED_FIRST, EPHEMERAL_FIRST - 1), (1, REGISTERED_FIRST - 1))
MARGIN_GAPS = 7
"""Ports of a range of its own lie evenly in it: so many gaps beyond the outermost leave one in 1,000 outside."""
ROUND_TO = 100


@dataclass(frozen=True, slots=True)
class DynamicRange:
    """A group of pairs and their range: `ports_a_day` are the fewest and most new ports of one pair on one day."""

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
        who, where = _several(self.sources, "sources"), _several(self.destinations, "destinations")
        each = "" if self.pairs == 1 else ", pair by pair"
        return (
            f"On each of {self.days} days {who} used {count} {self.protocol} ports on {where}{each} that it used on no "
            "other day; tomorrow's will be new. Pin the service's range and narrow this rule."
        )


def _several(hosts: tuple[str, ...], word: str) -> str:
    return hosts[0] if len(hosts) == 1 else f"one of {len(hosts)} {word}"


@dataclass(frozen=True)
class NewPorts:
    """What was found: `member` is the range of each flow (-1 for none); `asked` are pairs that may be dynamic but are
    only asked about (PAIR, and `ports`, how many); `answers` are flows that are a service's answers."""

    member: Codes
    ranges: tuple[DynamicRange, ...]
    asked: pd.DataFrame
    answers: pd.Series[bool]


def candidates(flows: pd.DataFrame) -> pd.Series[bool]:
    """Which flows may be part of such a pair: those of pairs with enough ports that were used on one day alone."""
    first, last = flows["first_seen"].dt.floor("D"), flows["last_seen"].dt.floor("D")
    once = (first == last) & flows["protocol"].isin(WITH_PORTS) & (flows["port"] > 0)
    pairs = group_numbers(*(flows[name] for name in PAIR), in_order=False)
    ports = np.bincount(pairs[once], minlength=int(pairs.max(initial=-1)) + 1)
    found: pd.Series[bool] = once & pd.Series((ports >= LEAST_PORTS)[pairs], index=flows.index)
    return found


def find(flows: pd.DataFrame, once: pd.Series[bool], window_days: int) -> NewPorts:
    """The dynamic pairs of flows (columns of `observe`), of which `once` are the candidates."""
    member, no_answers = np.full(len(flows), -1, dtype=np.int64), pd.Series(False, index=flows.index)
    new = flows.loc[once, [*PAIR, "port", "flows", "packets", "bytes", "dst_to_src_packets", "src_label", "dst_label"]]
    new = new.assign(day=flows.loc[once, "first_seen"].dt.floor("D"), band=_band(new["port"].to_numpy()))
    pairs = group_numbers(*(flows[name] for name in PAIR), in_order=False)
    new["pair"] = pairs[once]
    answers_known = bool((flows["dst_to_src_packets"] > 0).any())
    if window_days < LEAST_DAYS or not answers_known:
        return NewPorts(member, (), _asked(new, window_days), no_answers)
    active = count_bits(join_bits(flows["on_days"].to_numpy(), pairs, int(pairs.max(initial=-1)) + 1))
    real = _of_new_ports(new[~_is_knock(new)], new, active)
    found: list[DynamicRange] = []
    for part in _clusters(real):
        bands = _bands_of(part)
        part = part[part["band"].isin(bands)]
        ports = range_of(part["port"].to_numpy(), bands)
        inside = flows["port"].between(ports.first, ports.last).to_numpy() & np.isin(pairs, part["pair"].unique())
        inside &= once.to_numpy() | (flows["days"].to_numpy() < STAYS_SHARE * active[pairs])
        member[inside] = len(found)
        found.append(_range_for(part, ports))
    return NewPorts(member, tuple(found), new.iloc[:0][list(PAIR)].assign(ports=0), no_answers)


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


def _band(ports: Codes) -> Codes:
    """The place in BANDS of each port."""
    return np.select([ports >= EPHEMERAL_FIRST, ports >= REGISTERED_FIRST], [0, 1], 2).astype(np.int64)


def _is_knock(new: pd.DataFrame) -> pd.Series[bool]:
    """Where a port was only tried: few packets, no answer, or nothing but empty frames."""
    is_empty = (new["bytes"] > 0) & (new["bytes"] <= EMPTY_FRAME * new["packets"])
    return (new["packets"] <= FEW_PACKETS) | (new["dst_to_src_packets"] <= 0) | is_empty


def _of_new_ports(real: pd.DataFrame, new: pd.DataFrame, active: Codes) -> pd.DataFrame:
    """The rows of pairs that used new ports on half of their days at least, and really used those they tried.

    Ephemeral ports: enough of them, on several days. Others, that could be services: enough on each of these days.
    """
    tried = np.bincount(new["pair"], minlength=len(active))
    used = np.bincount(real["pair"], minlength=len(active))
    by_pair = real[real["band"] == 0].groupby("pair").agg(ports=("port", "size"), days=("day", "nunique"))
    ephemeral = by_pair.loc[by_pair["ports"] >= LEAST_PORTS, "days"]
    a_day = real.groupby(["pair", "day"]).size()
    any_port = a_day[a_day >= LEAST_PORTS].groupby("pair").size()
    days = np.zeros(len(active), dtype=np.int64)
    for counts in (ephemeral, any_port):
        days[counts.index] = np.maximum(days[counts.index], counts)
    dynamic = (days >= np.maximum(LEAST_DAYS, STAYS_SHARE * active)) & (used >= REAL_SHARE * tried)
    kept: pd.DataFrame = real.loc[dynamic[real["pair"]]]
    return kept


def _bands_of(part: pd.DataFrame) -> tuple[int, ...]:
    """The bands that a range holds: where enough new ports lie on several days; a single low port stretches none."""
    a_day = part.groupby(["band", "day"]).size()
    several = a_day[a_day >= LEAST_PORTS].groupby("band").size()
    bands = {int(band) for band in several[several >= LEAST_DAYS].index}
    ephemeral = part[part["band"] == 0]
    if len(ephemeral) >= LEAST_PORTS and ephemeral["day"].nunique() >= LEAST_DAYS:
        bands.add(0)
    return tuple(sorted(bands or {int(band) for band in part["band"].unique()}))


def _clusters(real: pd.DataFrame) -> Iterator[pd.DataFrame]:
    """The rows by groups of pairs: hosts that meet, directly or through others, of the same two labels.

    Where fewer than half of a group's sources and destinations meet, those of the same sources are a group.
    """
    for _, rows in real.groupby(["protocol", "src_label", "dst_label"], sort=True, observed=True):
        codes, hosts = pd.factorize(pd.concat([rows["src_ip"], rows["dst_ip"]]).astype(str), sort=True)
        ends = codes.reshape(2, -1).astype(np.int64)
        meet = components(len(hosts), np.unique(ends.T, axis=0))[ends[0]]
        for number in np.unique(meet):
            part = rows[meet == number]
            if _is_dense(part):
                yield part
                continue
            sources = part.groupby("dst_ip", observed=True)["src_ip"].agg(lambda ips: tuple(sorted(set(ips))))
            for _, same in part.groupby(part["dst_ip"].map(sources).astype(object), sort=True):
                yield same


def _is_dense(part: pd.DataFrame) -> bool:
    """True where at least half of the pairs that a product would open are dynamic; nobody meets itself."""
    sources, destinations = set(part["src_ip"]), set(part["dst_ip"])
    possible = len(sources) * len(destinations) - len(sources & destinations)
    return 2 * part["pair"].nunique() >= possible


def _range_for(part: pd.DataFrame, ports: PortRange) -> DynamicRange:
    a_day = part.groupby(["pair", "day"]).size()
    return DynamicRange(
        protocol=str(part["protocol"].iloc[0]),
        sources=tuple(sorted(map(str, part["src_ip"].unique()))),
        destinations=tuple(sorted(map(str, part["dst_ip"].unique()))),
        ports=ports,
        pairs=part["pair"].nunique(),
        days=part["day"].nunique(),
        ports_a_day=(int(a_day.min()), int(a_day.max())),
    )


def _asked(new: pd.DataFrame, window_days: int) -> pd.DataFrame:
    """Pairs whose ports look new every day, where one day of logs, or logs without answers, cannot tell."""
    several = new.groupby("pair")["day"].nunique() >= min(LEAST_DAYS, window_days)
    ports = new.groupby("pair")["port"].nunique()
    enough = ports >= (MANY_PORTS if window_days < LEAST_DAYS else LEAST_PORTS)
    first = new.drop_duplicates("pair").set_index("pair")[list(PAIR)]
    return first.assign(ports=ports)[several & enough].sort_values(list(PAIR), ignore_index=True)
