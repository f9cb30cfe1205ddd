"""Spans within spans."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from nsgflow_core.words.sets.spans import LAST_ADDRESS, Spans, covers, intersect, subtract, union

SPANS = st.lists(st.tuples(st.integers(0, 12), st.integers(0, 3)).map(lambda each: (each[0], sum(each))), max_size=6)


@given(SPANS, SPANS)
def test_spans_cover_others_of_which_nothing_is_left_without_them(spans: list[tuple[int, int]], others: Spans) -> None:
    assert covers(union(spans), union(others)) == (subtract(union(others), union(spans)) == ())


def test_a_whole_space_is_covered_by_itself_alone() -> None:
    assert covers(((0, LAST_ADDRESS),), ((0, LAST_ADDRESS),))
    assert not covers(((0, LAST_ADDRESS - 1),), ((0, LAST_ADDRESS),))


@given(SPANS, SPANS)
def test_what_is_shared_and_what_is_left_are_those_of_the_single_numbers(left: Spans, right: Spans) -> None:
    left, right = union(left), union(right)
    ours, theirs = ({at for each in spans for at in range(each[0], each[1] + 1)} for spans in (left, right))
    assert intersect(left, right) == union((at, at) for at in ours & theirs)
    assert subtract(left, right) == union((at, at) for at in ours - theirs)
