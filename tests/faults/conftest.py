"""Six days of logs, a store of them, and what such stores must hold."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from nsgflow_core.intake.importing import import_flows
from nsgflow_core.sources.folder import FolderSource
from nsgflow_core.stores.local.store import LocalStore
from nsgflow_core.stores.local.upkeep import keeping
from tests.faults.harness.logs import write_days
from tests.faults.harness.whole import Held, held_by
from tests.intake.conftest import logs as logs
from tests.intake.conftest import many as many
from tests.intake.conftest import store as store

KEPT_DAYS = 2


@pytest.fixture(scope="module")
def forking() -> Iterator[object]:
    """The process that forks children which may die."""
    if os.name == "nt":
        pytest.skip("Windows has no fork and no kill -9")
    from tests.faults.harness.child import children

    with children() as running:
        yield running


@pytest.fixture(scope="session")
def days(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The logs of six days."""
    return write_days(tmp_path_factory.mktemp("days"), days=6, minutes=20)


@pytest.fixture(scope="session")
def full(days: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store of them that was never disturbed, with a retention that was not applied yet."""
    made = LocalStore(tmp_path_factory.mktemp("full") / "flows.duckdb")
    import_flows(FolderSource(days), made)
    made.save_setting("review", "kept")
    made.save_setting("retention", str(KEPT_DAYS))
    return made.path


@pytest.fixture(scope="session")
def undisturbed(full: Path) -> Held:
    """What it holds."""
    return held_by(LocalStore(full))


@pytest.fixture(scope="session")
def shortened(full: Path, tmp_path_factory: pytest.TempPathFactory) -> Held:
    """What it holds once its retention was applied."""
    from tests.faults.harness.child import NOW

    cut = LocalStore(Path(shutil.copy(full, tmp_path_factory.mktemp("cut"))))
    keeping.retire(cut, NOW)
    return held_by(cut)
