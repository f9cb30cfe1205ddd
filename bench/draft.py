"""Drafts on 50 planted estates, and one on 10 million flow tuples.

.venv/bin/python bench/draft.py            the table over estates
.venv/bin/python bench/draft.py --tuples   10 M tuples: import, draft at three points of the dial
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
import warnings
from datetime import timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from nsgflow_core.ask.filters import FlowFilter  # noqa: E402
from nsgflow_core.formats.base import FLOW_SCHEMA  # noqa: E402
from nsgflow_core.inventory.subnet_map import Subnet, SubnetMap  # noqa: E402
from nsgflow_core.rules.decide.address_space import AddressSpace  # noqa: E402
from nsgflow_core.rules.decide.evaluate import decide_all  # noqa: E402
from nsgflow_core.rules.draft.draft import Scope, compose, draft  # noqa: E402
from nsgflow_core.rules.draft.traffic import gather  # noqa: E402
from nsgflow_core.stores.local.store import LocalStore  # noqa: E402
from nsgflow_core.words.prefixes import parse_prefix  # noqa: E402
from nsgflow_core.words.vocabulary import Direction  # noqa: E402
from tests.estates import planted  # noqa: E402
from tests.estates.flows import START, Key, keep, row, store_of  # noqa: E402

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


def big_store(path: Path, tuples: int) -> tuple[LocalStore, SubnetMap]:
    """A store with that many tuples of one NSG: 20 subnets of 60 hosts, 40 services, 5,000 public clients, 7 days."""
    subnets = SubnetMap(
        tuple(Subnet(f"s{n:02}", parse_prefix(f"10.0.{n}.0/24"), "hub") for n in range(20)),
        (parse_prefix("10.0.0.0/16"),),
    )
    store = LocalStore(path)
    store.save_subnets(subnets)
    rng = np.random.default_rng(1)
    inside = [f"10.0.{n}.{h}" for n in range(20) for h in range(4, 64)]
    public = [f"{a}.{b}.7.9" for a in range(20, 70) for b in range(100)]
    words = pa.array(inside + public)
    services = rng.choice(np.arange(1024, 32_000), 40, replace=False)
    start = int(START.timestamp() * 1_000_000)
    chunk = 1_000_000
    for part in range(max(1, tuples // chunk)):
        size = min(chunk, tuples)
        service = rng.integers(0, 40, size)
        peers = (service * 7) % 20 * 60 + rng.integers(0, 60, size)
        source = np.where(service < 2, rng.integers(1200, 6200, size), peers)
        table = _table(size, words, source, rng.integers(0, 60, size), services[service], start, rng)
        keep(store, f"part{part}", table)
    return store, subnets


def _table(
    size: int,
    words: pa.Array,
    source: np.ndarray,
    destination: np.ndarray,
    port: np.ndarray,
    start: int,
    rng: np.random.Generator,
) -> pa.Table:
    def same(text: str) -> pa.Array:
        return pa.DictionaryArray.from_arrays(pa.array(np.zeros(size, np.int32)), pa.array([text]))

    example = row(("10.0.1.4", "10.0.0.4", "TCP", 1), START, nsg="s00-nsg")
    made = {name: same(str(example[name])) for name in FLOW_SCHEMA.names if isinstance(example[name], str)}
    made["src_ip"] = pa.DictionaryArray.from_arrays(pa.array(source.astype(np.int32)), words)
    made["dst_ip"] = pa.DictionaryArray.from_arrays(pa.array(destination.astype(np.int32)), words)
    made["time"] = pa.array(start + rng.integers(0, 7 * 86_400, size) * 1_000_000, pa.timestamp("us", tz="UTC"))
    made["dst_port"] = pa.array(port.astype(np.uint16))
    made["src_port"] = pa.array(rng.integers(49_152, 65_535, size).astype(np.uint16))
    made["protocol"] = pa.array(np.full(size, 6, np.uint8))
    for counter in ("src_to_dst_packets", "src_to_dst_bytes", "dst_to_src_packets", "dst_to_src_bytes"):
        made[counter] = pa.array(np.full(size, 3, np.int64))
    return pa.table([made[name] for name in FLOW_SCHEMA.names], schema=FLOW_SCHEMA)


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
