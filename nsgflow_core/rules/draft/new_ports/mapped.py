"""Clients of an endpoint mapper: who asks TCP 135 is told a port of that server, which lasts until it starts again.

So even a port that held for the whole window is another one after the server's next update, and whoever asks may be
sent to any port of the range. Windows hands out 49152-65535 (Microsoft Learn, "Service overview and network port
requirements for Windows").
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from nsgflow_core.rules.draft.new_ports.range import (
    LEAST_DAYS,
    LEAST_PORTS,
    PAIR_KEY,
    STANDARD_RANGES,
    DynamicRange,
    RangeKind,
    is_knock,
)
from nsgflow_core.words.sets.bit_sets import count_bits, join_bits
from nsgflow_core.words.sets.group_numbers import codes_of, group_numbers

MAPPER, PROTOCOL, HANDED_OUT = 135, "TCP", STANDARD_RANGES[0]


def find(flows: pd.DataFrame, free: pd.Series[bool]) -> Iterator[tuple[NDArray[np.bool_], DynamicRange]]:
    """The clients of a label that asked a mapper of another, there on several days: their flows to high ports, and the
    range.

    A server hands out ports where its clients met at least LEAST_PORTS, counted pair by pair.
    """
    asks = _asks(flows, free)
    if not asks.any():
        return
    pairs = group_numbers(*(flows[name] for name in PAIR_KEY), in_order=False)
    high = (free & (flows["port"] >= HANDED_OUT.first)).to_numpy() & np.isin(pairs, pairs[asks])
    high[high] = ~is_knock(flows[high]).to_numpy()
    both = asks | high
    days = count_bits(join_bits(flows["on_days"].to_numpy()[both], pairs[both], int(pairs.max()) + 1))
    asks &= (days >= LEAST_DAYS)[pairs]
    high &= (days >= LEAST_DAYS)[pairs]
    servers, size = codes_of(flows["dst_ip"])
    hands_out = np.bincount(servers[high], minlength=size) >= LEAST_PORTS
    askers = flows[asks & hands_out[servers]].assign(pair=pairs[asks & hands_out[servers]])
    for _, part in askers.groupby(["src_label", "dst_label"], sort=True, observed=True):
        rows = high & np.isin(pairs, part["pair"])
        if rows.any():
            yield rows, _range_of(part, flows[rows])


def _asks(flows: pd.DataFrame, those: pd.Series[bool]) -> NDArray[np.bool_]:
    """Which of those flows ask a mapper, and get an answer."""
    asks = (those & (flows["port"] == MAPPER) & (flows["protocol"] == PROTOCOL)).to_numpy().copy()
    if asks.any():
        asks[asks] = ~is_knock(flows[asks]).to_numpy()
    return asks


def _range_of(askers: pd.DataFrame, high: pd.DataFrame) -> DynamicRange:
    a_day = high.groupby(high["first_seen"].dt.floor("D"))["port"].nunique()
    return DynamicRange(
        kind=RangeKind.MAPPED,
        protocol=PROTOCOL,
        sources=tuple(sorted(map(str, askers["src_ip"].unique()))),
        destinations=tuple(sorted(map(str, askers["dst_ip"].unique()))),
        ports=HANDED_OUT,
        pairs=len(askers),
        days=int(askers["days"].max()),
        ports_a_day=(int(a_day.min()), int(a_day.max())),
    )
