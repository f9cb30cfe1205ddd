"""Small blobs read together by the compiled pass give the report, rows and ledger of the careful way."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from nsgflow_core.intake import batching, importing
from nsgflow_core.intake.importing import import_flows
from nsgflow_core.intake.report import Progress
from nsgflow_core.sources import log_file
from nsgflow_core.sources.base import BlobInfo, Cursor
from nsgflow_core.sources.fingerprint import ReadPart
from nsgflow_core.sources.folder import FolderSource
from nsgflow_core.stores.local.store import LocalStore
from tests.formats.test_both_ways import blob_of
from tests.formats.test_read_together import some_part
from tests.intake.blobs.test_large_blobs import outcome
from tests.intake.growing import blob, record, write

pytest.importorskip("numba")
BLOBS = 14


def sow(logs: Path, chance: random.Random) -> None:
    """Blobs of which some are odd, torn, empty or no log."""
    for mac in range(1, BLOBS + 1):
        content, at_start = some_part(chance)
        write(logs, content if at_start else blob_of(chance, 0.0), mac)


def grow(logs: Path, chance: random.Random) -> None:
    """An hour goes on: blobs grow, some are rewritten, some are as they were, a few are new."""
    for mac in range(1, BLOBS + 4):
        path = write(logs, b"{}", mac) if mac > BLOBS else next(logs.rglob(f"*{mac:02X}/PT1H.json"))
        more, before = blob_of(chance, chance.choice([0.0, 0.0, 0.1])), path.read_bytes()
        kind = chance.randrange(5)
        if mac > BLOBS or kind == 0:
            path.write_bytes(more)
        elif kind <= 2 and before.endswith(b"}]}"):
            path.write_bytes(before[:-2] + b"," + more[more.index(b"[") + 1 :])
        elif kind == 3:
            path.write_bytes(before + chance.choice([b"\n", b"]}"]))


@pytest.mark.parametrize("seed", range(12))
def test_all_is_as_the_careful_way_has_it(
    logs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    chance = random.Random(seed)
    monkeypatch.setattr(importing, "BATCH_TUPLES", chance.choice([25, 90, 1_000_000]))
    monkeypatch.setattr(batching, "WAITING_BYTES", chance.choice([1, 9_000, 8 << 20]))
    monkeypatch.setattr(log_file, "RANGE", chance.choice([3_000, 16 << 20]))
    careful, compiled = LocalStore(tmp_path / "careful.duckdb"), LocalStore(tmp_path / "compiled.duckdb")
    for change in (sow, grow, grow):
        change(logs, chance)
        monkeypatch.setattr(importing, "COMPILED_FROM", 1 << 60)
        expected = outcome(logs, careful)
        monkeypatch.setattr(importing, "COMPILED_FROM", 0)
        assert outcome(logs, compiled) == expected
        assert import_flows(FolderSource(logs), compiled).tuples == 0


class Breaking(FolderSource):
    """A folder of which some blobs cannot be read."""

    def read(self, blob: BlobInfo, cursor: Cursor | None) -> ReadPart | None:
        if blob.mac[-1] in "49C":
            raise TimeoutError
        return super().read(blob, cursor)


def test_failures_and_rejections_are_told_in_the_order_of_blobs(
    logs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for mac in range(1, 16):
        write(logs, b"<html>" if mac in (3, 8) else blob(record(mac, bad=mac % 2)), mac)
    reports = []
    for compiled_from in (1 << 60, 0):
        monkeypatch.setattr(importing, "COMPILED_FROM", compiled_from)
        store = LocalStore(tmp_path / f"{compiled_from}.duckdb")
        told: list[Progress] = []
        first = import_flows(Breaking(logs), store, on_progress=told.append)
        assert told[-1].tuples == first.tuples
        reports.append((first, import_flows(FolderSource(logs), store)))
    assert reports[0] == reports[1]
    assert [each.blob[-12:-10] for each in reports[0][0].failures] == ["03", "04", "08", "09", "0C"]


class Seen:
    """Somebody who cancels an import after so many blobs."""

    def __init__(self, most: int) -> None:
        self.most, self.blobs = most, 0

    def take(self, progress: Progress) -> None:
        self.blobs = progress.blobs_done

    def is_enough(self) -> bool:
        return self.blobs >= self.most


def test_a_cancelled_import_goes_on_where_it_stopped(
    logs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "COMPILED_FROM", 0)
    monkeypatch.setattr(importing, "BATCH_TUPLES", 70)
    for mac in range(1, 31):
        write(logs, blob(record(mac)), mac)
    whole = outcome(logs, LocalStore(tmp_path / "whole.duckdb"))
    for most in (1, 7, 12, 29):
        monkeypatch.setattr(batching, "WAITING_BYTES", 9_000)
        store, seen = LocalStore(tmp_path / f"{most}.duckdb"), Seen(most)
        first = import_flows(FolderSource(logs), store, on_progress=seen.take, cancelled=seen.is_enough)
        assert first.cancelled
        again = outcome(logs, store)
        assert again[1:3] == whole[1:3]
        assert first.tuples + again[0].tuples == whole[0].tuples
