"""Rows of two frames by number: equal rows have equal numbers, whatever type a column has on either side."""

from __future__ import annotations

import pandas as pd

from nsgflow_core.words.sets.group_numbers import is_among, numbers_of_both, total_of_each


def test_equal_rows_have_equal_numbers_over_two_frames_of_other_types() -> None:
    left = pd.DataFrame({"src_ip": ["10.0.0.1", "::1", "10.0.0.1", None], "port": [443, 0, 22, 1]})
    right = pd.DataFrame({"src_ip": pd.Categorical(["::1", "10.0.0.1", "8.8.8.8", None]), "port": [0, 22, 443, 1]})

    of_left, of_right, count = numbers_of_both(left, right)

    same = [(at, other) for at in range(4) for other in range(4) if of_left[at] == of_right[other]]
    assert same == [(1, 0), (2, 1), (3, 3)]
    assert len(set(of_left) | set(of_right)) == count == 5
    assert is_among(left, right).tolist() == [False, True, True, True]


def test_an_empty_frame_shares_no_number() -> None:
    some = pd.DataFrame({"src_ip": ["10.0.0.1", "10.0.0.1"], "port": [443, 443]})

    of_some, of_none, count = numbers_of_both(some, some.iloc[:0])

    assert (of_some.tolist(), of_none.tolist(), count) == ([0, 0], [], 1)
    assert is_among(some, some.iloc[:0]).tolist() == [False, False]


def test_amounts_of_equal_rows_are_added_up() -> None:
    rows = pd.DataFrame({"src_ip": ["a", "b", "c"], "port": [1, 2, 3]})
    others = pd.DataFrame({"src_ip": pd.Categorical(["b", "a", "b", "x"]), "port": [2, 1, 2, 3]})

    assert total_of_each(rows, others, pd.Series([5, 7, 6, 1])).tolist() == [7, 11, 0]
    assert total_of_each(rows, others.iloc[:0], []).tolist() == [0, 0, 0]
