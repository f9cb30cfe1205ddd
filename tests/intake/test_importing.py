"""Importing is exactly once: again, grown, rewritten, cut, cancelled."""

from __future__ import annotations

import json
import random
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from nsgflow_core.commands.store.importing import describe
from nsgflow_core.errors import SourceMissing
from nsgflow_core.intake.importing import import_flows
from nsgflow_core.intake.report import ImportReport, Progress
from nsgflow_core.sources.base import BlobInfo
from nsgflow_core.sources.folder import FolderSource
from nsgflow_core.stores.local.ledger import BlobBatch, Committed
from nsgflow_core.stores.local.store import LocalStore
from tests.estates.records import vnet_record
from tests.intake.growing import HEAD, TAIL, TUPLES, blob, clean_import, record, stored, write


@pytest.mark.parametrize(
    "content",
    [
        HEAD + TAIL,
        HEAD,
        b'{ "records": [] }',
        (HEAD + TAIL) * 9,
        b'[{"records": []},\n{"records": []}]',
        HEAD + TAIL + HEAD,
    ],
)
def test_a_blob_that_holds_no_record_yet_is_whole(logs: Path, store: LocalStore, content: bytes) -> None:
    write(logs, content)
    first = import_flows(FolderSource(logs), store)
    assert (first.bytes_read, first.tuples, first.incomplete, first.exit_status) == (len(content), 0, 0, 0)
    assert import_flows(FolderSource(logs), store).bytes_read == 0


@pytest.mark.parametrize("end", [b"]}", b",]}", b" , ] } ", b",\r\n]\r\n}\r\n", b"]", b'],"n":1}', TAIL + HEAD + TAIL])
def test_a_list_that_is_closed_is_whole(logs: Path, store: LocalStore, end: bytes) -> None:
    write(logs, HEAD + record(0) + end)
    told = import_flows(FolderSource(logs), store)
    assert (told.tuples, told.rejected, told.incomplete) == (TUPLES, 0, 0)


@pytest.mark.parametrize("end", [b",", b",{", record(1)[:-1], b']}{"records":[{'])
def test_a_list_that_promises_a_record_is_not(logs: Path, store: LocalStore, end: bytes) -> None:
    write(logs, HEAD + record(0) + end)
    told = import_flows(FolderSource(logs), store)
    assert (told.incomplete, told.still_written) == (1, 0)
    assert "macAddress=00005E005301" in told.cut_short[0].blob


@pytest.mark.parametrize(("hours", "may_grow"), [(0, True), (47, True), (48, False), (9000, False)])
def test_azure_still_writes_only_what_is_recent(hours: int, may_grow: bool) -> None:
    hour = datetime(2026, 11, 23, 22, tzinfo=UTC)
    told = ImportReport()
    told.end_early(BlobInfo("n", "l", 1, "", hour=hour), hour + timedelta(hours=hours))
    assert (told.still_written, len(told.cut_short)) == ((1, 0) if may_grow else (0, 1))
    assert any("cut short: l: It ends in the middle" in line for line in describe(told)) is not may_grow
    told.end_early(BlobInfo("PT1H.json", "l", 1, ""), hour)
    assert told.cut_short[-1].blob == "l", "a path that tells no hour does not say that more is to come"


def test_the_ledger_says_when_of_one_tuple_and_of_none(logs: Path, store: LocalStore) -> None:
    at = datetime(2026, 11, 23, 22, 5, tzinfo=UTC)
    line = f"{at.timestamp() * 1000:.0f},10.0.1.4,10.0.2.8,50000,443,6,I,B,NX,0,0,0,0"
    one = vnet_record([line], rule="DefaultRule_AllowVnetInBound", acl="aaaa", macAddress="00005E005301")
    write(logs, blob(json.dumps(one).encode()), 1)
    write(logs, HEAD + TAIL, 2)
    import_flows(FolderSource(logs), store)
    held = store.blobs().set_index("tuples")
    assert list(held.loc[1, ["first", "last"]]) == [at, at]
    assert held.loc[0, ["first", "last"]].isna().all()
    assert (store.extent().first, store.extent().last) == (at, at)


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


@pytest.mark.parametrize("content", [blob(record(5)), blob(record(5), record(6), record(7), record(8)), blob(), b""])
def test_rewritten_replaces_its_rows(logs: Path, store: LocalStore, tmp_path: Path, content: bytes) -> None:
    write(logs, blob(record(0, bad=3), record(1)))
    write(logs, blob(record(9)), mac=2)
    import_flows(FolderSource(logs), store)
    write(logs, content)
    report = import_flows(FolderSource(logs), store)
    assert report.bytes_read == len(content)
    assert report.replaced == 2 * TUPLES
    assert any(f"{2 * TUPLES} log entries of earlier imports went" in line for line in describe(report))
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


def noted_commits(store: LocalStore, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The tuples of each commit from now on."""
    commits, plain = list[int](), store.commit

    def commit(batch: BlobBatch) -> Committed:
        commits.append(len(batch.flows))
        return plain(batch)

    monkeypatch.setattr(store, "commit", commit)
    return commits


def test_a_large_blob_is_stored_in_several_commits(
    logs: Path, store: LocalStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nsgflow_core.intake.importing.BATCH_TUPLES", 50)
    monkeypatch.setattr("nsgflow_core.formats.framing.records.CHUNK", 4000)
    write(logs, blob(*(record(minute) for minute in range(12))))
    commits = noted_commits(store, monkeypatch)
    assert import_flows(FolderSource(logs), store).tuples == 12 * TUPLES
    assert len(commits) > 3
    assert stored(store) == clean_import(tmp_path, logs)


def test_of_many_the_first_commit_is_small(
    logs: Path, store: LocalStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in (("BATCH_TUPLES", 6 * TUPLES), ("FIRST_TUPLES", 2 * TUPLES), ("MUCH", 1)):
        monkeypatch.setattr(f"nsgflow_core.intake.importing.{name}", value)
    monkeypatch.setattr("nsgflow_core.formats.framing.records.CHUNK", 1)
    write(logs, blob(*(record(minute) for minute in range(15))))
    commits = noted_commits(store, monkeypatch)
    import_flows(FolderSource(logs), store)
    assert commits == [2 * TUPLES, 6 * TUPLES, 6 * TUPLES, TUPLES]
    assert stored(store) == clean_import(tmp_path, logs)
