"""Gaps are told, not filled."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pandas as pd
import pytest

from nsgflow_core.analysis import coverage
from tests.estates.logged import FlowsOnly

START = pd.Timestamp("2026-11-24T00:00:00Z").as_unit("us")


class Hours(FlowsOnly):
    """A store that logged entries in the hours given."""

    def __init__(self, *offsets: int) -> None:
        self.offsets = offsets

    def fetch(self, query: Any) -> pd.DataFrame:
        assert query.by == ("hour", "log_kind")
        times = [START + pd.Timedelta(hours=offset) for offset in self.offsets]
        seen = pd.DataFrame({"hour": pd.Series(times, dtype="datetime64[us, UTC]"), "log_kind": "VNet", "tuples": 5})
        return seen.astype({"tuples": "int64"})


def test_every_hour_between_the_first_and_the_last_is_there():
    hours = coverage.hourly().ask(Hours(0, 1, 4))
    assert hours["tuples"].tolist() == [5, 5, 0, 0, 5]
    assert hours["hour"].is_monotonic_increasing


def test_gaps_are_stretches_of_silent_hours():
    found = coverage.gaps().ask(Hours(0, 1, 4, 6))
    assert found["hours"].tolist() == [2, 1]
    assert found["since"].tolist() == [START + pd.Timedelta(hours=2), START + pd.Timedelta(hours=5)]
    assert found["until"].tolist() == [START + pd.Timedelta(hours=4), START + pd.Timedelta(hours=6)]


def test_no_gap_and_no_store_entries():
    assert coverage.gaps().ask(Hours(0, 1)).empty
    assert coverage.gaps().ask(Hours()).empty


@pytest.mark.parametrize(
    ("ago", "words"),
    [
        (timedelta(seconds=5), "just now"),
        (timedelta(seconds=-30), "just now"),
        (timedelta(minutes=-1), "in the future"),
        (timedelta(minutes=1), "1 minute ago"),
        (timedelta(minutes=119), "1 hour ago"),
        (timedelta(hours=25), "1 day ago"),
        (timedelta(days=2000), "2,000 days ago"),
    ],
)
def test_age_in_words(ago, words):
    now = datetime(2026, 11, 24, tzinfo=UTC)
    assert coverage.age(now - ago, now) == words
    assert coverage.age(None, now) == ""


def test_a_flow_log_of_which_no_entry_is_stored_has_no_age():
    ledger = pd.DataFrame(
        {
            "name": ["a1", "a2", "b1"],
            "resource": ["a", "a", "b"],
            "hour": [START, START, START],
            "tuples": [3, 4, 0],
            "rejected": [0, 0, 9],
            "first": [START, START, pd.NaT],
            "last": [START, START + pd.Timedelta(hours=2), pd.NaT],
            "read_at": [pd.NaT, START + pd.Timedelta(hours=5), pd.NaT],
        }
    )
    logs = coverage.by_log(ledger).set_index("flow_log")
    assert logs.loc["a", "last_read"] == START + pd.Timedelta(hours=5)
    assert list(logs["last_read"].isna()) == [False, True]
    now = (START + pd.Timedelta(hours=3)).to_pydatetime()
    assert [coverage.age(moment, now) for moment in logs["last"]] == ["1 hour ago", ""]
