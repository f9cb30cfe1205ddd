"""Imports of the process: one at a time for a store, cancelled by whoever may, and no credential kept afterwards."""

from __future__ import annotations

import gc
import subprocess
import sys
import threading
import weakref
from collections.abc import Callable
from pathlib import Path

import pytest

from nsgflow_core.ask.query import RowsQuery
from nsgflow_core.errors import SourceDenied, StoreBusy
from nsgflow_core.intake.importing import import_flows
from nsgflow_core.intake.job import ImportDesk, ImportJob, ImportTask, ImportWindow, desk_of
from nsgflow_core.intake.pace import LOOKED_BACK, NEEDED, Pace
from nsgflow_core.intake.report import ImportReport, Progress
from nsgflow_core.sources.base import BlobInfo, Cursor
from nsgflow_core.sources.fingerprint import ReadPart
from nsgflow_core.sources.folder import FolderSource
from nsgflow_core.stores.local.store import LocalStore
from tests.conftest import ROOT
from tests.intake.growing import blob, clean_import, record, stored, write

SOON = 30.0


class Waiting(FolderSource):
    """A folder whose blobs come only when they are let through."""

    def __init__(self, folder: Path, failure: Exception | None = None) -> None:
        super().__init__(folder)
        self.asked, self.let = threading.Event(), threading.Event()
        self.failure = failure

    def read(self, blob: BlobInfo, cursor: Cursor | None) -> ReadPart | None:
        self.asked.set()
        assert self.let.wait(SOON)
        if self.failure:
            raise self.failure
        return super().read(blob, cursor)


def into(store: LocalStore, source: FolderSource) -> ImportTask:
    def run(job: ImportJob) -> ImportReport:
        return import_flows(source, store, on_progress=job.tell, cancelled=lambda: job.is_cancelled)

    return run


def start(store: LocalStore, source: FolderSource) -> ImportJob:
    return desk_of(store.path).start(source.name, ImportWindow(), into(store, source))


def test_one_at_a_time_for_a_store_by_whatever_path(logs: Path, store: LocalStore, tmp_path: Path) -> None:
    write(logs, blob(record(0)))
    source = Waiting(logs)
    first = start(store, source)
    (tmp_path / "there").mkdir()
    same = LocalStore(tmp_path / "there" / ".." / "flows.duckdb")
    with pytest.raises(StoreBusy, match=r"An import of Folder logs is running, since \d\d:\d\d UTC.*One runs at"):
        start(same, FolderSource(logs))
    other = start(LocalStore(tmp_path / "other.duckdb"), FolderSource(logs))
    assert other.wait(SOON), "another store is not in the way"
    source.let.set()
    assert first.wait(SOON)
    assert start(same, FolderSource(logs)).wait(SOON)
    assert stored(store) == clean_import(tmp_path, logs)


def test_cancelling_keeps_what_is_stored_and_stops_no_later_one(many: Path, store: LocalStore, tmp_path: Path) -> None:
    source, desk = Waiting(many), desk_of(store.path)
    job = start(store, source)
    assert source.asked.wait(SOON)
    desk.cancel(job.number)
    source.let.set()
    assert job.wait(SOON)
    assert job.result
    assert job.result.cancelled
    again = Waiting(many)
    later = start(store, again)
    desk.cancel(job.number)
    again.let.set()
    assert later.wait(SOON)
    assert desk.ended is later
    assert later.result
    assert not later.result.cancelled
    assert stored(store) == clean_import(tmp_path, many)


@pytest.mark.parametrize(
    "failure", [None, SourceDenied("No.", "Ask."), ValueError("sig=abc")], ids=["stored", "refused", "foreign"]
)
def test_a_source_and_its_credential_are_let_go_at_the_end(
    logs: Path, store: LocalStore, failure: Exception | None
) -> None:
    class Listed(FolderSource):
        def blobs(self, *window: object) -> object:  # type: ignore[override]
            if failure:
                raise failure
            return super().blobs()

    write(logs, blob(record(0)))
    source = Listed(logs)
    held = weakref.ref(source)
    job = start(store, source)
    del source
    assert job.wait(SOON)
    assert (job.error is None) == (failure is None)
    assert "sig=abc" not in str(job.error)
    if failure:
        failure.__traceback__ = None  # the test's own hold on it
    gc.collect()
    assert held() is None


HOLD = """
import duckdb, sys
held = duckdb.connect(sys.argv[1])
print("held", flush=True)
sys.stdin.read()
"""


def test_a_store_that_another_program_holds_is_said_and_left(
    logs: Path, store: LocalStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(logs, blob(record(0)))
    import_flows(FolderSource(logs), store)
    write(logs, blob(record(0), record(1)))
    for name in ("PATIENCE", "WRITER_PATIENCE"):
        monkeypatch.setattr(f"nsgflow_core.stores.local.disk.opening.{name}", 0.2)
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(store.path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert holder.stdin
    assert holder.stdout
    holder.stdout.readline()
    job = start(store, FolderSource(logs))
    assert job.wait(SOON)
    holder.communicate("")
    assert isinstance(job.error, StoreBusy)
    assert f"Another program (process {holder.pid}) is writing to" in str(job.error)
    again = start(store, FolderSource(logs))
    assert again.wait(SOON)
    assert again.result
    assert again.result.blobs_read == 1


ENDS = """
import sys, pathlib
from nsgflow_core.intake import importing
from nsgflow_core.intake.job import ImportWindow, desk_of
from nsgflow_core.sources.folder import FolderSource
from nsgflow_core.stores.local.store import LocalStore
importing.BATCH_TUPLES = 500
logs, file = map(pathlib.Path, sys.argv[1:])
def run(job):
    return importing.import_flows(FolderSource(logs), LocalStore(file), cancelled=lambda: job.is_cancelled)
job = desk_of(file).start("logs", ImportWindow(), run)
while not file.exists() or file.stat().st_size < 100_000:
    job.wait(0.01)
"""


def test_a_process_that_ends_waits_for_a_safe_point(many: Path, store: LocalStore, tmp_path: Path) -> None:
    """A thread cut inside DuckDB would abort: status -6, and a core dump."""
    ended = subprocess.run(
        [sys.executable, "-c", ENDS, str(many), str(store.path)], cwd=ROOT, capture_output=True, text=True, timeout=60
    )
    assert ended.returncode == 0
    assert "terminate" not in ended.stderr
    assert len(store.rows(RowsQuery(limit=None))) == store.extent().tuples
    import_flows(FolderSource(many), store)
    assert stored(store) == clean_import(tmp_path, many)


def test_a_round_of_the_server_is_no_news_but_what_it_brought_is() -> None:
    desk = ImportDesk()

    def brings(tuples: int) -> Callable[[ImportJob], ImportReport]:
        return lambda _job: ImportReport(tuples=tuples)

    for tuples, expected in ((0, 0), (5, 2), (0, 2)):
        assert desk.start("a", ImportWindow(), brings(tuples), is_asked=False).wait(SOON)
        assert desk.changes == expected
    assert desk.ended is None


def told(pace: Pace, *looks: tuple[float, int], total: int = 1000) -> float | None:
    """What is said at the last of some (seconds, bytes done)."""
    left = None
    for seconds, done in looks:
        left = pace.seconds_left(Progress(10, 1, total, done, 0, 0, seconds))
    return left


def test_time_left_is_said_only_when_it_can_be_known() -> None:
    assert told(Pace(), (0.0, 0), (1.0, 100)) is None, "it just began"
    assert told(Pace(), (0.0, 0), (5.0, 0), (10.0, 0)) is None, "one large blob, nothing is done yet"
    steady = [(float(second), 10 * second) for second in range(21)]
    assert told(Pace(), *steady) == pytest.approx(80.0)
    skipped = [(0.0, 0), (1.0, 500), (2.0, 505), (3.0, 510), (4.0, 515), (NEEDED + 1, 520)]
    assert told(Pace(), *skipped) is None, "what held nothing new flew past"
    later = [(second + LOOKED_BACK, 500 + 5 * second) for second in range(1, 41)]
    assert told(Pace(), *skipped, *later) == pytest.approx(300 / 5)
