"""All flows of a scope on ports that no list of yesterday's holds, and the ranges that stand for tomorrow's."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from nsgflow_core.rules.draft.new_ports import calls, mapped, pairs
from nsgflow_core.rules.draft.new_ports.range import LEAST_DAYS, LEAST_PORTS, PAIR_KEY, DynamicRange, RangeKind
from nsgflow_core.words.sets.bit_sets import Codes

MANY_PORTS = 10
"""One day cannot tell new ports from services, so it takes more of them before anything is asked."""


Found = Iterator[tuple[NDArray[np.bool_], DynamicRange]]


@dataclass(frozen=True)
class NewPorts:
    """What was found: `member` is the range of each flow (-1 for none); `asked` are pairs that may be dynamic but are
    only asked about (PAIR_KEY, and `ports`, how many); `answers` are flows that are a service's answers."""

    member: Codes
    ranges: tuple[DynamicRange, ...]
    asked: pd.DataFrame
    answers: pd.Series[bool]

    def without(self, kind: RangeKind) -> NewPorts:
        """The same with the ports of one kind of range as they were seen."""
        of_kind = [place for place, each in enumerate(self.ranges) if each.kind is kind]
        return replace(self, member=np.where(np.isin(self.member, of_kind), -1, self.member))


def find_new_ports(
    flows: pd.DataFrame, once: pd.Series[bool], to_look_at: pd.Series[bool], window_days: int
) -> NewPorts:
    """The new ports of flows (columns of `observe`); `once` are the candidates of pairs, `to_look_at` all that may be.

    A client of a mapper comes first, then pairs that meet on new ports, then calls between any hosts of two labels.
    """
    member, no_answers = np.full(len(flows), -1, dtype=np.int64), pd.Series(False, index=flows.index)
    if window_days < LEAST_DAYS or not bool((flows["dst_to_src_packets"] > 0).any()):
        return NewPorts(member, (), _asked(pairs.new_ports_of(flows, once), window_days), no_answers)
    found: list[DynamicRange] = []
    finders: tuple[Callable[[pd.Series[bool]], Found], ...] = (
        lambda free: mapped.find(flows, free),
        lambda free: pairs.find(flows, once & free),
        lambda free: calls.find(flows, free, window_days),
    )
    for finder in finders:
        for rows, each in finder(to_look_at & (member < 0)):
            member[rows & (member < 0)] = len(found)
            found.append(each)
    return NewPorts(member, tuple(found), flows.iloc[:0][list(PAIR_KEY)].assign(ports=0), no_answers)


def _asked(new: pd.DataFrame, window_days: int) -> pd.DataFrame:
    """Pairs whose ports look new every day, where one day of logs, or logs without answers, cannot tell."""
    several = new.groupby("pair")["day"].nunique() >= min(LEAST_DAYS, window_days)
    ports = new.groupby("pair")["port"].nunique()
    enough = ports >= (MANY_PORTS if window_days < LEAST_DAYS else LEAST_PORTS)
    first = new.drop_duplicates("pair").set_index("pair")[list(PAIR_KEY)]
    return first.assign(ports=ports)[several & enough].sort_values(list(PAIR_KEY), ignore_index=True)
