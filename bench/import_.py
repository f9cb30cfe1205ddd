"""Import speed: one VNet blob of a million tuples (70 MB) from a folder, wall time with Python's start and peak memory.

.venv/bin/python bench/import_.py [TUPLES]
"""

from __future__ import annotations

import json
import random
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
RULES = ("DefaultRule_AllowVnetInBound", "UserRule_allow-web", "UserRule_allow-sql", "DefaultRule_DenyAllInBound")


def write_blob(path: Path, tuples: int) -> None:
    """60 one-minute records with four rules each, written with a fixed seed."""
    chance = random.Random(1)
    start = 1_764_000_000_000
    records = []
    for minute in range(60):
        flows = []
        for number, rule in enumerate(RULES):
            lines = [tuple_line(chance, start + minute * 60_000) for _ in range(tuples // 240 + 1)]
            group = {"rule": rule, "flowTuples": lines}
            flows.append({"aclID": f"0000000{number}-0000-4000-8000-000000000000", "flowGroups": [group]})
        records.append(
            {
                "time": f"2025-11-24T16:{minute:02d}:00.0000000Z",
                "flowLogVersion": 4,
                "macAddress": "00005E005301",
                "category": "FlowLogFlowEvent",
                "targetResourceID": "/subscriptions/s/virtualNetworks/v",
                "flowRecords": {"flows": flows},
            }
        )
    path.write_text(json.dumps({"records": records}, separators=(",", ":")))


def tuple_line(chance: random.Random, minute: int) -> str:
    state = chance.choice("BCED")
    counters = "0,0,0,0"
    if state in "CE":
        counters = ",".join(str(chance.randrange(60, 90_000)) for _ in range(4))
    ends = ",".join(f"10.{chance.randrange(4)}.{chance.randrange(8)}.{chance.randrange(4, 250)}" for _ in range(2))
    port = chance.choice((22, 80, 443, 1433, 3389, 8443))
    moment = minute + chance.randrange(60_000)
    return f"{moment},{ends},{chance.randrange(1024, 65535)},{port},6,{chance.choice('IO')},{state},NX,{counters}"


def main() -> None:
    tuples = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    with tempfile.TemporaryDirectory() as folder:
        blob = Path(folder) / "logs" / "PT1H.json"
        blob.parent.mkdir()
        write_blob(blob, tuples)
        megabytes = blob.stat().st_size / 1e6
        command = [sys.executable, "-m", "nsgflow_core", "import", str(blob.parent), "--store", f"{folder}/f.duckdb"]
        for name in ("import", "again"):
            started = time.monotonic()
            subprocess.run(command, check=True, cwd=ROOT)
            seconds = time.monotonic() - started
            peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
            print(f"{name}: {megabytes:.0f} MB, {seconds:.2f} s wall, peak {peak:.0f} MB")
        print(f"store: {Path(folder, 'f.duckdb').stat().st_size / 1e6:.0f} MB")


if __name__ == "__main__":
    main()
