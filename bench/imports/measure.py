"""Imports of folders of `bench.imports.shapes`: fresh, again, and the floor json + split + DataFrame in the same run.

    .venv/bin/python -m bench.imports.measure FOLDER [--times 3] [--floor 500]

Each import is a process of its own, whose peak is the kernel's VmHWM (Linux): ru_maxrss begins at that of the process
which started it, which held the floor. Processor time counts where others use the machine; the floor is taken on some
of the blobs, spread over the folder.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

ROOT = Path(__file__).resolve().parent.parent.parent
_IMPORT = """
import json, sys, time
from pathlib import Path
from nsgflow_core.intake.importing import import_flows
from nsgflow_core.sources.folder import FolderSource
from nsgflow_core.stores.local.store import LocalStore
wall, cpu = time.perf_counter(), time.process_time()
report = import_flows(FolderSource(sys.argv[1]), LocalStore(Path(sys.argv[2])))
(peak,) = [int(line.split()[1]) >> 10 for line in open("/proc/self/status") if line.startswith("VmHWM")]
print(json.dumps([report.tuples, time.perf_counter() - wall, time.process_time() - cpu, peak]))
"""


@dataclass(frozen=True)
class Taken:
    """What one import took."""

    tuples: int
    wall: float
    cpu: float
    peak: int


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--times", type=int, default=3)
    parser.add_argument("--floor", type=int, default=500)
    asked = parser.parse_args()
    floor = floor_of(asked.folder, asked.floor)
    print(f"json + split + DataFrame: {1 / floor / 1e6:.3f} M tuples a processor second")
    fresh, again = [], []
    for _ in range(asked.times):
        with tempfile.TemporaryDirectory() as place:
            store = Path(place) / "flows.duckdb"
            fresh.append(run(asked.folder, store))
            again.append(run(asked.folder, store))
            size = store.stat().st_size
    tuples = fresh[0].tuples
    wall, cpu = (statistics.median(getattr(each, name) for each in fresh) for name in ("wall", "cpu"))
    print(f"import: {tuples:,} tuples, {wall:.1f} s wall ({tuples / wall / 1e6:.2f} M/s), {cpu:.1f} s of processor")
    print(f"  {floor * tuples / cpu:.1f} x the floor a processor second, {floor * tuples / wall:.1f} x by the clock")
    print(f"  peak {max(each.peak for each in fresh)} MB, {size / tuples:.1f} bytes a tuple stored")
    wall, cpu = (statistics.median(getattr(each, name) for each in again) for name in ("wall", "cpu"))
    print(f"again, nothing new: {wall:.2f} s wall, {cpu:.2f} s of processor")


def run(folder: Path, store: Path) -> Taken:
    """One import in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-c", _IMPORT, str(folder), str(store)],
        cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}, check=True, capture_output=True, text=True,
    )  # fmt: skip
    return Taken(*json.loads(done.stdout))


def floor_of(folder: Path, most: int) -> float:
    """Processor seconds a tuple of json.loads, str.split and a DataFrame; nothing checked, nothing stored."""
    paths = sorted(folder.rglob("*.json"))
    chosen = paths[:: max(len(paths) // most, 1)][:most]
    if sum(path.stat().st_size for path in chosen) > 200 << 20:
        return _floor_of_part(chosen[0])
    started = time.process_time()
    rows: list[list[str]] = []
    for path in chosen:
        _gather(json.loads(path.read_bytes()), rows)
    frame = pd.DataFrame(rows)
    return (time.process_time() - started) / len(frame)


def _floor_of_part(path: Path) -> float:
    """The same of the first 100 MB of one large blob."""
    with path.open("rb") as file:
        head = file.read(100 << 20)
    content = head[: head.rindex(b',{"time"')] + b"]}"
    started = time.process_time()
    rows: list[list[str]] = []
    _gather(json.loads(content), rows)
    frame = pd.DataFrame(rows)
    return (time.process_time() - started) / len(frame)


def _gather(content: Any, rows: list[list[str]]) -> None:
    for record in content["records"]:
        holder = record.get("flowRecords") or record["properties"]
        for entry in holder["flows"]:
            for group in entry.get("flowGroups") or entry["flows"]:
                rows += [line.split(",") for line in group["flowTuples"]]


if __name__ == "__main__":
    main()
