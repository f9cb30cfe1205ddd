"""Hostile bytes: seconds and memory that reading them takes, each in a process of its own.

    python bench/hostile.py [MB, default 32] [part of a name]

Memory is what the parser adds to the peak of a process that already holds the bytes. The records of `LARGE` are one
record each of that size; the shapes of tests/formats/hostile.py follow, at two megabytes and at four.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from nsgflow_core.errors import FormatError
from nsgflow_core.formats import parse
from tests.estates.records import LINE
from tests.formats.hostile import AFTER, AT, HEAD, ONE, SHAPES, times

LARGE = {
    "one record of tuples": f'"{LINE}",'.encode(),
    "one record of objects of one key": b'{"":0},',
    "one record of short tuples": b'"a",',
    "one record of empty objects": b"{},",
}


def made(name: str, size: int) -> bytes:
    if name in SHAPES:
        return SHAPES[name](size)
    return HEAD + ONE + b"," + AT + times(LARGE[name], size)[:-1] + AFTER + b"," + ONE + b"]}"


def measure(name: str, size: int) -> None:
    content = made(name, size)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    started = time.process_time()
    rows, rejected = 0, Counter[str]()
    try:
        for part in parse(memoryview(content), at_start=True):
            rows += part.flows.num_rows
            rejected.update(part.rejected)
    except FormatError as refused:
        rejected[refused.message] += 1
    seconds = time.process_time() - started
    added = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    reasons = ", ".join(f"{count:,} x {reason}" for reason, count in rejected.items())
    print(
        f"{name}: {len(content) / 1e6:.1f} MB, {seconds:.2f} s, +{added:.0f} MB, {rows:,} rows; {reasons}", flush=True
    )


def main() -> None:
    megabytes = int(sys.argv[1]) if len(sys.argv) > 1 else 32
    part = sys.argv[2] if len(sys.argv) > 2 else ""
    sizes = [(name, megabytes * 1_000_000) for name in LARGE] + [(name, mb << 20) for name in SHAPES for mb in (2, 4)]
    for name, size in sizes:
        if part in name:
            subprocess.run([sys.executable, __file__, "--one", name, str(size)], check=True)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--one"]:
        measure(sys.argv[2], int(sys.argv[3]))
    else:
        main()
