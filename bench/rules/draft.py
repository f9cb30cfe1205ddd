"""Drafts on 50 planted estates, and one on 10 million flow tuples.

.venv/bin/python bench/rules/draft.py            the table over estates
.venv/bin/python bench/rules/draft.py --tuples   10 M tuples: import, draft at three points of the dial
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
import warnings
from datetime import timedelta
from pathlib import Path

import pandas as pd

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from bench.stores import big_store  # noqa: E402
from nsgflow_core.ask.filters import FlowFilter  # noqa: E402
from nsgflow_core.rules.decide.address_space import AddressSpace  # noqa: E402
from nsgflow_core.rules.decide.evaluate import decide_all  # noqa: E402
from nsgflow_core.rules.draft.draft import Scope, compose, draft  # noqa: E402
from nsgflow_core.rules.draft.traffic import gather  # noqa: E402
from nsgflow_core.words.vocabulary import Direction  # noqa: E402
from tests.estates import planted  # noqa: E402
from tests.estates.flows import START, Key, store_of  # noqa: E402

COLUMNS = ("seed", "policy", "exact", "default", "ratio", "opened", "admits", "denies", "held_out")


def admitted(rule_set: object, keys: list[Key], space: AddressSpace) -> float:
    """The share of these packets that the rule set surely allows."""
    if not keys:
        return 1.0
    packets = pd.DataFrame(keys, columns=["src_ip", "dst_ip", "protocol", "port"]).assign(direction="Inbound")
    return float((decide_all(rule_set, packets, space)["access"] == "Allow").mean())  # type: ignore[arg-type]


def estates(count: int) -> None:
    """One line per estate: rules planted and drafted, and what the drafts admit."""
    print("  ".join(f"{column:>8}" for column in COLUMNS))
    rows = []
    for seed in range(count):
        estate = planted.plant(seed)
        with tempfile.TemporaryDirectory() as folder:
            store = store_of(Path(folder) / "f.duckdb", planted.rows_of(estate), estate.subnets)
            scope, space = Scope(nsg=estate.nsg), AddressSpace.of(estate.subnets)
            material = gather(store, FlowFilter(), scope, Direction.INBOUND)
            exact, default = compose(material, 1.0), compose(material)
            last = START + timedelta(days=13)
            held = draft(store, FlowFilter().within(None, last), scope, Direction.INBOUND)
        legitimate = sorted({key for key, _, _ in estate.legitimate})
        later = sorted({key for key, moment, _ in estate.legitimate if moment >= last})
        rows.append(
            (
                seed,
                len(estate.policy),
                len(exact.openings),
                len(default.openings),
                len(default.openings) / len(estate.policy),
                exact.over_permission,
                admitted(exact.rule_set, legitimate, space),
                1 - admitted(exact.rule_set, sorted({key for key, _ in estate.denied}), space),
                admitted(held.rule_set, later, space),
            )
        )
        print("  ".join(f"{value:8.3f}" if isinstance(value, float) else f"{value:8}" for value in rows[-1]))
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    print(
        f"over {count} estates: at most {table['ratio'].max():.2f} rules per planted rule at the default dial; "
        f"at exact {table['admits'].min():.0%} of legitimate traffic admitted, {table['denies'].min():.0%} of denied "
        f"traffic denied, "
        f"over-permission {table['opened'].max():.1f}; held-out day covered {table['held_out'].min():.1%} at least, "
        f"{table['held_out'].mean():.1%} on average"
    )


def tuples(count: int) -> None:
    """Time a draft on that many tuples."""
    with tempfile.TemporaryDirectory() as folder:
        started = time.perf_counter()
        store, _ = big_store(Path(folder) / "f.duckdb", count)
        print(f"{count:,} tuples stored in {time.perf_counter() - started:.1f} s")
        for exactness in (0.75, 0.75, 1.0, 0.0):
            started = time.perf_counter()
            material = gather(store, FlowFilter(), Scope(nsg="s00-nsg"), Direction.INBOUND)
            asked = time.perf_counter() - started
            made = compose(material, exactness)
            whole = time.perf_counter() - started
            print(
                f"exactness {exactness}: {whole:.2f} s, {asked:.2f} s of it evidence; {len(material.flows):,} distinct "
                f"flows, {len(made.openings)} rules at {made.exactness}, over-permission {made.over_permission:.2f}"
            )


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tuples", nargs="?", type=int, const=10_000_000, help="time a draft (default 10 M tuples)")
    parser.add_argument("--estates", type=int, default=50)
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")
    if arguments.tuples:
        tuples(arguments.tuples)
    else:
        estates(arguments.estates)


if __name__ == "__main__":
    main()
