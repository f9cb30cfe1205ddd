"""How work that was killed may have ended, and that it ends well when it is done again."""

from __future__ import annotations

import gzip
import shutil
from pathlib import Path

from nsgflow_core.errors import StoreMissing
from nsgflow_core.stores.local.store import LocalStore
from tests.conftest import ROOT
from tests.faults.harness.child import Children, Task
from tests.faults.harness.whole import Held, held_by, leftovers

IMPORTS = ("import", "import compiled")
"""By the careful pass, and by the compiled one, which takes small blobs together."""
GOLDEN = ROOT / "tests" / "golden" / "store-version-1.duckdb.gz"


class Ends:
    """Each action's start, how it may have ended after a kill, and that it ends well when it is done again."""

    def __init__(self, days: Path, full: Path, undisturbed: Held, shortened: Held) -> None:
        self.days, self.full, self.undisturbed, self.shortened = days, full, undisturbed, shortened

    def task(
        self,
        action: str,
        folder: Path,
        *,
        point: int | None = None,
        seconds: float | None = None,
        most_bytes: int | None = None,
    ) -> Task:
        """A task on a store of its own, in the state that its action starts from."""
        store = folder / "flows.duckdb"
        if action == "step":
            store.write_bytes(gzip.decompress(GOLDEN.read_bytes()))
        elif action not in IMPORTS:
            shutil.copy(self.full, store)
        return Task(action, str(self.days), str(store), str(folder / "copy"), point, seconds, most_bytes)

    def check(self, running: Children, task: Task, *, is_done: bool = False) -> None:
        """What a kill or a full disk left, or what there is when it was done; and what doing it again brings."""
        store = LocalStore(Path(task.store))
        try:
            held = held_by(store)
        except StoreMissing:
            assert task.action in IMPORTS
        else:
            assert self._is_a_possible_end(task.action, held)
            if task.action not in (*IMPORTS, "step"):
                assert store.setting("review") == "kept"
            assert not is_done or task.action == "step" or held == self.wanted(task.action)
        copy = Path(task.copy)
        assert copy.exists() or not (is_done and task.action == "backup")
        if copy.exists():
            assert held_by(LocalStore(copy)) == self.undisturbed, "a copy is whole or it is not there"
        ended = running.run(Task(task.action, task.logs, task.store, task.copy))
        assert (ended.killed, ended.status) == (False, 0), ended.said
        if task.action == "backup":
            assert held_by(LocalStore(copy)) == self.undisturbed
        assert task.action == "step" or held_by(store) == self.wanted(task.action)
        left = [name for name in leftovers(store.path) if name != "copy" and ".rebuild-" not in name]
        assert [name for name in left if ".partial" not in name] == []

    def wanted(self, action: str) -> Held:
        """What a store holds once that is done."""
        return self.shortened if action in ("retire", "rebuild") else self.undisturbed

    def _is_a_possible_end(self, action: str, held: Held) -> bool:
        match action:
            case "import":
                return set(held.blobs) <= set(self.undisturbed.blobs)
            case "import compiled":  # a batch ends where it is full, within a blob as well
                whole = {name: tuples for name, tuples, _ in self.undisturbed.blobs}
                return all(tuples <= whole[name] for name, tuples, _ in held.blobs)
            case "step":
                return sum(tuples for _, tuples, _ in held.blobs) == 24
            case "backup":
                return held == self.undisturbed
        return held in (self.undisturbed, self.shortened)
