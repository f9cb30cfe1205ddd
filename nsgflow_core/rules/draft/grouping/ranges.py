"""The openings of ranges for ports that are new every day, beside those of all other flows."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd

from nsgflow_core.rules.draft.dial import Opening
from nsgflow_core.rules.draft.grouping.dynamic import DynamicRange
from nsgflow_core.rules.draft.seen.evidence import DYNAMIC
from nsgflow_core.words.sets.bit_sets import Codes
from nsgflow_core.words.sets.group_numbers import first_of_each, group_numbers

Opened = tuple[list[Opening], Codes]


def opening_ranges(
    flows: pd.DataFrame, ranges: Sequence[DynamicRange], others: Callable[[pd.DataFrame], Opened]
) -> Opened:
    """The openings of `others` over the flows outside the ranges, then those of the ranges; and each flow's opening.

    A range is one opening for each side of the denies that stay. Without ranges, which is so on exact rungs, `others`
    opens the ports that were seen, in openings of their own.
    """
    inside = flows["range"].to_numpy() >= 0
    if not ranges or not inside.any():
        return others(flows)
    openings, member = others(flows[~inside])
    rows = flows[inside]
    group = group_numbers(rows["range"], rows["family"], rows["ahead_of"].astype(str))
    held = np.empty(len(flows), dtype=np.int64)
    held[~inside] = member
    held[inside] = len(openings) + group
    firsts = rows.iloc[first_of_each(group)]
    made = [
        _opening(rows[group == number], ranges[place], family, ahead_of)
        for number, (place, family, ahead_of) in enumerate(
            zip(firsts["range"], firsts["family"], firsts["ahead_of"], strict=True)
        )
    ]
    return [*openings, *made], held


def ranges_opened(
    openings: Sequence[Opening], member: Codes, flows: pd.DataFrame, ranges: Sequence[DynamicRange]
) -> dict[int, DynamicRange]:
    """The range that each opening of one holds, by its place; those whose ports are only what was seen are left out."""
    place = flows["range"].to_numpy()
    found = {}
    for number in np.unique(member[place >= 0]).tolist():
        each = ranges[int(place[member == number].max())]
        if len(openings[number].ports) == each.ports.size:
            found[number] = each
    return found


def _opening(rows: pd.DataFrame, each: DynamicRange, family: int, ahead_of: object) -> Opening:
    sources, destinations = (tuple(sorted(set(map(str, rows[side])))) for side in ("src_ip", "dst_ip"))
    ports = tuple(range(each.ports.first, each.ports.last + 1))
    return Opening(
        each.protocol, sources, destinations, ports, DYNAMIC, 6 if family == 6 else 4, str(ahead_of), port_gap=0
    )
