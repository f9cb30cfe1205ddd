"""Openings of one service become one where that opens few pairs that nobody saw, and never more than may be spared."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nsgflow_core.inventory.rule import PortRange
from nsgflow_core.rules.draft.draft import Draft, compose
from nsgflow_core.rules.draft.grouping.nearly import join_nearly
from nsgflow_core.rules.draft.merging import OpeningColumns, SetTable, join
from nsgflow_core.rules.draft.options import DraftOptions
from tests.estates.daily import daily
from tests.rules.draft.drafts import drafted, made_of

Side = tuple[int, ...]


def joined(
    rows: list[tuple[int, int, int]], spare: float, hosts: list[int], services: int = 0
) -> set[tuple[Side, Side, Side]]:
    """(source, destination, port) as openings joined exactly and then nearly; each as its three sets."""
    tables = (SetTable(), SetTable(), SetTable())
    held = np.array(rows, dtype=np.int64)
    sides = tuple(table.singles(held[:, place]) for place, table in enumerate(tables))
    first = OpeningColumns(np.zeros(len(held), np.int64), (sides[0], sides[1], sides[2]), np.arange(len(held)))
    exact = join(first, tables, (frozenset(), frozenset(), frozenset()))
    sizes = np.array(hosts, dtype=np.int64)
    found = join_nearly(exact, tables, (sizes, sizes), np.full(len(exact), services), spare)
    assert sorted(set(found.member.tolist())) == list(range(len(found)))
    sets = [[table.sets[number] for number in side.tolist()] for table, side in zip(tables, found.sides, strict=True)]
    return set(zip(sets[0], sets[1], sets[2], strict=True))


def test_two_pairs_of_one_service_are_one_rule_where_two_unseen_pairs_may_be_spared() -> None:
    rows, alone = [(0, 2, 443), (1, 3, 443)], {((0,), (2,), (443,)), ((1,), (3,), (443,))}
    assert joined(rows, 2, [1] * 4) == {((0, 1), (2, 3), (443,))}
    assert joined(rows, 1.9, [1] * 4) == alone
    assert joined(rows, 2, [1, 1, 2, 1]) == alone, "a group stands for all its hosts"
    assert joined(rows, 99, [1] * 4, services=-1) == alone
    assert len(joined([(0, 2, 443), (1, 3, 80)], 99, [1] * 4)) == 2, "another port is another service"


@settings(max_examples=40, deadline=None)
@given(st.sets(st.tuples(*[st.integers(0, 4)] * 2), min_size=1, max_size=14), st.integers(0, 9))
def test_all_that_was_seen_stays_open_and_no_more_than_may_be_spared(rows: set[tuple[int, int]], spare: int) -> None:
    found = joined([(source, destination, 1) for source, destination in sorted(rows)], spare, [1] * 5)
    opened = {(s, d) for sources, destinations, _ in found for s in sources for d in destinations}
    assert rows <= opened
    assert len(opened - rows) <= spare
    assert len(found) <= len(joined([(s, d, 1) for s, d in sorted(rows)], 0, [1] * 5))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Draft:
    """Six clients, each with a server of its own, on two ports of which one is guarded; and others, for a whole."""
    own = [daily(f"10.0.3.{at}", f"10.0.2.{at + port}", port) for at in range(4, 10) for port in (81, 22)]
    others = [daily(f"10.0.3.{at}", "10.0.2.4", 9000 + at) for at in range(4, 104)]
    return made_of(tmp_path_factory.mktemp("nearly"), [each for several in (*own, *others) for each in several])


def test_a_draft_joins_what_is_not_guarded_and_no_point_of_the_dial_opens_less_than_one_before(made: Draft) -> None:
    def rules(draft: Draft, port: int) -> int:
        return sum(PortRange(port, port) in rule.destination_ports for rule in drafted(draft))

    apart = compose(replace(made.material, options=DraftOptions(unseen_per_new=0)))
    assert (rules(apart, 81), rules(apart, 22)) == (6, 6)
    assert (rules(made, 81) < 6, rules(made, 22)) == (True, 6)
    opened = made.curve()["over_permission"].tolist()
    assert opened == sorted(opened)
