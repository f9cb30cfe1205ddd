"""The table of columns as others read it: how many dimensions there are, and a place for each field and option."""

from __future__ import annotations

from nsgflow_core.ask.columns import COLUMNS, DIMENSIONS


def test_no_two_columns_claim_one_place() -> None:
    for places in (
        [column.bar.order for column in COLUMNS.values() if column.bar],
        [column.option.order for column in COLUMNS.values() if column.option],
    ):
        assert sorted(places) == sorted(set(places))


def test_there_are_as_many_dimensions_as_are_listed() -> None:
    assert len(DIMENSIONS) == len(list(DIMENSIONS)) < len(COLUMNS)
