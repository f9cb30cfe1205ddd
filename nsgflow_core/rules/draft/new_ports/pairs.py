"""Pairs of hosts that meet on ports which are new every day: one marked range for each group of such pairs.

No list of yesterday's ports admits tomorrow's. A pair is one of these where it used ports that it used on one day
alone, on several days, with a real exchange on them: a daily port scanner gets refusals or silence, and no range.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from nsgflow_core.inventory.rule import PortRange
from nsgflow_core.rules.draft.grouping.likeness import components
from nsgflow_core.rules.draft.new_ports.range import (
    LEAST_DAYS,
    LEAST_PORTS,
    PAIR_KEY,
    DynamicRange,
    RangeKind,
    band_of,
    is_knock,
    range_of,
)
from nsgflow_core.words.sets.bit_sets import Codes, count_bits, join_bits
from nsgflow_core.words.sets.group_numbers import group_numbers
from nsgflow_core.words.vocabulary import WITH_PORTS

REAL_SHARE = 0.25
"""Below this share of ports with a real exchange a source only tries them."""
STAYS_SHARE = 0.5
"""A port of such a pair that it used on this share of their days is a service of its own."""


def candidates(flows: pd.DataFrame) -> pd.Series[bool]:
    """Which flows may be part of such a pair: those of pairs with enough ports that were used on one day alone."""
    first, last = flows["first_seen"].dt.floor("D"), flows["last_seen"].dt.floor("D")
    once = (first == last) & flows["protocol"].isin(WITH_PORTS) & (flows["port"] > 0)
    pairs = group_numbers(*(flows[name] for name in PAIR_KEY), in_order=False)
    ports = np.bincount(pairs[once], minlength=int(pairs.max(initial=-1)) + 1)
    found: pd.Series[bool] = once & pd.Series((ports >= LEAST_PORTS)[pairs], index=flows.index)
    return found


def new_ports_of(flows: pd.DataFrame, once: pd.Series[bool]) -> pd.DataFrame:
    """The rows of the candidates with their pair, day and band."""
    new = flows.loc[
        once, [*PAIR_KEY, "port", "flows", "packets", "bytes", "dst_to_src_packets", "src_label", "dst_label"]
    ]
    new = new.assign(day=flows.loc[once, "first_seen"].dt.floor("D"), band=band_of(new["port"].to_numpy()))
    new["pair"] = group_numbers(*(flows[name] for name in PAIR_KEY), in_order=False)[once]
    return new


def find(flows: pd.DataFrame, once: pd.Series[bool]) -> Iterator[tuple[NDArray[np.bool_], DynamicRange]]:
    """The groups of dynamic pairs among flows (columns of `observe`), of which `once` are the candidates: which flows
    are part of each, and its range."""
    if not once.any():
        return
    new, pairs = new_ports_of(flows, once), group_numbers(*(flows[name] for name in PAIR_KEY), in_order=False)
    active = count_bits(join_bits(flows["on_days"].to_numpy(), pairs, int(pairs.max(initial=-1)) + 1))
    for part in clusters(_of_new_ports(new[~is_knock(new)], new, active)):
        bands = _bands_of(part)
        part = part[part["band"].isin(bands)]
        ports = range_of(part["port"].to_numpy(), bands)
        inside = flows["port"].between(ports.first, ports.last).to_numpy() & np.isin(pairs, part["pair"].unique())
        inside &= once.to_numpy() | (flows["days"].to_numpy() < STAYS_SHARE * active[pairs])
        yield inside, _range_for(part, ports)


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


def clusters(real: pd.DataFrame) -> Iterator[pd.DataFrame]:
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
            sources = part.groupby("dst_ip", observed=True)["src_ip"].agg(lambda ips: " ".join(sorted(set(ips))))
            for _, same in part.groupby(part["dst_ip"].astype(str).map(sources), sort=True):
                yield same


def _is_dense(part: pd.DataFrame) -> bool:
    """True where at least half of the pairs that a product would open are dynamic; nobody meets itself."""
    sources, destinations = set(part["src_ip"]), set(part["dst_ip"])
    possible = len(sources) * len(destinations) - len(sources & destinations)
    return 2 * part["pair"].nunique() >= possible


def _range_for(part: pd.DataFrame, ports: PortRange) -> DynamicRange:
    a_day = part.groupby(["pair", "day"]).size()
    return DynamicRange(
        kind=RangeKind.PAIRS,
        protocol=str(part["protocol"].iloc[0]),
        sources=tuple(sorted(map(str, part["src_ip"].unique()))),
        destinations=tuple(sorted(map(str, part["dst_ip"].unique()))),
        ports=ports,
        pairs=part["pair"].nunique(),
        days=part["day"].nunique(),
        ports_a_day=(int(a_day.min()), int(a_day.max())),
    )
