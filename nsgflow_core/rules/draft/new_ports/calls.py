"""Hosts of two labels that meet on ports of a call: phones, meetings, transfers between any two of them.

No pair comes again and no port does, but the hosts do: on several days, with others each time. What stays is that hosts
of the one label meet hosts of the other on some range of ports.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from nsgflow_core.rules.draft.new_ports.range import (
    LEAST_DAYS,
    REGISTERED_FIRST,
    DynamicRange,
    RangeKind,
    band_of,
    is_knock,
    range_of,
)
from nsgflow_core.words.prefixes import NOT_INSIDE
from nsgflow_core.words.sets.bit_sets import Codes
from nsgflow_core.words.sets.group_numbers import codes_of, count_distinct, group_numbers
from nsgflow_core.words.vocabulary import WITH_PORTS

ENDS = ("src", "dst")
MANY_CALLS, LEAST_HOSTS = 30, 3
"""Fewer may be jobs that ran once; one host that meets all others is a scanner or a server, and has no calls."""
DAYS_SHARE = 0.5
OF_ONE_HOST = 0.5
"""At most so many of the calls have one host at the same end."""
OF_ONE_PAIR = 0.9
"""At least so many are on a port that no second pair used: others are a service of many clients."""


def find(
    flows: pd.DataFrame, free: pd.Series[bool], window_days: int
) -> Iterator[tuple[NDArray[np.bool_], DynamicRange]]:
    """The labels whose hosts call each other: the flows of hosts that did on several days, and the range."""
    rows = np.flatnonzero(_may_be_calls(flows, free))
    if len(rows) < MANY_CALLS:
        return
    calls = flows.iloc[rows]
    calls = calls.assign(day=calls["first_seen"].dt.floor("D"), band=band_of(calls["port"].to_numpy()))
    between = group_numbers(*(calls[name] for name in ("protocol", "src_label", "dst_label", "band")))
    for number in np.flatnonzero(np.bincount(between) >= MANY_CALLS):
        chosen = between == number
        kept = _of_callers(calls[chosen])
        if _are_calls(calls[chosen], kept, max(LEAST_DAYS, DAYS_SHARE * window_days)):
            inside = np.zeros(len(flows), dtype=np.bool_)
            inside[rows[chosen][kept]] = True
            yield inside, _range_of(calls[chosen][kept])


def _may_be_calls(flows: pd.DataFrame, free: pd.Series[bool]) -> NDArray[np.bool_]:
    """Flows inside on a port from 1024 on, met on one day alone, with a real exchange."""
    first, last = flows["first_seen"].dt.floor("D"), flows["last_seen"].dt.floor("D")
    on_ports = (flows["port"] >= REGISTERED_FIRST) & flows["protocol"].isin(WITH_PORTS)
    found: NDArray[np.bool_] = (free & (first == last) & on_ports).to_numpy().copy()
    for end in ENDS:
        found &= ~flows[f"{end}_label"].isin(NOT_INSIDE).to_numpy()
    rows = np.flatnonzero(found)
    if len(rows):
        found[rows] = ~is_knock(flows.iloc[rows]).to_numpy()
    return found


def _of_callers(calls: pd.DataFrame) -> NDArray[np.bool_]:
    """Which calls are between hosts that had some on several days, each at its end."""
    found = np.ones(len(calls), dtype=np.bool_)
    for end in ENDS:
        hosts, size = codes_of(calls[f"{end}_ip"])
        found &= (count_distinct(hosts, calls["day"], size) >= LEAST_DAYS)[hosts]
    return found


def _are_calls(calls: pd.DataFrame, kept: NDArray[np.bool_], days: float) -> bool:
    """True where half of the calls at least are between such hosts, on enough days, each on a port of its own, and no
    host is at one end of most."""
    if kept.sum() < max(MANY_CALLS, len(calls) / 2) or calls["day"][kept].nunique() < days:
        return False
    alone = np.bincount(group_numbers(calls["dst_ip"], calls["port"], in_order=False)) == 1
    if alone.sum() < OF_ONE_PAIR * len(calls):
        return False
    for end in ENDS:
        of_host = np.bincount(_numbers(calls[f"{end}_ip"][kept]))
        if len(of_host) < LEAST_HOSTS or of_host.max() > OF_ONE_HOST * kept.sum():
            return False
    return True


def _numbers(column: pd.Series[str]) -> Codes:
    return group_numbers(column, in_order=False)


def _range_of(calls: pd.DataFrame) -> DynamicRange:
    a_day = calls.groupby("day")["port"].nunique()
    sources, destinations = (tuple(sorted(map(str, calls[f"{end}_ip"].unique()))) for end in ENDS)
    return DynamicRange(
        kind=RangeKind.CALLS,
        protocol=str(calls["protocol"].iloc[0]),
        sources=sources,
        destinations=destinations,
        ports=range_of(calls["port"].to_numpy(), (int(calls["band"].iloc[0]),)),
        pairs=len(calls[["src_ip", "dst_ip"]].drop_duplicates()),
        days=calls["day"].nunique(),
        ports_a_day=(int(a_day.min()), int(a_day.max())),
    )
