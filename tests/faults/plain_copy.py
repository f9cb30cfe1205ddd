"""What a plain `cp` of the store's file gets while an import runs: `python -m tests.faults.plain_copy --copies 60`.

An import commits again and again; beside it the file and its log are copied as `cp` does, piece by piece, and each copy
is opened. A copy is whole when it opens, its rows are those of its ledger, and they are a beginning of the import.
"""

from __future__ import annotations

import argparse
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path

import duckdb

from nsgflow_core.intake import importing
from nsgflow_core.sources.folder import FolderSource
from nsgflow_core.stores.local.store import LocalStore
from tests.faults.harness.logs import tuples_at, write_days

PIECE = 128 << 10


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--copies", type=int, default=60)
    options.add_argument("--pause", type=float, default=0.02, help="seconds between pieces of 128 KB")
    asked = options.parse_args()
    found = Counter[str]()
    with tempfile.TemporaryDirectory(prefix="nsgflow-cp-") as folder:
        logs = write_days(Path(folder) / "logs", days=200, minutes=60)
        importing.BATCH_TUPLES = 500
        while sum(found.values()) < asked.copies:
            _round(Path(folder), logs, asked.copies, asked.pause, found)
    for words, count in found.most_common():
        print(f"{count}: {words}")


def _round(folder: Path, logs: Path, most: int, pause: float, found: Counter[str]) -> None:
    store = LocalStore(folder / f"{time.monotonic_ns()}.duckdb")
    running = threading.Thread(target=importing.import_flows, args=(FolderSource(logs), store))
    running.start()
    while running.is_alive() and sum(found.values()) < most:
        if store.path.exists() and store.path.stat().st_size > PIECE:
            copy = folder / f"copy-{time.monotonic_ns()}.duckdb"
            for suffix in ("", ".wal"):
                _copy(Path(f"{store.path}{suffix}"), Path(f"{copy}{suffix}"), pause)
            found[_state_of(copy)] += 1
    running.join()


def _copy(source: Path, target: Path, pause: float) -> None:
    try:
        with source.open("rb") as reading, target.open("wb") as writing:
            while piece := reading.read(PIECE):
                writing.write(piece)
                time.sleep(pause)
    except FileNotFoundError:
        return


def _state_of(copy: Path) -> str:
    try:
        with duckdb.connect(str(copy)) as connection:
            rows, told = connection.execute(
                "SELECT (SELECT count(*) FROM flows), (SELECT sum(tuples)::BIGINT FROM blobs)"
            ).fetchall()[0]
            connection.execute("SELECT min(time), max(src), sum(dst_port), max(context) FROM flows").fetchall()
            connection.execute("SELECT max(text) FROM addresses").fetchall()
    except duckdb.Error as failure:
        return f"cannot be used: {str(failure).split(':')[0]}"
    return "whole" if rows == told and rows % tuples_at(60) == 0 else "opens, with rows and ledger that do not agree"


if __name__ == "__main__":
    main()
