"""A clock that is wrong changes words and never what is stored."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from nsgflow_core.__main__ import main
from nsgflow_core.analysis import coverage
from nsgflow_core.analysis.compared import periods
from nsgflow_core.analysis.views import SavedView, save_view
from nsgflow_core.ask.filters import FlowFilter
from nsgflow_core.ask.text.times import parse_time
from nsgflow_core.intake.importing import import_flows
from nsgflow_core.intake.report import ImportReport
from nsgflow_core.sources.folder import FolderSource
from nsgflow_core.stores.base import Extent
from nsgflow_core.stores.local import ledger
from nsgflow_core.stores.local.store import LocalStore
from nsgflow_core.stores.local.upkeep import keeping
from tests.estates.records import nsg_record, whole_blob
from tests.faults.harness.logs import day_of, tuples_at, write_days, write_hour
from tests.faults.harness.whole import held_by


def at(moment: datetime) -> Any:
    """The class `datetime` whose clock stands at a moment."""

    class Stopped(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> Any:
            return moment.astimezone(tz) if tz else moment.replace(tzinfo=None)

    return Stopped


def set_clock(patch: pytest.MonkeyPatch, moment: datetime) -> None:
    for module in (keeping, ledger):
        patch.setattr(module, "datetime", at(moment))
    patch.setattr("nsgflow_core.ask.text.times.datetime", at(moment))


@pytest.mark.parametrize(
    ("last", "said"),
    [
        (None, ""),
        (datetime(2026, 11, 26, 23, 59, tzinfo=UTC), ""),
        (
            datetime(2026, 11, 27, 12, tzinfo=UTC),
            "2026-11-27 12:00 UTC, and this machine's clock 2026-11-26 12:00",
        ),
        (datetime(2261, 12, 31, tzinfo=UTC), "says 2261-12-31"),
    ],
)
def test_flows_of_the_future_are_said(last: datetime | None, said: str) -> None:
    words = ImportReport(last=last).future_words(RIGHT)
    assert said in words
    assert bool(words) == bool(said)


def test_an_import_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    logs = tmp_path / "PT1H.json"
    lines = [f"{seconds},10.0.0.4,10.0.0.5,50000,443,T,I,A" for seconds in (1_795_168_801, 9_214_646_399)]
    logs.write_bytes(whole_blob([nsg_record(1, lines)]))
    assert main(["import", str(logs), "--store", str(tmp_path / "f.duckdb")]) == 0
    assert "The newest flow says 2261-12-31 23:59 UTC" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("first", "last", "ends"),
    [
        (-3, 0, "newest"),
        (-3, 1, "newest"),
        (-3, 400, "now"),
        (300, 400, "newest"),
    ],
    ids=["of now", "a day ahead", "one of the future", "a clock that is behind"],
)
def test_a_window_of_a_length_ends_where_flows_are(first: int, last: int, ends: str) -> None:
    now = datetime.now(UTC)
    held = Extent(now + timedelta(days=first), now + timedelta(days=last, hours=-1), 9)
    assert held.until
    assert held.recent_until
    expected = held.until if ends == "newest" else now
    assert timedelta(minutes=-1) < held.recent_until - expected <= timedelta(minutes=2)
    after = periods.now(FlowFilter(), held)
    assert after.until
    assert abs(after.until - held.recent_until) <= timedelta(minutes=1)
    ahead = periods.now(FlowFilter(held.until - timedelta(minutes=9)), held)
    assert ahead.until == held.until
    assert Extent(None, None, 0).recent_until is None


def test_a_flow_of_the_future_leaves_windows_and_changes_full(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    now = int(datetime.now(UTC).timestamp())
    logs, store = tmp_path / "PT1H.json", tmp_path / "f.duckdb"
    times = (now - 3 * 86_400, now - 3_600, now + 400 * 86_400)
    logs.write_bytes(whole_blob([nsg_record(1, [f"{seconds},10.0.0.4,10.0.0.5,50000,443,T,I,A" for seconds in times])]))
    assert main(["import", str(logs), "--store", str(store)]) == 0
    save_view(LocalStore(store), SavedView("recent", "flows", {"window": "7d"}))
    capsys.readouterr()
    assert main(["flows", "--view", "recent", "--store", str(store)]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 4, "the future stays in sight too"
    assert main(["changes", "--store", str(store)]) == 0
    out, err = capsys.readouterr()
    assert f"{datetime.now(UTC) - timedelta(days=1):%Y-%m-%d} " in out + err, "the day up to now is compared"
    assert f"{datetime.now(UTC) + timedelta(days=400):%Y}" not in out + err


RIGHT = datetime(2026, 11, 26, 12, tzinfo=UTC)
WRONG = {"set back": datetime(2016, 1, 1, tzinfo=UTC), "set ahead": datetime(2056, 1, 1, tzinfo=UTC)}


@pytest.mark.parametrize("clock", WRONG)
def test_an_import_under_a_wrong_clock_stores_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, clock: str
) -> None:
    logs, wrong, right = write_days(tmp_path / "logs"), tmp_path / "wrong.duckdb", tmp_path / "right.duckdb"
    for path in (wrong, right):
        store = LocalStore(path)
        set_clock(monkeypatch, RIGHT)
        import_flows(FolderSource(logs), store)
        keeping.keep_days(store, 3)
        if path == wrong:
            set_clock(monkeypatch, WRONG[clock])
        write_hour(logs, 9, minutes=2)
        import_flows(FolderSource(logs), store)
        set_clock(monkeypatch, RIGHT)
        import_flows(FolderSource(logs), store)
        write_hour(logs, 9, minutes=1)
        assert store.extent().tuples == 3 * tuples_at(1) + tuples_at(2)
    assert held_by(LocalStore(wrong)).blobs == held_by(LocalStore(right)).blobs


def test_words_about_age_and_windows_follow_the_clock_and_break_under_none(monkeypatch: pytest.MonkeyPatch) -> None:
    newest = day_of(-1)
    assert coverage.age(newest, WRONG["set back"]) == "in the future"
    assert "ago" in coverage.age(newest, WRONG["set ahead"])
    for moment in WRONG.values():
        set_clock(monkeypatch, moment)
        since = parse_time("-1d")
        assert since
        assert (moment - since).days == 1
