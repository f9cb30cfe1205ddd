"""What a table costs as each file: CPU seconds and size, as a ratio to CSV.

`python bench/exports.py [ROWS]`: rows shaped like required ports (14 columns, two of them times), 100,000 by default.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from nsgflow_core.exports import FILE_FORMATS
from nsgflow_core.exports.base import TableOrigin
from nsgflow_core.words.several import Several


def services(rows: int) -> pd.DataFrame:
    """Addresses of a few hundred hosts, ports, rules as tuples, counters and moments."""
    rng = np.random.default_rng(1)
    ends = np.array([f"10.{a}.{b}.{c}" for a in range(4) for b in range(10) for c in range(4, 14)])
    rules = [Several((f"nsg-{name}/allow-{name}",)) for name in ("web", "app", "data")]
    began = pd.Timestamp("2026-11-16T00:00:00Z").value // 1000
    frame: dict[str, Any] = {"source": rng.choice(ends, rows), "destination": rng.choice(ends, rows)}
    frame |= {"protocol": rng.choice(["TCP", "UDP"], rows), "port": rng.integers(1, 65_536, rows)}
    frame |= {"service": rng.choice(["https", "ms-sql-s", ""], rows), "directions": [Several(("Inbound",))] * rows}
    frame |= {"rules": [rules[place] for place in rng.integers(0, 3, rows)]}
    frame |= {name: rng.integers(1, 1 << 40, rows) for name in ("flows", "packets", "bytes", "sources", "destinations")}
    for name in ("first_seen", "last_seen"):
        frame[name] = pd.to_datetime(began + rng.integers(0, 7 * 86_400, rows) * 10**6, unit="us", utc=True)
    return pd.DataFrame(frame)


def main() -> None:
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    frame, plain = services(rows), 0.0
    for row in FILE_FORMATS.values():
        taken = []
        for _ in range(2):
            begin = time.process_time()
            content = row.write(frame, lambda: TableOrigin("Services"))
            taken.append(time.process_time() - begin)
        plain = plain or min(taken)
        print(f"{row.label:9} {min(taken):6.2f} s  {min(taken) / plain:5.1f} x CSV  {len(content) / 1e6:6.2f} MB")


if __name__ == "__main__":
    main()
