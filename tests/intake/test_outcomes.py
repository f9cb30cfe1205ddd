"""What becomes of each blob: read, rejected whole, failed whatever was raised, left out; and the exit status of it."""

from __future__ import annotations

import io
import json
import threading
import time
from collections.abc import Callable
from pathlib import Path

import orjson
import pytest

from nsgflow_core.__main__ import main
from nsgflow_core.errors import SourceMissing
from nsgflow_core.formats.framing import records, scan
from nsgflow_core.intake.importing import import_flows
from nsgflow_core.sources.base import BlobInfo, Cursor
from nsgflow_core.sources.fingerprint import ReadPart
from nsgflow_core.sources.folder import FolderSource
from nsgflow_core.stores.local.store import LocalStore
from tests.estates.records import nsg_record, whole_blob
from tests.intake.growing import HEAD, TAIL, TUPLES, blob, clean_import, record, stored, write

SHORT = "1795168801,10.0.0.1,203.0.113.34,12345,443,T,O,A"
GOOD = f"{SHORT},B,,,,"
FLAT = {"time": "x", "category": "NetworkSecurityGroupFlowEvent", "resourceId": "/X", "version": 2.0, "mac": "0"}


class LibraryError(Exception):
    """What an SDK with a bug may raise."""


RAISED = {
    "memory": MemoryError(),
    "recursion": RecursionError("maximum recursion depth exceeded"),
    "disk": OSError(5, "Input/output error"),
    "nameless": OSError(),
    "text": UnicodeDecodeError("utf-8", b"\xff", 0, 1, "invalid start byte"),
    "time": TimeoutError("timed out"),
    "connection": ConnectionResetError(104, "Connection reset by peer"),
    "sdk": LibraryError("https://acct.blob.core.windows.net/?sig=SECRET"),
    "value": ValueError("Required Content-Range response header is missing or malformed."),
    "key": KeyError("etag"),
    "stop": StopIteration(),
    "assertion": AssertionError(),
    "arithmetic": ZeroDivisionError("division by zero"),
}


class Faulty(FolderSource):
    """A folder of which one blob cannot be read, or whose bytes cannot be looked at."""

    def __init__(self, folder: Path, failure: Exception, *, late: bool) -> None:
        super().__init__(folder)
        self.failure, self.late = failure, late

    def read(self, blob: BlobInfo, cursor: Cursor | None) -> ReadPart | None:
        part = super().read(blob, cursor)
        if not blob.mac.endswith("02"):
            return part
        if not self.late or part is None:
            raise self.failure
        return _Unreadable(part.data, part.offset, part.etag, failure=self.failure)


class _Unreadable(ReadPart):
    def __init__(self, content: bytes, offset: int, etag: str, *, failure: Exception) -> None:
        super().__init__(content, offset, etag)
        self.failure = failure

    def fingerprint(self, end: int) -> str:
        raise self.failure


@pytest.mark.parametrize("late", [False, True], ids=["while it is fetched", "while it is parsed"])
@pytest.mark.parametrize("failure", RAISED.values(), ids=RAISED)
def test_whatever_is_raised_is_one_blobs_failure(
    logs: Path, store: LocalStore, tmp_path: Path, failure: Exception, late: bool
) -> None:
    for mac in (1, 2, 3):
        write(logs, blob(record(mac)), mac)
    report = import_flows(Faulty(logs, failure, late=late), store)
    assert (report.blobs_read, report.blobs_failed, report.tuples, report.exit_status) == (2, 1, 2 * TUPLES, 1)
    (told,) = report.failures
    assert "macAddress=00005E005302" in told.blob
    assert told.reason.endswith(".")
    assert not [word for word in ("Traceback", "SECRET", "Error:", "https://", "()") if word in told.reason]
    assert import_flows(FolderSource(logs), store).tuples == TUPLES, "it is tried again"
    assert stored(store) == clean_import(tmp_path, logs)


def test_no_thread_outlives_an_import_though_a_failure_remembers_where_it_was_raised(
    logs: Path, store: LocalStore
) -> None:
    write(logs, blob(record(2)), 2)
    failure = RuntimeError("broken")
    assert import_flows(Faulty(logs, failure, late=True), store).blobs_failed == 1
    assert failure.__traceback__
    started = time.monotonic()
    while [each for each in threading.enumerate() if each.name.startswith(("nsgflow-read", "nsgflow-store"))]:
        assert time.monotonic() - started < 5
        time.sleep(0.01)


def test_a_store_that_cannot_be_written_is_no_blobs_failure(logs: Path, store: LocalStore) -> None:
    write(logs, blob(record(0)))

    def refuse(_batch: object) -> None:
        raise MemoryError

    store.commit = refuse  # type: ignore[method-assign, assignment]
    with pytest.raises(MemoryError):
        import_flows(FolderSource(logs), store)


@pytest.mark.parametrize(
    ("lines", "rejected"),
    [
        ([SHORT], 1),
        ([SHORT, SHORT], 2),
        ([SHORT, GOOD], 1),
        ([GOOD, SHORT], 1),
        ([GOOD, SHORT, GOOD], 1),
        ([f"{SHORT},B", GOOD], 1),
        ([GOOD, ""], 1),
        (["", SHORT, "x"], 3),
    ],
)
def test_short_tuples_in_every_position(
    logs: Path, store: LocalStore, capsys: pytest.CaptureFixture[str], lines: list[str], rejected: int
) -> None:
    (logs / "PT1H.json").write_bytes(whole_blob([nsg_record(2, lines)]))
    taken = len(lines) - rejected
    for _ in range(2):
        status = main(["import", str(logs), "--store", str(store.path), "--json"])
        report = json.loads(capsys.readouterr().out)
        assert status == (0 if taken else 2), "also when nothing has changed since"
        assert report["blobs_rejected"] == (not taken)
        assert (report["rejected_blobs"] != []) == (not taken)
        assert all("wrong number of fields" in each["reason"] for each in report["rejected_blobs"])
    assert (store.extent().tuples, int(store.rejections()["tuples"].sum())) == (taken, rejected)


def test_one_damaged_counter_spoils_no_sum(logs: Path, store: LocalStore, capsys: pytest.CaptureFixture[str]) -> None:
    damaged = [f"{SHORT},E,{at}" for at in (f"1,{2**63 - 1},1,{2**63 - 1}", f"1,{10**15},1,1", f"{2**32},1,-1,1")]
    sound = [f"{SHORT},E,{2**32 + at},999999999999999,{2**31},{2**32 - 1}" for at in range(9)]
    (logs / "PT1H.json").write_bytes(whole_blob([nsg_record(2, [*sound, *damaged])]))
    assert import_flows(FolderSource(logs), store).reasons == {"bad counter": 3}
    assert main(["summarize", "--by", "port", "--measure", "bytes,packets", "--store", str(store.path)]) == 0
    wanted = f"443,{9 * (10**15 - 1 + 2**32 - 1)},{9 * (2**32 + 2**31) + 36}"
    assert wanted in capsys.readouterr().out


def test_a_blob_rejected_whole_is_not_read_and_the_others_are(logs: Path, store: LocalStore) -> None:
    write(logs, blob(record(0)))
    (logs / "flat.json").write_bytes(whole_blob([FLAT, FLAT]))
    report = import_flows(FolderSource(logs), store)
    assert (report.blobs_seen, report.blobs_read, report.blobs_rejected, report.exit_status) == (2, 1, 1, 1)
    assert report.rejected_blobs[0].reason == "All of it was rejected: 2 x record without flows."
    assert import_flows(FolderSource(logs), store).exit_status == 1
    (logs / "flat.json").write_bytes(whole_blob([nsg_record(2, [GOOD])]))
    mended = import_flows(FolderSource(logs), store)
    assert (mended.blobs_read, mended.blobs_rejected, mended.exit_status) == (1, 0, 0)


def test_other_logs_and_compressed_files_are_left_out_and_counted(
    logs: Path, store: LocalStore, capsys: pytest.CaptureFixture[str]
) -> None:
    write(logs, blob(record(0)))
    other = logs / "insights-logs-auditevent/resourceId=/SUBSCRIPTIONS/X/y=2026/m=11/d=20/h=10/m=00/PT1H.json"
    other.parent.mkdir(parents=True)
    other.write_text('{"category":"AuditEvent"}\n{"category":"AuditEvent"}\n')
    (logs / "PT1H.json.gz").write_bytes(b"\x1f\x8b")
    for _ in range(2):
        assert main(["import", str(logs), "--store", str(store.path)]) == 0
        told = capsys.readouterr().out
        assert "left out: 1 x not flow logs" in told
        assert "gunzip" in told
    with pytest.raises(SourceMissing, match="not flow logs"):
        import_flows(FolderSource(logs / "insights-logs-auditevent"), store)


def test_a_record_too_large_is_told_with_its_place(
    logs: Path, store: LocalStore, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    small, large = record(1), record(2, bad=100)
    monkeypatch.setattr(records, "CHUNK", len(small))
    monkeypatch.setattr(scan, "RECORD_LIMIT", 2 * len(small))
    write(logs, blob(small, large, record(3)))
    assert main(["import", str(logs), "--store", str(store.path), "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert (report["tuples"], report["reasons"]) == (2 * TUPLES, {"too large a record": 1})
    (told,) = report["passed_over"]
    assert f"at byte {len(HEAD) + len(small) + 1:,} is over the limit" in told["reason"]
    write(logs, blob(small, large, record(3), large))
    report2 = import_flows(FolderSource(logs), store)
    assert f"at byte {len(blob(small, large, record(3)) + b',') - len(TAIL):,} is" in report2.passed_over[0].reason


@pytest.mark.parametrize("stop_after", range(1, 5))
def test_cancelled_within_a_blob_goes_on_there(
    logs: Path, store: LocalStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stop_after: int
) -> None:
    """The end of a blob is remembered as read only when it was: its ETag has not changed since."""
    monkeypatch.setattr(records, "CHUNK", 4000)
    write(logs, blob(*(record(minute) for minute in range(12))))
    told: list[object] = []
    first = import_flows(FolderSource(logs), store, on_progress=told.append, cancelled=lambda: len(told) > stop_after)
    assert first.cancelled
    assert first.tuples < 12 * TUPLES
    second = import_flows(FolderSource(logs), store)
    assert first.tuples + second.tuples == 12 * TUPLES
    assert stored(store) == clean_import(tmp_path, logs)


def test_a_blob_that_fails_in_its_middle_keeps_what_was_read_and_is_tried_again(
    logs: Path, store: LocalStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(records, "CHUNK", 4000)
    write(logs, blob(*(record(minute) for minute in range(12))))
    plain: Callable[..., object] = orjson.loads
    calls = io.StringIO()

    def loads(content: bytes) -> object:
        calls.write("x")
        if calls.tell() == 4:
            raise MemoryError
        return plain(content)

    with monkeypatch.context() as patch:
        patch.setattr("orjson.loads", loads)
        first = import_flows(FolderSource(logs), store)
    assert (first.blobs_failed, first.exit_status) == (1, 2)
    assert 0 < first.tuples < 12 * TUPLES
    import_flows(FolderSource(logs), store)
    assert stored(store) == clean_import(tmp_path, logs)


def test_a_blob_that_memory_cannot_hold_is_not_begun(logs: Path, store: LocalStore) -> None:
    write(logs, blob(record(0)))
    with (logs / "huge.json").open("wb") as huge:
        huge.truncate(3 << 30)
    report = import_flows(FolderSource(logs), store)
    assert (report.blobs_read, report.blobs_failed) == (1, 1)
    assert "3.2 GB to be read, over the limit of 2.1 GB" in report.failures[0].reason
