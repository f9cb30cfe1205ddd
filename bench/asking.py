"""What the smallest question and change of a local store take: CPU milliseconds, and with an engine started for each.

`python bench/asking.py`: 200 times each, on a store that holds one setting.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from nsgflow_core.stores.local.disk import engines
from nsgflow_core.stores.local.store import LocalStore

TIMES = 200


def milliseconds(ask: Callable[[], object]) -> float:
    """CPU time of one call, of this process with all its threads."""
    ask()
    begin = time.process_time()
    for _ in range(TIMES):
        ask()
    return (time.process_time() - begin) / TIMES * 1000


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        store = LocalStore(Path(folder) / "flows.duckdb")
        store.save_setting("key", "kept")
        calls = {"question": lambda: store.setting("key"), "change": lambda: store.save_setting("key", "kept")}
        for name, ask in calls.items():
            kept = milliseconds(ask)
            engines._SHORT = 0  # every engine goes with its file
            print(f"{name:10} {kept:5.1f} ms, with an engine started for each {milliseconds(ask):5.1f} ms")
            engines._SHORT = 0.1


if __name__ == "__main__":
    main()
