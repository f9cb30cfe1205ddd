"""The account goes away in the middle of an import and comes back: what was stored stays, and the rest follows once."""

from __future__ import annotations

import threading
import time
from contextlib import ExitStack
from pathlib import Path

import pytest

from nsgflow_core.errors import SourceError
from nsgflow_core.intake import importing
from nsgflow_core.intake.blobs import fetching
from nsgflow_core.intake.report import Progress
from nsgflow_core.sources import open_source
from nsgflow_core.sources.base import VNET_CONTAINER
from nsgflow_core.sources.folder import FolderSource
from nsgflow_core.stores.local.store import LocalStore
from tests.conftest import free_port
from tests.faults.harness.logs import write_days
from tests.faults.harness.whole import held_by
from tests.faults.test_faulty_http import hurry
from tests.parts.azurite import Emulator, run_azurite

BLOBS = 24


class Account:
    """An account that can be stopped and started, with the blobs of a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._port, self._running = folder, free_port(), ExitStack()

    def start(self) -> Emulator:
        return self._running.enter_context(run_azurite(kept_in=self._folder, port=self._port))

    def stop(self) -> None:
        self._running.close()


@pytest.mark.parametrize("is_back_soon", [True, False], ids=["back while it tries again", "gone till the end"])
def test_an_account_that_stops_in_the_middle(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_back_soon: bool
) -> None:
    hurry(monkeypatch)
    monkeypatch.setattr(importing, "BATCH_TUPLES", 60)
    monkeypatch.setattr(fetching, "MOST_READERS", 4)  # else all are on their way when it stops
    logs, account = write_days(tmp_path / "logs", days=BLOBS, minutes=2), Account(tmp_path / "account")
    clean, store = LocalStore(tmp_path / "clean.duckdb"), LocalStore(tmp_path / "flows.duckdb")
    importing.import_flows(FolderSource(logs), clean)
    restarting: list[threading.Thread] = []

    def stop_once(progress: Progress) -> None:
        if progress.blobs_done == 5 and not restarting:
            account.stop()
            restarting.append(threading.Thread(target=account.start))
            if is_back_soon:
                restarting[0].start()

    try:
        emulator = account.start()
        _upload(emulator, logs)
        began = time.monotonic()
        report = importing.import_flows(open_source(emulator.connection_string), store, on_progress=stop_once)
        assert time.monotonic() - began < 60
        assert report.blobs_read + report.blobs_failed == BLOBS
        assert report.blobs_failed or is_back_soon
        assert [each.reason for each in report.failures if not each.reason.endswith((".", "?"))] == []
        held_by(store)
        if is_back_soon:
            restarting[0].join()
        else:
            with pytest.raises(SourceError):
                importing.import_flows(open_source(emulator.connection_string), store)
            account.start()
        again = importing.import_flows(open_source(emulator.connection_string), store)
        assert (again.exit_status, again.blobs_read) == (0, report.blobs_failed)
        assert held_by(store) == held_by(clean), "nothing lost, nothing doubled"
    finally:
        account.stop()


def _upload(emulator: Emulator, logs: Path) -> None:
    service = emulator.client()
    service.create_container(VNET_CONTAINER)
    for path in logs.rglob("*.json"):
        name = path.relative_to(logs / VNET_CONTAINER).as_posix()
        service.get_blob_client(VNET_CONTAINER, name).upload_blob(path.read_bytes())
