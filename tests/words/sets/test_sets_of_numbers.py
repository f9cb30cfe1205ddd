"""Numbers for rows, and unions of spans, against Python's own sets and sorting."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nsgflow_core.words.sets.group_numbers import count_distinct, first_of_each, group_numbers, order_of
from nsgflow_core.words.sets.spans import count, holds, intersect, subtract, union

rows = st.lists(st.tuples(st.integers(-3, 3), st.sampled_from("abc"), st.booleans()), max_size=30)
spans = st.lists(st.tuples(st.integers(0, 20), st.integers(0, 6)).map(lambda at: (at[0], sum(at))), max_size=6)


def columns(rows: list[tuple[int, str, bool]]) -> list[pd.Series]:
    frame = pd.DataFrame(rows, columns=["number", "word", "flag"])
    return [frame["number"].astype("int64"), frame["word"].astype("category"), frame["flag"].astype(bool)]


@settings(deadline=None)
@given(rows)
def test_equal_rows_have_equal_numbers_in_their_order(rows: list[tuple[int, str, bool]]) -> None:
    by_value = group_numbers(*columns(rows))
    assert by_value.tolist() == [sorted(set(rows)).index(row) for row in rows]
    by_place = group_numbers(*columns(rows), in_order=False)
    assert by_place.tolist() == [list(dict.fromkeys(rows)).index(row) for row in rows]
    assert first_of_each(by_value).tolist() == [rows.index(row) for row in sorted(set(rows))]
    assert [rows[place] for place in order_of(*columns(rows))] == sorted(rows)


def test_one_column_a_missing_value_and_no_column() -> None:
    assert group_numbers(["b", "a", "b"]).tolist() == [1, 0, 1]
    assert group_numbers(pd.Series([2.0, None, None]), pd.Series(["x", "x", "x"])).tolist() == [0, 1, 1]
    assert group_numbers(np.zeros(0)).tolist() == []
    assert first_of_each(np.zeros(0, dtype=np.int64)).tolist() == []
    with pytest.raises(ValueError, match="no column"):
        group_numbers()


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 4), st.sampled_from("abcd")), max_size=30))
def test_different_values_are_counted_per_group(pairs: list[tuple[int, str]]) -> None:
    groups = np.array([group for group, _ in pairs], dtype=np.int64)
    found = count_distinct(groups, pd.Series([value for _, value in pairs], dtype=object), 5)
    assert found.tolist() == [len({value for group, value in pairs if group == each}) for each in range(5)]


def members(spans: list[tuple[int, int]] | tuple[tuple[int, int], ...]) -> set[int]:
    return {number for first, last in spans for number in range(first, last + 1)}


@settings(deadline=None)
@given(spans, spans, st.integers(0, 2))
def test_spans_are_sets_of_numbers(left: list[tuple[int, int]], right: list[tuple[int, int]], gap: int) -> None:
    both, a, b = union(left, right), union(left), union(right)
    assert members(both) == members(left) | members(right)
    assert members(intersect(a, b)) == members(left) & members(right)
    assert members(subtract(a, b)) == members(left) - members(right)
    assert count(both) == len(members(both))
    assert [holds(both, number) for number in range(30)] == [number in members(both) for number in range(30)]
    apart = union(left, gap=gap)
    assert all(after[0] - before[1] > gap + 1 for before, after in pairwise(apart))
    holes = members(apart) - members(left)
    assert all({number - 1, number + 1} & members(apart) == {number - 1, number + 1} for number in holes)
    assert len(holes) <= gap * max(len(a) - 1, 0)
