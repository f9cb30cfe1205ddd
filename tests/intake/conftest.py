"""A folder of logs and an empty store."""

from __future__ import annotations

from pathlib import Path

import pytest

from nsgflow_core.stores.local.store import LocalStore
from tests.intake.growing import blob, record, write


@pytest.fixture
def logs(tmp_path: Path) -> Path:
    folder = tmp_path / "logs"
    folder.mkdir()
    return folder


@pytest.fixture
def store(tmp_path: Path) -> LocalStore:
    return LocalStore(tmp_path / "flows.duckdb")


@pytest.fixture
def many(logs: Path) -> Path:
    """40,000 tuples in 40 blobs: some seconds of small commits."""
    for mac in range(1, 41):
        write(logs, blob(*(record(minute) for minute in range(50))), mac)
    return logs
