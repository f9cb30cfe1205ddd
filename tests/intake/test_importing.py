"""Importing is exactly once: again, grown, rewritten, cut, killed, cancelled, and by two at the same time."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

from nsgflow_core.ask.query import FlowQuery, RowsQuery
from nsgflow_core.errors import SourceMissing, StoreIncompatible, StoreMissing
from nsgflow_core.intake.importing import Progress, import_flows
from nsgflow_core.sources.base import BlobInfo, Cursor
from nsgflow_core.sources.fingerprint import ReadPart
from nsgflow_core.sources.folder import FolderSource
from nsgflow_core.stores.local.ledger import Committed, Reading
from nsgflow_core.stores.local.store import LocalStore
from tests.conftest import ROOT

PATH = "flowLogResourceID=/S_NETWORKWATCHERRG/NETWORKWATCHER_X/y=2026/m=11/d=23/h=22/m=00/macAddress={mac}/PT1H.json"
HEAD, TAIL = b'{"records":[', b"]}"
TUPLES = 20


def record(minute: int, *, bad: int = 0) -> bytes:
    start = 1_764_000_000_000 + minute * 60_000
    lines = [f"{start + n},10.0.1.4,10.0.2.{n % 9 + 1},5{minute:04d},443,6,I,B,NX,0,0,0,0" for n in range(TUPLES)]
    lines += [f"{start},10.0.1.4,nowhere,50000,443,6,I,B,NX,0,0,0,0"] * bad
    flows = [{"aclID": "aaaa", "flowGroups": [{"rule": "DefaultRule_AllowVnetInBound", "flowTuples": lines}]}]
    return json.dumps(
        {
            "time": "2026-11-23T22:00:00.0Z",
            "flowLogVersion": 4,
            "macAddress": "00005E005301",
            "category": "FlowLogFlowEvent",
            "targetResourceID": "/subscriptions/s/vnet",
            "flowRecords": {"flows": flows},
        }
    ).encode()


def blob(*records: bytes) -> bytes:
    return HEAD + b",".join(records) + TAIL


def write(folder: Path, content: bytes, mac: int = 1) -> Path:
    path = folder / PATH.format(mac=f"00005E0053{mac:02X}")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


@pytest.fixture
def logs(tmp_path: Path) -> Path:
    folder = tmp_path / "logs"
    folder.mkdir()
    return folder


@pytest.fixture
def store(tmp_path: Path) -> LocalStore:
    return LocalStore(tmp_path / "flows.duckdb")


def stored(store: LocalStore) -> Counter[tuple[object, ...]]:
    """Every row with how often it is there."""
    rows = store.rows(RowsQuery(limit=None))
    return Counter(rows[["time", "src_ip", "dst_ip", "src_port", "mac"]].itertuples(index=False, name=None))


def clean_import(tmp_path: Path, logs: Path) -> Counter[tuple[object, ...]]:
    fresh = LocalStore(tmp_path / "clean.duckdb")
    import_flows(FolderSource(logs), fresh)
    return stored(fresh)


@pytest.mark.parametrize("content", [HEAD + TAIL, HEAD, b'{ "records": [] }'])
def test_a_blob_that_holds_no_record_yet_is_whole(logs: Path, store: LocalStore, content: bytes) -> None:
    write(logs, content)
    first = import_flows(FolderSource(logs), store)
    assert (first.bytes_read, first.tuples, first.incomplete, first.exit_status) == (len(content), 0, 0, 0)
    assert import_flows(FolderSource(logs), store).bytes_read == 0


def test_twice_reads_nothing_the_second_time(logs: Path, store: LocalStore) -> None:
    content = blob(record(0, bad=2), record(1))
    write(logs, content)
    first = import_flows(FolderSource(logs), store)
    assert (first.blobs_seen, first.blobs_read, first.blobs_failed, first.exit_status) == (1, 1, 0, 0)
    assert (first.bytes_read, first.tuples, first.rejected) == (len(content), 2 * TUPLES, 2)
    assert sum(first.reasons.values()) == 2
    assert store.rejections()["tuples"].tolist() == [2]
    identity = store.identity
    again = import_flows(FolderSource(logs), store)
    assert (again.blobs_seen, again.blobs_read, again.bytes_read, again.tuples, again.rejected) == (1, 0, 0, 0, 0)
    assert (again.first, again.last, again.exit_status) == (None, None, 0)
    assert store.identity == identity
    report = json.loads(again.to_json())
    assert list(report)[:9] == [
        *("blobs_seen", "blobs_read", "blobs_failed", "bytes_read", "tuples", "rejected", "first", "last", "failures")
    ]


def test_grown_reads_only_what_is_new(logs: Path, store: LocalStore, tmp_path: Path) -> None:
    before = blob(record(0))
    write(logs, before)
    import_flows(FolderSource(logs), store)
    grown = blob(record(0), record(1, bad=1), record(2))
    write(logs, grown)
    report = import_flows(FolderSource(logs), store)
    assert report.bytes_read == len(grown) - len(before) + len(TAIL)
    assert (report.tuples, report.rejected) == (2 * TUPLES, 1)
    assert stored(store) == clean_import(tmp_path, logs)
    (line,) = store.blobs().to_dict("records")
    assert (line["tuples"], line["rejected"]) == (3 * TUPLES, 1)


@pytest.mark.parametrize("content", [blob(record(5)), blob(record(5), record(6), record(7), record(8))])
def test_rewritten_replaces_its_rows(logs: Path, store: LocalStore, tmp_path: Path, content: bytes) -> None:
    write(logs, blob(record(0, bad=3), record(1)))
    write(logs, blob(record(9)), mac=2)
    import_flows(FolderSource(logs), store)
    write(logs, content)
    report = import_flows(FolderSource(logs), store)
    assert report.bytes_read == len(content)
    assert stored(store) == clean_import(tmp_path, logs)
    assert store.rejections().empty


def test_cut_anywhere_then_whole(logs: Path, store: LocalStore, tmp_path: Path) -> None:
    whole = blob(record(0), record(1), record(2))
    for cut in sorted(random.Random(7).sample(range(len(HEAD), len(whole)), 12)):
        write(logs, whole[:cut])
        report = import_flows(FolderSource(logs), store)
        assert report.exit_status == 0
    assert report.incomplete in (0, 1)
    write(logs, whole)
    import_flows(FolderSource(logs), store)
    assert stored(store) == clean_import(tmp_path, logs)
    assert max(stored(store).values()) == 1


@pytest.mark.parametrize("content", [blob(), HEAD, HEAD + record(0)[:50]])
def test_a_blob_without_a_whole_record_is_read_once(logs: Path, store: LocalStore, content: bytes) -> None:
    write(logs, content)
    assert import_flows(FolderSource(logs), store).bytes_read == len(content)
    assert import_flows(FolderSource(logs), store).bytes_read == 0
    write(logs, blob(record(0), record(1)))
    assert import_flows(FolderSource(logs), store).tuples == 2 * TUPLES


def test_a_bad_blob_fails_alone(logs: Path, store: LocalStore) -> None:
    write(logs, blob(record(0)))
    (logs / "notes.json").write_text("this is no flow log")
    report = import_flows(FolderSource(logs), store)
    assert (report.blobs_seen, report.blobs_read, report.blobs_failed, report.tuples) == (2, 1, 1, TUPLES)
    assert report.exit_status == 1
    assert report.failures[0].blob.endswith("notes.json")
    (logs / "notes.json").unlink()


def test_nothing_readable_is_status_2(logs: Path, store: LocalStore) -> None:
    (logs / "notes.json").write_text("this is no flow log")
    assert import_flows(FolderSource(logs), store).exit_status == 2
    with pytest.raises(SourceMissing):
        import_flows(FolderSource(logs / "nowhere"), store)


def test_a_window_without_blobs_is_status_0(logs: Path, store: LocalStore) -> None:
    write(logs, blob(record(0)))
    report = import_flows(FolderSource(logs), store, since=datetime(2027, 1, 1, tzinfo=UTC))
    assert (report.blobs_seen, report.exit_status) == (0, 0)


def test_cancelled_goes_on_later(logs: Path, store: LocalStore, tmp_path: Path) -> None:
    for mac in range(1, 6):
        write(logs, blob(record(mac)), mac)
    told: list[Progress] = []
    report = import_flows(
        FolderSource(logs), store, on_progress=told.append, cancelled=lambda: bool(told) and told[-1].blobs_done >= 2
    )
    assert report.cancelled
    assert 0 < report.tuples < 5 * TUPLES
    assert import_flows(FolderSource(logs), store, on_progress=told.append).tuples == 5 * TUPLES - report.tuples
    assert stored(store) == clean_import(tmp_path, logs)
    assert (told[-1].blobs_done, told[-1].bytes_done) == (5, told[-1].bytes_total)


def test_a_large_blob_is_stored_in_several_commits(
    logs: Path, store: LocalStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nsgflow_core.intake.importing.BATCH_TUPLES", 50)
    monkeypatch.setattr("nsgflow_core.formats.records.CHUNK", 4000)
    write(logs, blob(*(record(minute) for minute in range(12))))
    commits = []
    plain = store.commit

    def commit(batch: Sequence[Reading]) -> Committed:
        commits.append(len(batch))
        return plain(batch)

    monkeypatch.setattr(store, "commit", commit)
    assert import_flows(FolderSource(logs), store).tuples == 12 * TUPLES
    assert len(commits) > 3
    assert stored(store) == clean_import(tmp_path, logs)


_RUN = """
import sys, pathlib
from nsgflow_core.intake import importing
from nsgflow_core.sources.folder import FolderSource
from nsgflow_core.stores.local.ledger import Committed, Reading
from nsgflow_core.stores.local.store import LocalStore
importing.BATCH_TUPLES = 3000
print("ready", flush=True)
importing.import_flows(FolderSource(pathlib.Path(sys.argv[1])), LocalStore(pathlib.Path(sys.argv[2])))
"""


def start_import(logs: Path, path: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", _RUN, str(logs), str(path)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )


@pytest.fixture
def many(logs: Path) -> Path:
    """40,000 tuples in 40 blobs: some seconds of small commits."""
    for mac in range(1, 41):
        write(logs, blob(*(record(minute) for minute in range(50))), mac)
    return logs


def test_killed_at_any_moment_then_again(many: Path, store: LocalStore, tmp_path: Path) -> None:
    moments = random.Random(11)
    killed = 0
    for _ in range(6):
        process = start_import(many, store.path)
        assert process.stdout
        process.stdout.readline()
        time.sleep(moments.uniform(0.05, 0.7))
        killed += process.poll() is None
        process.send_signal(signal.SIGKILL)
        process.wait()
        process.stdout.close()
        try:
            total = store.extent().tuples
        except StoreMissing:
            continue
        assert len(store.rows(RowsQuery(limit=None))) == total, "the ledger and the rows agree after a kill"
    assert killed
    import_flows(FolderSource(many), store)
    assert stored(store) == clean_import(tmp_path, many)


class Overtaken(FolderSource):
    """A source whose every reading is overtaken: another importer takes the same bytes before they can be stored."""

    def __init__(self, folder: Path, store: LocalStore) -> None:
        super().__init__(folder)
        self.folder, self.faster = folder, store

    def read(self, blob: BlobInfo, cursor: Cursor | None) -> ReadPart | None:
        part = super().read(blob, cursor)
        assert import_flows(FolderSource(self.folder), self.faster).tuples == TUPLES
        return part


@pytest.mark.parametrize("grown", [False, True], ids=["new blob", "the same delta"])
def test_of_two_importers_of_the_same_bytes_one_stores_them(
    logs: Path, store: LocalStore, tmp_path: Path, grown: bool
) -> None:
    if grown:
        write(logs, blob(record(0)))
        import_flows(FolderSource(logs), store)
        write(logs, blob(record(0), record(1, bad=1)))
    else:
        write(logs, blob(record(1, bad=1)))
    slower = import_flows(Overtaken(logs, LocalStore(store.path)), store)
    assert (slower.tuples, slower.rejected, slower.reasons, slower.blobs_failed) == (0, 0, {}, 0)
    assert stored(store) == clean_import(tmp_path, logs)
    assert store.rejections()["tuples"].tolist() == [1]
    assert store.blobs()["tuples"].tolist() == [TUPLES * (1 + grown)]


def test_two_importers_at_once_and_a_reader(many: Path, store: LocalStore, tmp_path: Path) -> None:
    processes = [start_import(many, store.path) for _ in range(2)]
    seen = []
    while any(process.poll() is None for process in processes):
        try:
            line = store.fetch(FlowQuery(measures=("tuples",)))
            seen.append(int(line["tuples"].iloc[0]))
        except StoreMissing:
            pass
        time.sleep(0.02)
    assert [process.wait() for process in processes] == [0, 0]
    for process in processes:
        assert process.stdout
        process.stdout.close()
    assert seen == sorted(seen)
    assert stored(store) == clean_import(tmp_path, many)


def test_threads_ask_while_this_process_imports(many: Path, store: LocalStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nsgflow_core.intake.importing.BATCH_TUPLES", 2000)
    import_flows(FolderSource(many / PATH.format(mac="00005E005301").split("/")[0]), store)
    done = threading.Event()
    failures: list[BaseException] = []
    counts: list[int] = []

    def ask() -> None:
        try:
            while not done.is_set():
                frame = LocalStore(store.path).fetch(FlowQuery(by=("port",), measures=("flows", "tuples")))
                counts.append(int(frame["tuples"].sum()))
        except BaseException as failure:
            failures.append(failure)

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    write(many, blob(*(record(minute) for minute in range(60))), 1)
    import_flows(FolderSource(many), store)
    done.set()
    for thread in threads:
        thread.join()
    assert not failures
    assert counts
    assert store.extent().tuples == (39 * 50 + 60) * TUPLES


def test_a_file_that_is_no_store(tmp_path: Path) -> None:
    path = tmp_path / "other.duckdb"
    with pytest.raises(StoreMissing, match="no store"):
        LocalStore(path).extent()
    path.write_text("not a database" * 1000)
    with pytest.raises(StoreIncompatible):
        LocalStore(path).extent()
    with pytest.raises(StoreIncompatible):
        LocalStore(path).save_setting("a", "b")


def test_settings_and_maps_stay(store: LocalStore) -> None:
    assert store.setting("decisions") is None
    assert not store.subnets.subnets
    store.save_setting("decisions", "one")
    store.save_setting("decisions", "two")
    store.save_nsg_names({"AAAA": "web-nsg"})
    again = LocalStore(store.path)
    assert again.setting("decisions") == "two"
    assert again.nsg_names == {"aaaa": "web-nsg"}
    assert store.fetch(FlowQuery()).iloc[0, 0] == 0
