"""The openings of ranges for ports that are new every day, beside those of all other flows."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from nsgflow_core.rules.draft.dial import Opening
from nsgflow_core.rules.draft.new_ports.mapped import MAPPER, PROTOCOL
from nsgflow_core.rules.draft.new_ports.range import DynamicRange, RangeKind
from nsgflow_core.rules.draft.seen.evidence import DYNAMIC
from nsgflow_core.words.sets.bit_sets import Codes
from nsgflow_core.words.sets.group_numbers import group_numbers

Opened = tuple[list[Opening], Codes]
_ENDS = ["src_ip", "dst_ip"]


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
    held = np.empty(len(flows), dtype=np.int64)
    held[~inside] = member
    places = np.flatnonzero(inside)
    group = group_numbers(*(flows[name].iloc[places] for name in ("range", "family", "ahead_of")))
    for number in range(int(group.max()) + 1):
        mine = places[group == number]
        rows = flows.iloc[mine]
        each = ranges[int(rows["range"].iloc[0])]
        parts = _where_mapped(rows, flows[~inside]) if each.kind is RangeKind.MAPPED else [(np.arange(len(rows)), rows)]
        for chosen, ends in parts:
            held[mine[chosen]] = len(openings)
            openings.append(_opening(rows, ends, each))
    return openings, held


def ranges_opened(
    openings: Sequence[Opening], member: Codes, flows: pd.DataFrame, ranges: Sequence[DynamicRange]
) -> dict[int, tuple[int, ...]]:
    """The places of the ranges that each opening of some holds, by its own place; those whose ports are only what was
    seen are left out."""
    place = flows["range"].to_numpy()
    inside = np.flatnonzero(place >= 0)
    found: dict[int, tuple[int, ...]] = {}
    for number, held in sorted(set(zip(member[inside].tolist(), place[inside].tolist(), strict=True))):
        if len(openings[number].ports) == ranges[held].ports.size:
            found[number] = (*found.get(number, ()), held)
    return found


def ranges_joined(
    openings: Sequence[Opening],
    member: Codes,
    flows: pd.DataFrame,
    ranges: Sequence[DynamicRange],
    is_one_rule: Callable[[Opening], bool],
) -> Opened:
    """The same space with those ranges of a kind in one opening that differ in their sources alone, or then in their
    destinations alone, as far as one rule takes them; and each flow's opening."""
    kept, into = dict(enumerate(openings)), np.arange(len(openings))
    opened = ranges_opened(openings, member, flows, ranges)
    kinds = {number: ranges[held[0]].kind for number, held in opened.items()}
    for side in ("sources", "destinations"):
        first: dict[object, int] = {}
        for number in [each for each in kinds if each in kept]:
            one = kept[number]
            same = first.setdefault((kinds[number], _with(one, side, ())), number)
            both = tuple(sorted({*getattr(kept[same], side), *getattr(one, side)}))
            joined = _with(one, side, both)
            if same != number and is_one_rule(joined):
                kept[same] = joined
                del kept[number]
                into[into == number] = same
    numbers = np.array(list(kept), dtype=np.int64)
    return list(kept.values()), np.searchsorted(numbers, into)[member]


def _with(opening: Opening, side: str, tokens: tuple[str, ...]) -> Opening:
    """The opening with these tokens on one side."""
    return replace(opening, sources=tokens) if side == "sources" else replace(opening, destinations=tokens)


def _opening(rows: pd.DataFrame, ends: pd.DataFrame, each: DynamicRange) -> Opening:
    """The opening of some rows of a range; `ends` holds what stands for both sides."""
    sources, destinations = (tuple(sorted(set(map(str, ends[side])))) for side in ("src_token", "dst_token"))
    ports = tuple(range(each.ports.first, each.ports.last + 1))
    family, ahead_of = int(rows["family"].iloc[0]), str(rows["ahead_of"].iloc[0])
    return Opening(each.protocol, sources, destinations, ports, DYNAMIC, 6 if family == 6 else 4, ahead_of, port_gap=0)


def _where_mapped(rows: pd.DataFrame, others: pd.DataFrame) -> Iterator[tuple[Codes, pd.DataFrame]]:
    """The rows of a mapped range in parts, each with its ends: the range opens what the mapper's port opens.

    So a subnet stands for its clients here where it stands for them there, and no other client is let to a server than
    asks its mapper. Those that wait for an answer there let in nobody here.
    """
    asks = (others["port"] == MAPPER) & (others["protocol"] == PROTOCOL) & ~others["waits"]
    for name in ("family", "ahead_of", "src_label", "dst_label"):
        asks &= others[name] == rows[name].iloc[0]
    columns = [*_ENDS, "src_token", "dst_token"]
    both = pd.concat([others.loc[asks, columns].astype(str), rows[columns].astype(str)], ignore_index=True)
    pair = group_numbers(*(both[name] for name in _ENDS), in_order=False)
    ends = both[~pd.Series(pair).duplicated()].reset_index(drop=True)
    sources = ends.groupby("dst_token")["src_token"].agg(lambda tokens: "\n".join(sorted(set(tokens))))
    part = group_numbers(ends["dst_token"].map(sources))
    of_rows = part[pair[len(both) - len(rows) :]]
    for number in np.unique(of_rows):
        yield np.flatnonzero(of_rows == number), ends[part == number]
