"""What is new in a round: never seen before it began, told once, and also by a process of its own for each round."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pandas as pd

from nsgflow_core.analysis.compared import news
from nsgflow_core.intake.importing import import_flows
from nsgflow_core.intake.job import ImportWindow
from nsgflow_core.sources.folder import FolderSource
from nsgflow_core.stores.local.store import LocalStore
from nsgflow_core.watch import rounds
from nsgflow_core.watch.watcher import Watcher, last_round
from tests.watch.logs import NOW, write_hour

HOUR = timedelta(hours=1)
NEVER = timedelta(days=36_500)


def test_what_was_never_seen_before_is_new_once(tmp_path: Path) -> None:
    logs, store = tmp_path / "logs", LocalStore(tmp_path / "flows.duckdb")
    watcher = Watcher(store, "logs", NEVER)
    write_hour(logs, NOW, allowed=("10.0.2.1:443",), denied=("203.0.113.5",))
    source = FolderSource(logs)
    first = watcher.round(source, ImportWindow())
    assert (first.report.tuples, first.is_news) == (2, False), "there was nothing before to compare it with"
    # An hour that comes late: its first_seen lies before all that is known, and yet it is news.
    late = ("10.0.2.1:443", "10.0.2.1:8443", "10.0.2.9:443")
    write_hour(logs, NOW - 5 * HOUR, allowed=late, denied=("203.0.113.5", "203.0.113.6"))
    second = watcher.round(source, ImportWindow())
    assert {(row["dst_ip"], row["port"]) for row in second.services.rows} == {("10.0.2.1", 8443), ("10.0.2.9", 443)}
    assert [row["src_ip"] for row in second.denied_sources.rows] == ["203.0.113.6"]
    told = json.loads(second.to_json())
    assert told["new_services"]["count"] == 2
    assert told["new_services"]["rows"][0]["first_seen"] == "2026-11-25T07:00:00Z"
    assert "2 new services: 10.0.2.1 TCP 8443, and 1 more; new denied source: 203.0.113.6" in second.words
    assert not watcher.round(source, ImportWindow()).is_news


def test_what_another_import_brought_before_the_round_is_not_its_news(tmp_path: Path) -> None:
    logs, store = tmp_path / "logs", LocalStore(tmp_path / "flows.duckdb")
    watcher = Watcher(store, "logs", NEVER)
    write_hour(logs, NOW, allowed=("10.0.2.1:443",))
    watcher.round(FolderSource(logs), ImportWindow())
    write_hour(tmp_path / "other", NOW - HOUR, log="LOG-B", allowed=("10.0.2.2:25",))
    import_flows(FolderSource(tmp_path / "other"), store)
    write_hour(logs, NOW + HOUR, allowed=("10.0.2.2:25", "10.0.2.3:25"))
    assert [row["dst_ip"] for row in watcher.round(FolderSource(logs), ImportWindow()).services.rows] == ["10.0.2.3"]


def test_a_flow_log_falls_silent_once_even_over_processes(tmp_path: Path) -> None:
    logs, file = tmp_path / "logs", tmp_path / "flows.duckdb"
    recent = pd.Timestamp.now("UTC").floor("h").to_pydatetime()
    write_hour(logs, recent, log="LIVE", allowed=("10.0.2.1:443",))
    write_hour(logs, recent - 9 * HOUR, log="DEAD", allowed=("10.0.2.1:443",))

    def new_process() -> rounds.Round:
        return Watcher(LocalStore(file), "logs").round(FolderSource(logs), ImportWindow())

    fallen = new_process().silent_logs
    assert [row["flow_log"] for row in fallen.rows] == ["DEAD"]
    assert fallen.rows[0]["hours"] in (8, 9)
    assert not new_process().is_news
    write_hour(logs, recent, log="DEAD", allowed=("10.0.2.1:443",))
    assert not new_process().is_news
    assert last_round(LocalStore(file), "logs").silent == frozenset()


def test_a_flow_log_that_another_import_woke_can_fall_silent_again(tmp_path: Path) -> None:
    """The round itself reads nothing then, and has no news."""
    logs, file = tmp_path / "logs", tmp_path / "flows.duckdb"
    recent = pd.Timestamp.now("UTC").floor("h").to_pydatetime()
    write_hour(logs, recent, log="LIVE", allowed=("10.0.2.1:443",))
    write_hour(logs, recent - 9 * HOUR, log="DEAD", allowed=("10.0.2.1:443",))
    Watcher(LocalStore(file), "logs").round(FolderSource(logs), ImportWindow())
    assert len(last_round(LocalStore(file), "logs").silent) == 1
    write_hour(logs, recent, log="DEAD", allowed=("10.0.2.1:443",))
    import_flows(FolderSource(logs), LocalStore(file))
    round_after = Watcher(LocalStore(file), "logs").round(FolderSource(logs), ImportWindow())
    assert not round_after.report.tuples
    assert not round_after.is_news
    assert last_round(LocalStore(file), "logs").silent == frozenset()


def test_silence_is_counted_from_the_last_entry() -> None:
    logs = pd.DataFrame(
        {"flow_log": ["a", "b", "", "c"], "last": [NOW - 4 * HOUR, NOW - 3 * HOUR, NOW - 9 * HOUR, None]}
    )
    logs["last"] = pd.to_datetime(logs["last"], utc=True)
    silent = news.silent_logs(logs, NOW, 3 * HOUR)
    assert silent["flow_log"].tolist() == ["a"]
    assert silent["hours"].tolist() == [4]


def test_a_source_that_is_gone_is_the_rounds_error_and_not_its_end(tmp_path: Path) -> None:
    logs, store = tmp_path / "logs", LocalStore(tmp_path / "flows.duckdb")
    write_hour(logs, NOW, allowed=("10.0.2.1:443",))
    source, watcher = FolderSource(logs), Watcher(store, "logs", NEVER)
    logs.rename(tmp_path / "away")
    gone = watcher.round(source, ImportWindow())
    assert gone.exit_status == 2
    assert "logs" in gone.error
    (tmp_path / "away").rename(logs)
    assert watcher.round(source, ImportWindow()).exit_status == 0
