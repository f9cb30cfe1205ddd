"""Ranges that differ in one side alone become one opening: the same space, and each flow still in it."""

from __future__ import annotations

from itertools import product

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from nsgflow_core.inventory.rule import PortRange
from nsgflow_core.rules.draft.dial import Opening
from nsgflow_core.rules.draft.new_ports.openings import ranges_joined, ranges_opened
from nsgflow_core.rules.draft.new_ports.range import DynamicRange, RangeKind
from nsgflow_core.rules.draft.seen.evidence import DYNAMIC, NORMAL

PORTS = PortRange(50_000, 50_002)
Cell = tuple[str, str, int, str]
sides = st.sets(st.sampled_from("abcd"), min_size=1)
made = st.lists(
    st.tuples(sides, sides, st.sampled_from((RangeKind.MAPPED, RangeKind.PAIRS)), st.sampled_from(("", "deny")))
)


def opening(sources: set[str], destinations: set[str], ahead_of: str, ports: int = 3, apart: int = DYNAMIC) -> Opening:
    ends = tuple(sorted(sources)), tuple(sorted(destinations))
    return Opening("TCP", *ends, tuple(range(50_000, 50_000 + ports)), apart, 4, ahead_of, 0)


def cells(openings: list[Opening]) -> set[Cell]:
    boxes = ((product(each.sources, each.destinations, each.ports), each.ahead_of) for each in openings)
    return {(*cell, ahead_of) for box, ahead_of in boxes for cell in box}


@given(made, st.integers(1, 9))
def test_joined_ranges_hold_the_same_space_and_their_flows(
    each: list[tuple[set[str], set[str], RangeKind, str]], most: int
) -> None:
    before = [opening(sources, destinations, ahead_of) for sources, destinations, _, ahead_of in each]
    before += [opening({"a"}, {"b"}, "", ports=1, apart=NORMAL), opening({"a"}, {"c"}, "", ports=1)]
    ranges = [
        DynamicRange(kind, "TCP", tuple(sources), tuple(destinations), PORTS, 1, 2, (3, 3))
        for sources, destinations, kind, _ in each
    ]
    ranges.append(DynamicRange(RangeKind.MAPPED, "TCP", ("a",), ("c",), PORTS, 1, 2, (3, 3)))
    flows = pd.DataFrame({"range": [*range(len(each)), -1, len(each)]})

    after, member = ranges_joined(
        before, np.arange(len(before)), flows, ranges, lambda one: len(one.sources) + len(one.destinations) <= most
    )

    assert cells(after) == cells(before)
    assert sorted(set(member.tolist())) == list(range(len(after)))
    for old, new in zip(before, member.tolist(), strict=True):
        assert cells([old]) <= cells([after[new]])
    held = ranges_opened(after, member, flows, ranges)
    assert sorted(place for places in held.values() for place in places) == list(range(len(each)))
    assert all(len({ranges[place].kind for place in places}) == 1 for places in held.values())
    grown = [one for one in after if one not in before]
    assert all(len(one.sources) + len(one.destinations) <= most for one in grown)
