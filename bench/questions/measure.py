"""What questions take from the tables beside the flows, from the flows, and what their raw aggregate takes.

    .venv/bin/python -m bench.questions.measure FILE [--times 3] [--windows all,"24 h cut"] [--filters none,port]
                                                [--exact 1] [--of totals,matrix]

FILE is a store of `bench.questions.estate`. Milliseconds by the clock, medians; answers of the first two are compared
value by value and in order. `--exact 0` asks the tables and the raw aggregate alone.
"""

from __future__ import annotations

import argparse
import os
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import pandas as pd

from bench.questions.asked import FILTERS, QUESTIONS, WINDOWS, Case, cases, raw_aggregate
from nsgflow_core.stores.local.answering import EXACT
from nsgflow_core.stores.local.frame import frame_of
from nsgflow_core.stores.local.store import LocalStore


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=Path)
    parser.add_argument("--times", type=int, default=3)
    parser.add_argument("--exact", type=int, default=1)
    parser.add_argument("--windows", default=",".join(WINDOWS))
    parser.add_argument("--filters", default=",".join(FILTERS))
    parser.add_argument("--of", default=",".join(QUESTIONS).replace("1,000", "1000").replace("2,000", "2000"))
    asked = parser.parse_args()
    store = LocalStore(asked.file)
    chosen = {name for name in QUESTIONS if any(each in name.replace(",000", "000") for each in asked.of.split(","))}
    print(f"{store.extent().tuples:,} tuples, load {os.getloadavg()[0]:.1f}")
    print(f"{'question':36}{'window':12}{'filter':18}{'flows':>8}{'tables':>8}{'raw':>8}  ratio")
    took: list[float] = []
    with store.held():
        for case in cases(tuple(asked.windows.split(",")), tuple(asked.filters.split(","))):
            if case.question in chosen:
                took.append(measured(store, case, asked.times, asked.exact))
    over = ", ".join(f"{sum(each > most for each in took)} over {most} ms" for most in (300, 500, 1_000))
    print(f"{len(took)} cases: median {statistics.median(took):.0f} ms, slowest {max(took):.0f} ms, {over}")


def measured(store: LocalStore, case: Case, times: int, exact: int) -> float:
    """One line of the table; the milliseconds that the tables took."""
    tables, answer = _timed(lambda: store.fetch(case.query), times)
    raw, _ = _timed(lambda: _raw(store, case), times)
    flows = 0.0
    if exact:
        os.environ[EXACT] = "1"
        try:
            flows, wanted = _timed(lambda: store.fetch(case.query), exact)
        finally:
            del os.environ[EXACT]
        pd.testing.assert_frame_equal(answer, wanted, obj=f"{case.question}, {case.window}, {case.filter}")
        assert answer.attrs == wanted.attrs
    print(f"{case.question:36}{case.window:12}{case.filter:18}{flows:8.0f}{tables:8.0f}{raw:8.0f}  {tables / raw:5.2f}",
          flush=True)  # fmt: skip
    return tables


def _timed(ask: Callable[[], pd.DataFrame], times: int) -> tuple[float, pd.DataFrame]:
    took = []
    for _ in range(times):
        started = time.perf_counter()
        answer = ask()
        took.append((time.perf_counter() - started) * 1_000)
    return statistics.median(took), answer


def _raw(store: LocalStore, case: Case) -> pd.DataFrame:
    return frame_of(store.table(raw_aggregate(case.query)))


if __name__ == "__main__":
    main()
