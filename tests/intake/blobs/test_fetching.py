"""How blobs are handed to the threads that read: in runs where most of them come quickly, in order either way."""

from __future__ import annotations

import time
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from nsgflow_core.intake.blobs import fetching
from nsgflow_core.sources.base import BlobInfo, Cursor
from nsgflow_core.sources.fingerprint import ReadPart
from nsgflow_core.sources.folder import FolderSource

BLOBS = 400


class Halting(FolderSource):
    """A folder of which each blob whose number `halts` divides waits for the processor."""

    halts = BLOBS

    def read(self, blob: BlobInfo, cursor: Cursor | None) -> ReadPart | None:
        if int(Path(blob.location).stem) % self.halts == 0:
            time.sleep(fetching.QUICK_SECONDS * 20)
        return super().read(blob, cursor)


@pytest.fixture
def source(tmp_path: Path) -> Halting:
    for number in range(BLOBS):
        (tmp_path / f"{number:04}.json").write_bytes(b'{"records":[]}' + b" " * number)
    return Halting(tmp_path)


@pytest.fixture
def runs(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many blobs were handed over at a time."""
    lengths = list[int]()

    class Counting(ThreadPoolExecutor):
        def submit(self, call: Any, /, *given: Any, **named: Any) -> Future[Any]:
            lengths.append(len(given[0]))
            return super().submit(call, *given, **named)

    monkeypatch.setattr(fetching, "ThreadPoolExecutor", Counting)
    return lengths


@pytest.mark.parametrize(("halts", "least", "most"), [(16, 8, fetching.LONGEST_RUN), (1, 1, 1)])
def test_a_blob_that_waits_now_and_then_does_not_end_the_runs(
    source: Halting, runs: list[int], halts: int, least: int, most: int
) -> None:
    """Where all wait, as for an account, each is handed over by itself."""
    source.halts = halts
    blobs = source.blobs().blobs
    found = [(blob, part) for blob, part in fetching.fetched(source, blobs, {}, lambda: False)]
    assert [(blob, len(part.data)) for blob, part in found if isinstance(part, ReadPart)] == [
        (blob, 14 + int(Path(blob.location).stem)) for blob in blobs
    ]
    assert sum(runs) == BLOBS
    assert least <= max(runs) <= most
    assert BLOBS / len(runs) >= least / 2
