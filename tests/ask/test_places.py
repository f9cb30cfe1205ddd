"""Fields of the bar and options of the command line each have a place of their own, so that their order is told."""

from __future__ import annotations

from nsgflow_core.ask.columns import COLUMNS


def test_no_two_columns_claim_one_place() -> None:
    for places in (
        [column.bar.order for column in COLUMNS.values() if column.bar],
        [column.option.order for column in COLUMNS.values() if column.option],
    ):
        assert sorted(places) == sorted(set(places))
