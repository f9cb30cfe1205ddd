"""A full disk, at whatever size: a sentence, the store as it was, nothing left behind, and all is well with space."""

from __future__ import annotations

import contextlib
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from nsgflow_core.errors import NsgflowError, StoreMissing
from nsgflow_core.intake.importing import import_flows
from nsgflow_core.intake.rebuilding import rebuild
from nsgflow_core.sources.folder import FolderSource
from nsgflow_core.stores.local.store import LocalStore
from nsgflow_core.stores.local.upkeep import keeping
from nsgflow_core.stores.local.upkeep.backup import back_up
from tests.faults.harness.child import NOW, Children, Task
from tests.faults.harness.whole import Held, held_by, leftovers

LIMITS = [("import", 0.0), ("retire", 0.0), ("rebuild", 0.3), ("backup", 0.3)]
"""An action, and the share of the whole store's size that a file may grow to."""


@pytest.mark.parametrize(("action", "share"), LIMITS)
def test_a_limit_of_a_files_size(
    forking: Children, days: Path, full: Path, undisturbed: Held, shortened: Held, tmp_path: Path, action: str,
    share: float,
) -> None:  # fmt: skip
    path = tmp_path / "flows.duckdb"
    if action != "import":
        shutil.copy(full, path)
    limit = int(full.stat().st_size * share)
    task = Task(action, str(days), str(path), str(tmp_path / "copy"), most_bytes=limit)
    ended = forking.run(task)
    assert (ended.killed, ended.status) in ((False, 1), (False, 0)), ended.said
    assert ended.status or share, "it cannot have been done without a byte"
    store = LocalStore(path)
    held = None
    try:
        held = held_by(store)
    except StoreMissing:
        assert action == "import"
    if action == "import":
        assert held == undisturbed if not ended.status else held is None or set(held.blobs) <= set(undisturbed.blobs)
    else:
        assert held == (undisturbed if ended.status or action == "backup" else shortened)
    copied = ["copy"] if action == "backup" and not ended.status else []
    assert [name for name in leftovers(path) if ".tmp" not in name] == copied
    again = forking.run(Task(action, str(days), str(path), str(tmp_path / "copy")))
    assert again.status == 0, again.said
    assert held_by(store) == (shortened if action in ("retire", "rebuild") else undisturbed)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of its own with 8 MB, where this user may mount one."""
    place = tmp_path / "disk"
    place.mkdir()
    mount = shutil.which("mount")
    made = mount and subprocess.run(
        [mount, "-t", "tmpfs", "-o", "size=8m", "tmpfs", str(place)], capture_output=True, check=False
    )
    if not made or made.returncode:
        pytest.skip("This user may mount no disk")
    yield place
    subprocess.run(["umount", "--lazy", str(place)], check=True)


def fill(ballast: Path) -> None:
    """Write until there is no space left."""
    with contextlib.suppress(OSError), ballast.open("wb", buffering=0) as file:
        while file.write(bytes(1 << 14)):
            pass


def test_a_real_full_disk(small_disk: Path, days: Path, full: Path, undisturbed: Held, shortened: Held) -> None:
    """Each piece of work with no space left, then with some."""
    store = LocalStore(Path(shutil.copy(full, small_disk)))
    ballast = small_disk / "ballast"
    works = (
        lambda: back_up(store, small_disk / "copy", replace=True),
        lambda: keeping.retire(store, NOW),
        lambda: rebuild(store, lambda into: import_flows(FolderSource(days), into)),
        lambda: import_flows(FolderSource(days), LocalStore(small_disk / "other.duckdb")),
    )
    for number, work in enumerate(works):
        fill(ballast)
        before = held_by(store)
        with pytest.raises(NsgflowError) as refused:
            work()
        assert str(refused.value).count(".") >= 1
        ballast.unlink()
        assert held_by(store) == before
        assert [name for name in leftovers(store.path) if name not in ("copy", "other.duckdb")] == []
        if number != len(works) - 1:
            work()
            (small_disk / "copy").unlink(missing_ok=True)
        assert held_by(store) in (undisturbed, shortened)
