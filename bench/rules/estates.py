"""Drafts of random estates whose NSG changes mid-window: what is reopened, refused, and lost of what is legitimate.

.venv/bin/python bench/rules/estates.py [--estates N] [--first SEED] [--untidy|--moved]

With --untidy (tests/estates/untidy.py) other NSGs and admin rules stand on the way, an NSG has a namesake and another
VNet the same addresses; with --moved half of its denies move to the front or are widened mid-window. Everything is
judged by the plain loops of tests/estates/contested.py. Per rung of the dial, over all estates:
closed      cells whose last connection was denied, by whomever
reopened    of these, admitted by a rule of the draft
refused     drafts that Azure would refuse (rules/accepts)
legitimate  cells last allowed that no user's deny of the file stops, without the doubtful: a rare shell inside is one
doubtful    of those a stranger's on a guarded port or met a few times, and a scan: Estate.is_doubtful, by plain loops
silent      doubtful cells that the draft neither admits nor sets apart, and closed ones once let pass that it does not
lost        legitimate cells that the draft does not admit
unseen      cells of which nothing was logged, and which a user's deny of the file stops
overruled   of these, and of cells last allowed that such a deny stops, admitted by a rule of the draft: one on the
            wrong side of that deny
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from pathlib import Path

import pandas as pd

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from nsgflow_core.rules.draft.dial import RUNGS  # noqa: E402
from tests.estates.contested import plant, plant_moved  # noqa: E402
from tests.estates.untidy import plant_untidy  # noqa: E402
from tests.rules.draft.closed.judging import judged  # noqa: E402


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--estates", type=int, default=1_000)
    parser.add_argument("--first", type=int, default=0)
    kind = parser.add_mutually_exclusive_group()
    kind.add_argument("--untidy", dest="planted", action="store_const", const=plant_untidy, default=plant)
    kind.add_argument("--moved", dest="planted", action="store_const", const=plant_moved)
    arguments = parser.parse_args()
    started, tables = time.perf_counter(), []
    for seed in range(arguments.first, arguments.first + arguments.estates):
        with tempfile.TemporaryDirectory() as folder:
            table = judged(Path(folder), arguments.planted(seed), random.Random(seed))
        tables.append(table.assign(seed=seed))
        is_fault = table[["reopened", "refused", "overruled", "silent", "lost"]].sum(axis=1) > 0
        for fault in table[is_fault].itertuples():
            print(f"seed {seed}: {fault}")
    every = pd.concat(tables)
    sums = every.drop(columns=["seed", "options"]).groupby("exactness").sum().sort_index(ascending=False)
    print(sums.to_string())
    print(f"{arguments.estates:,} estates, {len(RUNGS)} drafts each, in {time.perf_counter() - started:.0f} s")


if __name__ == "__main__":
    main()
