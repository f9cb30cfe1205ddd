"""The openings of ranges for ports that are new every day, beside those of all other flows."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd

from nsgflow_core.rules.draft.dial import Opening
from nsgflow_core.rules.draft.evidence import DYNAMIC
from nsgflow_core.rules.draft.grouping.dynamic import DynamicRange
from nsgflow_core.words.bit_sets import Codes

Opened = tuple[list[Opening], Codes]


def opening_ranges(
    flows: pd.DataFrame, ranges: Sequence[DynamicRange], others: Callable[[pd.DataFrame], Opened]
) -> Opened:
    """The openings of `others` over the flows outside the ranges, then one for each range; and each flow's opening.

    Without ranges, which is so on exact rungs, `others` opens the ports that were seen, in openings of their own.
    """
    if not ranges:
        return others(flows)
    place = flows["range"].to_numpy()
    inside = place >= 0
    openings, member = others(flows[~inside])
    held = np.empty(len(flows), dtype=np.int64)
    held[~inside] = member
    held[inside] = len(openings) + place[inside]
    return [*openings, *map(_opening, ranges)], held


def _opening(each: DynamicRange) -> Opening:
    ports = tuple(range(each.ports.first, each.ports.last + 1))
    return Opening(each.protocol, each.sources, each.destinations, ports, DYNAMIC)
