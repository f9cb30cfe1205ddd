"""Gaps are told, not filled."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pandas as pd
import pytest

from nsgflow_core.analysis import coverage
from nsgflow_core.analysis.compared.news import silent_logs
from nsgflow_core.sources.base import BlobInfo, summarize_logs
from nsgflow_core.sources.logs import log_labels
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


def path(log, hour, group="sub_networkwatcherrg"):
    return f"flowLogResourceID=/{group}/{log}/y=2026/m=11/d=01/h={hour:02}/m=00/macAddress=000D3A0000A1/PT1H.json"


def test_two_flow_logs_of_one_name_are_two_and_a_silent_one_is_seen():
    names = [
        path("WE_web", 1),
        path("we_WEB", 2),
        path("WE_web", 1, "SUB2_RG"),
        path("EU_db", 1),
        "x.json",
    ]
    told = {"hour": START, "tuples": [1, 2, 4, 8, 16], "rejected": 0, "read_at": START}
    first = pd.to_datetime([START, START + pd.Timedelta(hours=9), START, START, START])
    logs = coverage.by_log(pd.DataFrame({"name": names, "first": first, "last": first, **told}))
    found = dict(zip(logs["flow_log"], logs["tuples"], strict=True))
    assert found == {"": 16, "EU_db": 8, "SUB2_RG/WE_web": 4, "sub_networkwatcherrg/WE_web": 3}
    silent = silent_logs(logs, (START + pd.Timedelta(hours=10)).to_pydatetime(), timedelta(hours=3))
    assert silent["flow_log"].tolist() == ["EU_db", "SUB2_RG/WE_web"]
    listed = summarize_logs(BlobInfo(name, name, 1, "", container="c", resource="WE_web") for name in names)
    assert [log.resource for log in listed] == sorted(found)


def test_nsgs_of_one_name_have_logs_of_their_own():
    def log(group, name):
        nsg = f"/SUBSCRIPTIONS/S/RESOURCEGROUPS/{group}/PROVIDERS/MICROSOFT.NETWORK/NETWORKSECURITYGROUPS/{name}"
        return f"resourceId={nsg}/y=2026/m=11/d=01/h=01/m=00/macAddress=000D3A0000A1/PT1H.json"

    named = log_labels([log("A", "WEB"), log("B", "WEB"), log("A", "DB")])
    assert sorted(named.values()) == ["", "A/WEB", "B/WEB", "DB"]


def test_a_vnet_flow_log_is_called_by_its_name_and_a_namesake_by_its_subscription_too():
    one, other = "AAAAAAAA-0000-4000-8000-000000000001", "BBBBBBBB-0000-4000-8000-000000000002"
    paths = [f"{one}_NETWORKWATCHERRG/NW_HUB", f"{other}_NETWORKWATCHERRG/NW_HUB", f"{one}_NETWORKWATCHERRG/NW_SPOKE"]
    named = log_labels([f"flowLogResourceID=/{path}/y=2026/m=11/d=24/h=10/m=00/PT1H.json" for path in paths])
    assert [named[path.casefold()] for path in (f"/{each}" for each in paths)] == [
        "AAAAAAAA/NETWORKWATCHERRG/NW_HUB", "BBBBBBBB/NETWORKWATCHERRG/NW_HUB", "NW_SPOKE",
    ]  # fmt: skip


def test_a_flow_log_of_which_no_entry_is_stored_has_no_age():
    ledger = pd.DataFrame(
        {
            "name": [path("a", 1), path("a", 2), path("b", 1)],
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
