"""What a comparison of two windows takes: processor seconds of each kind of thing, and how many changed.

    .venv/bin/python -m bench.changes STORE [--days 1] [--times 3]

The newest days against as many before them; the best of so many times.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from pathlib import Path

import pandas as pd

from nsgflow_core.analysis.compared import changes, periods
from nsgflow_core.analysis.required_ports import ENDS, EndsAs
from nsgflow_core.ask.filters import FlowFilter
from nsgflow_core.stores.local.store import LocalStore
from nsgflow_core.ui.flows.changed import MANY

BY_ADDRESS: EndsAs = "address"


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("store", type=Path)
    parser.add_argument("--days", type=float, default=1)
    parser.add_argument("--times", type=int, default=3)
    asked = parser.parse_args()
    store = LocalStore(asked.store)
    held = store.extent()
    until = periods.ends(periods.now(FlowFilter(), held))[1]
    after = FlowFilter(until - timedelta(days=asked.days), until)
    before = periods.before(after, "just", held)
    print(f"{held.tuples:,} tuples, {periods.in_words(after)} against {periods.in_words(before)}")
    for key, subject in changes.SUBJECTS.items():
        for by in tuple(ENDS) if key in ("services", "denials") else (BY_ADDRESS,):
            seconds, found = _best(partial(subject.asked(before, after, by, MANY).ask, store), asked.times)
            told = changes.counts_in_words(subject, changes.counts(found))
            print(f"{key:10}{by if key in ('services', 'denials') else '':10}{seconds:6.2f} s  {told}", flush=True)


def _best(ask: Callable[[], pd.DataFrame], times: int) -> tuple[float, pd.DataFrame]:
    took = []
    for _ in range(times):
        started = time.process_time()
        found = ask()
        took.append(time.process_time() - started)
    return min(took), found


if __name__ == "__main__":
    main()
