"""The questions of `bench.questions` asked of Parquet where it lies: python -m bench.lakes LAKE [--store FILE]

A row a question and window: processor and clock seconds, and with --store those of the local store that was exported,
from its tables and (exact) from its flows. --copies 4 asks so many hard links to each file in place of one.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from pathlib import Path

from bench.questions.asked import QUESTIONS, WINDOWS
from nsgflow_core.ask.query import FlowQuery
from nsgflow_core.stores.base import FlowStore
from nsgflow_core.stores.lake.store import LakeStore
from nsgflow_core.stores.local.answering import EXACT
from nsgflow_core.stores.local.store import LocalStore

ASKED = ("totals", "over time, by hour", "10 talkers", "required ports, top 8", "denied by rule and port, top 8")


def main() -> int:
    """Print a line for reading the folder, then a line a question."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("lake", type=Path)
    parser.add_argument("--store", type=Path, help="the local store that was exported to it")
    parser.add_argument("--copies", type=int, default=1)
    parser.add_argument("--window", action="append", choices=tuple(WINDOWS), help="default: 1 h, 24 h cut, all")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=given.lake.parent) as held:
        lake = LakeStore(_copied(given.lake, Path(held), given.copies), index=Path(held) / "index.duckdb")
        cpu, clock = _timed(lake.look)
        size = lake.path.stat().st_size / 1e6
        _say(f"{lake.extent().tuples:,} tuples: read in {cpu:.1f} CPU s, {clock:.1f} s; index {size:,.0f} MB")
        for window in given.window or ("1 h", "24 h cut", "all"):
            for name in ASKED:
                query = QUESTIONS[name](WINDOWS[window]).query
                assert isinstance(query, FlowQuery)
                cpu, clock = _timed(lambda query=query: lake.fetch(query))
                beside = _of_store(LocalStore(given.store), query) if given.store else ""
                _say(f"{window:10} {name:32} {cpu:7.2f} CPU s {clock:7.2f} s{beside}")
    return 0


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _of_store(store: FlowStore, query: FlowQuery) -> str:
    tables, _ = _timed(lambda: store.fetch(query))
    os.environ[EXACT] = "1"
    try:
        exact, _ = _timed(lambda: store.fetch(query))
    finally:
        del os.environ[EXACT]
    return f"; tables {tables:.2f}, exact {exact:.2f} CPU s"


def _timed(ask: object) -> tuple[float, float]:
    assert callable(ask)
    cpu, clock = time.process_time(), time.monotonic()
    ask()
    return time.process_time() - cpu, time.monotonic() - clock


def _copied(lake: Path, into: Path, copies: int) -> Path:
    for copy in range(copies):
        for file in lake.rglob("*.parquet"):
            place = into / "lake" / str(copy) / file.relative_to(lake)
            place.parent.mkdir(parents=True, exist_ok=True)
            os.link(file, place)
    return into / "lake"


if __name__ == "__main__":
    sys.exit(main())
