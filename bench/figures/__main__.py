"""Measure, and write docs/performance.md.

    make bench                                       some five minutes on a quiet machine
    .venv/bin/python -m bench.figures [--hours 24] [--sizes 1,10] [--times 5] [--page docs/performance.md]

`--hours 120 --sizes 1,10,50` is the whole of it: 2,400 and 24,000 blobs (1 and 10 M tuples), and a store of 50 M tuples
(half an hour).
"""

from __future__ import annotations

import argparse
import os
import platform
from datetime import UTC, datetime
from pathlib import Path

from bench.figures.measured import downloads, imports, questions
from bench.figures.written import put, section

_PAGE = Path(__file__).resolve().parents[2] / "docs" / "performance.md"


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--hours", type=int, default=24)
    parser.add_argument("--sizes", default="1,10", help="millions of tuples")
    parser.add_argument("--times", type=int, default=5)
    parser.add_argument("--page", type=Path, default=_PAGE)
    asked = parser.parse_args()
    sizes = [int(float(size) * 1_000_000) for size in asked.sizes.split(",")]
    before = os.getloadavg()[0]
    figures = []
    for figure in (
        *imports([max(asked.hours // 10, 1), asked.hours]),
        *downloads(min(asked.hours, 6)),
        *questions(sizes, asked.times),
    ):
        figures.append(figure)
        print(f"{figure.what:36}{figure.tuples:>12,}{figure.seconds:9.3f} s, {figure.ratio:6.2f} x {figure.floor}")
    conditions = (
        f"`python -m bench.figures --hours {asked.hours} --sizes {asked.sizes}` on {datetime.now(UTC):%Y-%m-%d}: "
        f"Python {platform.python_version()}, {os.cpu_count()} cores,\nload {before:.1f} before it; medians, processor "
        "seconds of both cores; a ratio below 1 is faster than its floor."
    )
    asked.page.write_text(put(asked.page.read_text(), section(figures, conditions)))
    print(f"written into {asked.page}")


if __name__ == "__main__":
    main()
