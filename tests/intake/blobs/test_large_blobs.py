"""A large blob is read in parts, and gives what it gives when it is read in one."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from nsgflow_core.intake import importing
from nsgflow_core.intake.importing import import_flows
from nsgflow_core.intake.report import ImportReport, Progress
from nsgflow_core.sources import log_file
from nsgflow_core.sources.fingerprint import ReadPart
from nsgflow_core.sources.folder import FolderSource
from nsgflow_core.stores.local.store import LocalStore
from tests.formats.hostile import SHAPES
from tests.intake.growing import HEAD, TAIL, blob, record, stored, write

CONTENTS = {
    "sound": blob(*(record(minute) for minute in range(12))),
    "with bad tuples": blob(*(record(minute, bad=minute % 3) for minute in range(12))),
    "torn in its middle": blob(record(0), record(1)[:500], record(2), record(3)),
    "cut at its end": blob(record(0), record(1), record(2))[:-700],
    "two logs joined": blob(record(0)) + blob(record(1), record(2)),
    "space in front": HEAD + b" " * 9000 + record(0) + b"\n" * 4000 + b"," + record(1) + TAIL,
    **{name: shape(1 << 14) for name, shape in SHAPES.items() if "record" in name and not re.search("head|`", name)},
}


def outcome(logs: Path, store: LocalStore) -> tuple[ImportReport, object, object, object]:
    report = import_flows(FolderSource(logs), store)
    ledger = store.blobs().drop(columns="read_at").to_dict("records")
    cursors = {
        name: (cursor.etag, cursor.offset, cursor.fingerprint.partition("@")[0])  # the head is of the first part taken
        for name, cursor in store.cursors().items()
    }
    return report, stored(store) if report.tuples else {}, ledger, (cursors, store.rejections().to_dict("records"))


@pytest.mark.parametrize("compiled", [False, True], ids=["careful", "compiled"])
@pytest.mark.parametrize("content", CONTENTS.values(), ids=CONTENTS)
def test_parts_give_what_the_whole_gives(
    logs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes, compiled: bool
) -> None:
    monkeypatch.setattr(importing, "COMPILED_FROM", 0 if compiled else 1 << 60)
    write(logs, content)
    whole = outcome(logs, LocalStore(tmp_path / "whole.duckdb"))
    monkeypatch.setattr(log_file, "RANGE", 2000)
    assert outcome(logs, LocalStore(tmp_path / "parts.duckdb")) == whole


def test_a_large_blob_that_is_rewritten_while_it_is_read_is_read_again(
    logs: Path, store: LocalStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log_file, "RANGE", 5000)
    monkeypatch.setattr(importing, "BATCH_TUPLES", 30)
    write(logs, blob(*(record(minute) for minute in range(12))))
    plain = log_file.FilePart.following

    def following(part: log_file.FilePart, end: int) -> ReadPart:
        write(logs, blob(*(record(minute + 20) for minute in range(12))))
        return plain(part, end)

    with monkeypatch.context() as patch:
        patch.setattr(log_file.FilePart, "following", following)
        first = import_flows(FolderSource(logs), store)
    assert first.blobs_failed == 1
    assert "rewritten" in json.loads(first.to_json())["failures"][0]["reason"]
    import_flows(FolderSource(logs), store)
    assert outcome(logs, LocalStore(tmp_path / "clean.duckdb"))[1] == stored(store)


@pytest.mark.parametrize("compiled", [False, True], ids=["careful", "compiled"])
def test_how_far_it_is_within_one_blob_is_told(
    logs: Path, store: LocalStore, monkeypatch: pytest.MonkeyPatch, compiled: bool
) -> None:
    monkeypatch.setattr(importing, "COMPILED_FROM", 0 if compiled else 1 << 60)
    monkeypatch.setattr(log_file, "RANGE", 5000)
    for mac in (1, 2):
        write(logs, blob(*(record(minute) for minute in range(30))), mac)
    told: list[Progress] = []
    import_flows(FolderSource(logs), store, on_progress=told.append)
    total, done = told[-1].bytes_total, [each.bytes_done for each in told]
    assert done == sorted(done)
    assert (done[0], done[-1]) == (0, total)
    within = {each.bytes_done for each in told if each.blobs_done == 0}
    assert len(within) > 3
    assert 0.4 * total < max(within) <= 0.5 * total
