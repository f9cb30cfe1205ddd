"""More kills than the tests have time for: `python -m tests.faults.campaign --kills 100 --seed 7`.

At every point of `points.POINTS`, then at random moments of imports, retentions, rebuilds and backups in turn; with
`--disks`, each of them also under as many limits of a file's size. After each the store must hold what an undisturbed
one does, and the work must end well when it is done again. Prints a line per kind; status 1 at the first store that
does not.
"""

from __future__ import annotations

import argparse
import random
import shutil
import tempfile
import time
from collections import Counter
from pathlib import Path

from nsgflow_core.intake.importing import import_flows
from nsgflow_core.sources.folder import FolderSource
from nsgflow_core.stores.local.store import LocalStore
from nsgflow_core.stores.local.upkeep import keeping
from tests.faults.harness.child import NOW, Children, Task, children
from tests.faults.harness.ends import Ends
from tests.faults.harness.logs import write_days
from tests.faults.harness.points import POINTS
from tests.faults.harness.whole import held_by

ACTIONS = ("import", "retire", "rebuild", "backup")
LONGEST = {"import": 0.5, "retire": 0.3, "rebuild": 0.8, "backup": 0.2}
"""Seconds after which a child is killed at the latest: about what its work takes."""


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--kills", type=int, default=100, help="at random moments")
    options.add_argument("--disks", type=int, default=20, help="limits of a file's size")
    options.add_argument("--seed", type=int, default=7)
    asked = options.parse_args()
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="nsgflow-campaign-") as folder, children() as running:
        ends, tried = _ends(Path(folder)), Counter[str]()
        for number, point in enumerate(POINTS):
            task = ends.task(point.action, _fresh(folder), point=number)
            _try(running, ends, task, f"point, {point.action}", tried)
        chance = random.Random(asked.seed)
        for number in range(asked.kills):
            action = ACTIONS[number % len(ACTIONS)]
            task = ends.task(action, _fresh(folder), seconds=chance.uniform(0.0, LONGEST[action]))
            _try(running, ends, task, f"at random, {action}", tried)
        whole = ends.full.stat().st_size
        for number in range(asked.disks):
            action = ACTIONS[number % len(ACTIONS)]
            task = ends.task(action, _fresh(folder), most_bytes=int(whole * chance.uniform(0, 1.2)))
            _try(running, ends, task, f"full disk, {action}", tried)
    for words, count in sorted(tried.items()):
        print(f"{words}: {count}")
    print(f"all stores whole, in {time.monotonic() - began:.0f} s")


def _ends(folder: Path) -> Ends:
    days = write_days(folder / "days", days=6, minutes=20)
    full, cut = LocalStore(folder / "full.duckdb"), LocalStore(folder / "cut.duckdb")
    import_flows(FolderSource(days), full)
    full.save_setting("review", "kept")
    keeping.keep_days(full, 2)
    shutil.copy(full.path, cut.path)
    keeping.retire(cut, NOW)
    return Ends(days, full.path, held_by(full), held_by(cut))


def _fresh(folder: str) -> Path:
    return Path(tempfile.mkdtemp(dir=folder))


def _try(running: Children, ends: Ends, task: Task, words: str, tried: Counter[str]) -> None:
    ended = running.run(task)
    outcome = "killed" if ended.killed else ("done", "refused in a sentence", "TRACEBACK")[ended.status]
    tried[f"{words}: {outcome}"] += 1
    assert outcome != "TRACEBACK", ended.said
    ends.check(running, task, is_done=not ended.killed and not ended.status)
    shutil.rmtree(Path(task.store).parent)


if __name__ == "__main__":
    main()
