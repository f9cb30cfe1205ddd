"""The sentence above every answer, word for word, and what a filter keeps when a part of it goes."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from nsgflow_core.ask.filters import FlowFilter

MORNING, NOON = datetime(2026, 11, 24, 8, 5, tzinfo=UTC), datetime(2026, 11, 24, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("since", "until", "words"),
    [
        (None, None, "over all time"),
        (MORNING, None, "since 2026-11-24 08:05 UTC"),
        (None, NOON, "until 2026-11-24 12:00 UTC"),
        (MORNING, NOON, "from 2026-11-24 08:05 UTC to 2026-11-24 12:00 UTC"),
    ],
)
def test_the_window(since: datetime | None, until: datetime | None, words: str) -> None:
    assert FlowFilter().within(since, until).describe() == f"All flows, {words}."


def test_either_way_is_said_where_there_is_an_end_to_exchange() -> None:
    ends = FlowFilter(either_way=True).where("source", "web")
    assert ends.describe() == "Flows where source or destination is web, over all time."
    assert FlowFilter(either_way=True).where("port", "443").describe() == "Flows where port is 443, over all time."
    assert FlowFilter().where("source", "web").describe() == "Flows where source is web, over all time."


def test_both_ends_that_may_be_exchanged_and_values_without_end() -> None:
    both = FlowFilter(either_way=True).where("source", "web").where("dst_ip", "10.0.0.4")
    assert both.describe().startswith("Flows where source is web, and destination address is 10.0.0.4, and either way")
    many = FlowFilter().where("source", *(f"snet-{number}" for number in range(300)))
    assert many.describe().endswith(" or snet-5 or one of 294 more, over all time.")


def test_without_takes_away_what_is_named_and_nothing_else() -> None:
    whole = FlowFilter(either_way=True).within(MORNING, None).where("source", "web").where("port", "443", "80")
    assert whole.without("src") == FlowFilter(either_way=True).within(MORNING, None).where("port", "443", "80")
    assert whole.without("rule") == whole
    assert whole.without("source", "port").conditions == ()


def test_a_link_has_names_that_are_no_dimensions_and_they_are_left_alone() -> None:
    params = {"page": "3", "level": "rows", "either_way": "no", "since": "", "source": "web", "measure": "bytes"}
    assert FlowFilter.from_params(params) == FlowFilter().where("source", "web")
