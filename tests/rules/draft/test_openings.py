"""Measuring and joining openings, against brute force on small spaces."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from nsgflow_core.ask.filters import FlowFilter
from nsgflow_core.inventory.scope import Scope
from nsgflow_core.rules.decide.address_space import AddressSpace
from nsgflow_core.rules.draft.dial import RUNGS
from nsgflow_core.rules.draft.draft import compose
from nsgflow_core.rules.draft.merging import OpeningColumns, SetTable, join
from nsgflow_core.rules.draft.over_permission import Space, size_of_union
from nsgflow_core.rules.draft.tokens import INTERNET_SPAN
from nsgflow_core.rules.draft.traffic import gather
from nsgflow_core.words.prefixes import parse_prefix
from tests.estates.daily import SUBNETS, daily
from tests.estates.flows import store_of
from tests.rules.draft.drafts import IN, OUT, drafted, made_of

spans = st.lists(
    st.tuples(st.integers(0, 9), st.integers(0, 9)).map(lambda pair: (min(pair), max(pair))), min_size=1, max_size=3
).map(tuple)
spaces = st.builds(Space, st.sampled_from(["TCP", "UDP"]), spans, spans, spans)


def cells(opening: Space) -> set[tuple[str, int, int, int]]:
    def numbers(side: tuple[tuple[int, int], ...]) -> set[int]:
        return {n for first, last in side for n in range(first, last + 1)}

    return {
        (opening.protocol, s, d, p)
        for s in numbers(opening.sources)
        for d in numbers(opening.destinations)
        for p in numbers(opening.ports)
    }


@settings(max_examples=50, deadline=None)
@given(st.lists(spaces, max_size=6))
def test_the_size_of_a_union_is_the_number_of_its_cells(openings: list[Space]) -> None:
    assert size_of_union(openings) == len(set().union(*map(cells, openings)))


def test_huge_spaces_are_counted_exactly() -> None:
    whole = Space("TCP", ((0, 2**128 - 1),), ((0, 2**128 - 1),), ((0, 65_535),))
    assert size_of_union([whole, whole]) == 2**256 * 65_536
    tagged = Space("TCP", (INTERNET_SPAN, (0, 0)), ((0, 0),), ((0, 0),))
    assert size_of_union([tagged]) == 2, "the tag is one more, beside the line of addresses"
    assert size_of_union([]) == 0


@settings(max_examples=50, deadline=None)
@given(st.sets(st.tuples(*[st.integers(0, 3)] * 4), min_size=1, max_size=40))
def test_joining_keeps_exactly_the_cells_and_the_membership(rows: set[tuple[int, int, int, int]]) -> None:
    """apart, source, destination, port; source 0 is a tag that joins nothing."""
    ordered = np.array(sorted(rows), dtype=np.int64)
    tables = (SetTable(), SetTable(), SetTable())
    sides = tuple(table.singles(ordered[:, place]) for place, table in enumerate(tables, start=1))
    tag = frozenset({tables[0].number((0,))})
    first = OpeningColumns(ordered[:, 0], (sides[0], sides[1], sides[2]), np.arange(len(ordered)))
    joined = join(first, tables, (tag, frozenset(), frozenset()))
    covered = []
    for opening in range(len(joined)):
        s, d, p = (tables[side].sets[int(joined.sides[side][opening])] for side in range(3))
        assert 0 not in s or s == (0,)
        covered += [(int(joined.apart[opening]), a, b, c) for a in s for b in d for c in p]
    assert sorted(covered) == sorted(rows)
    assert len(joined) <= len(rows)
    for place, (apart, source, destination, port) in enumerate(sorted(rows)):
        opening = int(joined.member[place])
        assert int(joined.apart[opening]) == apart
        held = [tables[side].sets[int(joined.sides[side][opening])] for side in range(3)]
        assert source in held[0]
        assert destination in held[1]
        assert port in held[2]


def test_a_full_product_becomes_one_opening() -> None:
    rows = np.array([(0, s, d, p) for s in range(5) for d in range(4) for p in range(3)], dtype=np.int64)
    tables = (SetTable(), SetTable(), SetTable())
    sides = tuple(table.singles(rows[:, place]) for place, table in enumerate(tables, start=1))
    openings = OpeningColumns(rows[:, 0], (sides[0], sides[1], sides[2]), np.arange(len(rows)))
    assert len(join(openings, tables, (frozenset(), frozenset(), frozenset()))) == 1


def test_peers_share_the_ports_of_the_protected_subnet_and_of_no_other(tmp_path: Path) -> None:
    ends = (("10.0.1.4", "10.0.2.8", 443), ("10.0.1.5", "10.0.2.8", 22), ("10.0.1.4", "10.0.3.4", 1433))
    inbound = [r for source, destination, port in ends for r in daily(source, destination, port)]
    outbound = [r for peer, own, port in ends for r in daily(own, peer, port, direction="Outbound")]
    for direction, rows, side in ((IN, inbound, "destinations"), (OUT, outbound, "sources")):
        (tmp_path / direction).mkdir()
        rules = drafted(made_of(tmp_path / direction, rows, direction, exactness=0.2))
        assert [(getattr(r, side), [str(ports) for ports in r.destination_ports]) for r in rules] == [
            (("10.0.2.0/24",), ["22", "443"]),
            (("10.0.3.0/28",), ["1433"]),
        ]


def test_internet_stands_for_no_public_space_of_a_vnet_or_a_peer(tmp_path: Path) -> None:
    """A rule for Internet opened the port to all and admitted none of these: the tag holds no VNet."""
    peered = replace(SUBNETS, address_space=(*SUBNETS.address_space, parse_prefix("20.0.0.0/27")))
    hosts = [f"20.0.0.{host}" for host in range(4, 26)]
    rows = [each for host in hosts for port in (443, 3389) for each in daily(host, "10.0.2.8", port, 3, rule="by-tag")]
    store, space = store_of(tmp_path / "f.duckdb", rows, peered), AddressSpace.of(peered)
    material = gather(store, FlowFilter(), Scope(nsg="app-nsg"), IN, space=space)
    assert material.set_apart.empty
    assert set(material.flows["src_label"]) == {"20.0.0.0/27"}
    for rung in RUNGS:
        rules = drafted(compose(material, rung.exactness))
        held = [parse_prefix(term) for each in rules for term in each.sources]
        assert held
        assert all(peered.address_space[-1].covers(each) for each in held)
