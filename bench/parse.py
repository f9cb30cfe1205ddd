"""Times the parser against json + split (tests/reference) on one blob of VNet tuples, and shows its peak memory.

    python bench/parse.py [tuples, default 1000000]

Both run in this process on the same bytes, the reference on a tenth of them (it takes time in proportion). Peak
memory is what the parser adds to the process that already holds the blob.
"""

from __future__ import annotations

import json
import random
import resource
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from nsgflow_core.formats import parse
from tests.reference.parse import parse_whole

RECORD_TUPLES = 400


def build_blob(tuples: int, seed: int = 7) -> bytes:
    """A VNet blob of about 70 bytes a tuple: 240 addresses inside, 20,000 outside, 40 services, 5 % denied."""
    chance = random.Random(seed)
    outside = [f"{chance.randrange(11, 200)}.{chance.randrange(256)}.{chance.randrange(256)}.9" for _ in range(20_000)]
    ports = [443, 80, 22, 3389, 1433, 5432, *(chance.randrange(1024, 49152) for _ in range(34))]
    rules = [("DefaultRule_AllowVnetInBound", "BCE"), ("UserRule_web", "BCE"), ("DefaultRule_DenyAllInBound", "D")]
    records = []
    for number in range(0, tuples, RECORD_TUPLES):
        groups = []
        for (rule, states), share in zip(rules, (200, 180, 20), strict=True):
            lines = []
            for _ in range(share):
                moment = 1_764_000_000_000 + number * 5 + chance.randrange(60_000)
                state = chance.choice(states)
                moved = "0,0,0,0" if state in "BD" else f"{chance.randrange(99)},{chance.randrange(9999)},12,3456"
                source = chance.choice(outside) if chance.random() < 0.5 else f"10.1.2.{chance.randrange(4, 244)}"
                lines.append(
                    f"{moment},{source},10.1.1.{chance.randrange(4, 9)},{chance.randrange(1024, 65536)},"
                    f"{chance.choice(ports)},6,I,{state},NX,{moved}"
                )
            groups.append({"rule": rule, "flowTuples": lines})
        records.append(
            {
                "time": "2025-11-24T16:00:00.0000000Z",
                "flowLogVersion": 4,
                "macAddress": "00224871C205",
                "category": "FlowLogFlowEvent",
                "targetResourceID": "/subscriptions/s/resourceGroups/g/providers/Microsoft.Network/virtualNetworks/v",
                "flowRecords": {"flows": [{"aclID": "11111111-2222-3333-4444-555555555555", "flowGroups": groups}]},
            }
        )
    return json.dumps({"records": records}, separators=(",", ":")).encode()


def peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    tuples = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    path = Path("/tmp") / f"nsgflow-bench-{tuples}.json"
    if not path.exists():
        path.write_bytes(build_blob(tuples))
        print("Blob written; run again, so that building it does not count as the parser's memory.")
        return
    blob = path.read_bytes()
    warm = path.with_name(f"nsgflow-bench-{tuples // 10}.json")
    if not warm.exists():
        warm.write_bytes(build_blob(tuples // 10))
    before = peak_mb()
    started = time.perf_counter()
    rows = sum(part.flows.num_rows for part in parse(blob, at_start=True))
    fast = rows / (time.perf_counter() - started)
    peak = peak_mb()
    small = warm.read_bytes()
    started = time.perf_counter()
    slow = len(parse_whole(small)[0]) / (time.perf_counter() - started)
    print(f"blob {len(blob) / 1e6:.0f} MB, {rows:,} tuples; peak memory {before:.0f} -> {peak:.0f} MB")
    print(f"parse {fast / 1e6:.2f} M tuples/s; json + split {slow / 1e6:.3f} M tuples/s; ratio {fast / slow:.1f}")


if __name__ == "__main__":
    main()
