"""Importing is exactly once: by two at the same time, and while others ask."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from nsgflow_core.ask.query import FlowQuery
from nsgflow_core.errors import StoreMissing
from nsgflow_core.intake.importing import import_flows
from nsgflow_core.sources.base import BlobInfo, Cursor
from nsgflow_core.sources.fingerprint import ReadPart
from nsgflow_core.sources.folder import FolderSource
from nsgflow_core.stores.local.store import LocalStore
from tests.conftest import ROOT
from tests.intake.growing import PATH, TUPLES, blob, clean_import, record, stored, write

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
