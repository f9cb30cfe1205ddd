"""Old logs and one flow whose clock is years ahead: every page counts its window alike, and says why it holds less."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from nsgflow_core.__main__ import main
from nsgflow_core.stores.local.store import LocalStore
from nsgflow_core.ui.query import answer
from nsgflow_core.ui.query.editor import WINDOWS
from tests.estates.records import nsg_record, whole_blob
from tests.ui.frame.as_it_reads import as_it_reads
from tests.ui.opening import open_page

AHEAD = "windows count back from now"
LATE = datetime.now(UTC) + timedelta(days=400)


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> LocalStore:
    path, logs = tmp_path / "flows.duckdb", tmp_path / "PT1H.json"
    monkeypatch.setenv("NSGFLOW_STORE", str(path))
    moments = (datetime.now(UTC) - timedelta(days=40), LATE)
    lines = [f"{int(moment.timestamp())},10.0.0.4,10.0.0.5,50000,443,T,I,A" for moment in moments]
    logs.write_bytes(whole_blob([nsg_record(1, lines)]))
    assert main(["import", str(logs), "--store", str(path)]) == 0
    return LocalStore(path)


def words(page: AppTest) -> str:
    return as_it_reads(" ".join([*(each.value for each in page.caption), *(each.value for each in page.info)]))


@pytest.mark.parametrize("window", ["24h", "7d"])
def test_a_page_says_why_its_window_holds_little(store: LocalStore, window: str) -> None:
    page = open_page("flows", {"window": window})
    assert f"A flow claims to be of {LATE:%Y-%m-%d %H:%M}" in words(page)
    assert AHEAD in words(page)
    assert AHEAD not in words(open_page("flows"))


def test_an_empty_window_says_so_too(store: LocalStore, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    window = ("--since", "-1d", "--until", "now")
    assert main(["denied", *window, "--store", str(store.path)]) == 0
    assert AHEAD in capsys.readouterr().err


@pytest.mark.parametrize("window", WINDOWS)
def test_kql_is_asked_of_the_window_of_the_other_pages(
    store: LocalStore, monkeypatch: pytest.MonkeyPatch, window: str
) -> None:
    since: list[datetime | None] = []
    monkeypatch.setattr(answer, "show", lambda asked: since.append(asked.since))
    open_page("query", {"kql": "NTANetAnalytics | count", "kql_window": window})
    days = {"24h": 1, "7d": 7}.get(window)
    if days is None:
        assert since == [None]
    else:
        assert since[0]
        assert abs(since[0] - (datetime.now(UTC) - timedelta(days=days))) < timedelta(minutes=5)
