"""Speed of the local store's answers over ten million tuples, beside a naive pandas groupby of the same rows.

    .venv/bin/python bench/query.py [TUPLES] [--profile]

The estate is synthetic and goes in as Arrow, batch by batch, through the store's own commit: 20,000 address pairs in
40 subnets plus scans from 5,000 public addresses, 30 days, both ends logged. pandas gets the joined words as
categories and does not resolve double logging: it has the easier job.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from nsgflow_core.analysis import denied, required_ports, traffic
from nsgflow_core.analysis.question import Question
from nsgflow_core.ask.filters import FlowFilter
from nsgflow_core.ask.query import FlowQuery, RowsQuery
from nsgflow_core.formats.base import FLOW_SCHEMA
from nsgflow_core.inventory.subnet_map import read_subnet_map
from nsgflow_core.sources.base import BlobInfo, Cursor
from nsgflow_core.stores.local.ledger import Reading
from nsgflow_core.stores.local.store import LocalStore

START = datetime(2026, 10, 1, tzinfo=UTC)
DAYS = 30
BATCH = 1_000_000
PORTS = np.array([22, 53, 80, 443, 1433, 3306, 3389, 5432, 5671, 6379, 8080, 8443, 9092, 9200, 27017], np.uint16)
PRIVATE = [f"10.{n // 40 % 4}.{n % 40}.{n // 160 + 4}" for n in range(6400)]
PUBLIC = [f"{20 + n % 50}.{n // 250 % 250}.{n % 251}.{n % 241 + 1}" for n in range(5000)]
SUBNETS = "name,prefix\n" + "\n".join(f"subnet-{a}-{b},10.{a}.{b}.0/24" for a in range(4) for b in range(40))


def flows(chance: np.random.Generator, rows: int, batch: int, batches: int) -> pa.Table:
    """One batch of FLOW_SCHEMA rows: a slice of the month in rough order of time, as logs come."""
    pairs = np.random.default_rng(5)
    pair_src, pair_dst = pairs.integers(0, len(PRIVATE), (2, 20_000))
    pair_port = PORTS[pairs.integers(0, len(PORTS), 20_000)]
    at = (chance.random(rows) ** 2 * 20_000).astype(int)
    is_scan = chance.random(rows) < 0.15
    state = np.where(is_scan, 4, chance.choice([1, 2, 2, 3], rows))
    src = np.where(is_scan, len(PRIVATE) + chance.integers(0, len(PUBLIC), rows), pair_src[at])
    port = np.where(is_scan, chance.integers(1, 1024, rows), pair_port[at]).astype(np.uint16)
    span = DAYS * 86_400_000_000
    offset = ((batch + chance.random(rows)) / batches * span).astype(np.int64)
    moved = np.where((state == 2) | (state == 3), 1, 0)
    words = {
        "direction": (["Inbound", "Outbound"], np.where(is_scan, 0, chance.integers(0, 2, rows))),
        "decision": (["Allowed", "Denied"], is_scan.astype(int)),
        "flow_state": (["", "Begin", "Continuing", "End", "Deny"], state),
        "encryption": (["NX"], np.zeros(rows, int)),
        "nsg_id": ([f"guid-{n}" for n in range(40)], pair_dst[at] % 40),
        "nsg": ([f"guid-{n}" for n in range(40)], pair_dst[at] % 40),
        "rule": ([f"allow-{n}" for n in range(20)] + ["DenyAllInBound"], np.where(is_scan, 20, at % 20)),
        "rule_kind": (["User", "Default"], is_scan.astype(int)),
        "mac": ([f"00005E00{n:04X}" for n in range(500)], pair_dst[at] % 500),
        "target": (["/subscriptions/s/virtualNetworks/v"], np.zeros(rows, int)),
        "log_kind": (["VNet"], np.zeros(rows, int)),
        "src_ip": (PRIVATE + PUBLIC, src),
        "dst_ip": (PRIVATE + PUBLIC, pair_dst[at]),
    }
    columns = {
        name: pa.DictionaryArray.from_arrays(pa.array(codes, pa.int32()), texts)
        for name, (texts, codes) in words.items()
    }
    columns["time"] = pa.array(int(START.timestamp()) * 1_000_000 + offset).cast(pa.timestamp("us", tz="UTC"))
    columns["src_port"] = pa.array(chance.integers(32_768, 61_000, rows).astype(np.uint16))
    columns["dst_port"] = pa.array(port)
    columns["protocol"] = pa.array(np.full(rows, 6, np.uint8))
    for name in ("src_to_dst_packets", "src_to_dst_bytes", "dst_to_src_packets", "dst_to_src_bytes"):
        columns[name] = pa.array(chance.integers(60, 90_000, rows) * moved)
    return pa.table([columns[field.name] for field in FLOW_SCHEMA], schema=FLOW_SCHEMA)


def build(store: LocalStore, tuples: int) -> pd.DataFrame:
    """Fill the store; the columns that pandas needs come back."""
    chance = np.random.default_rng(1)
    batches = max(tuples // BATCH, 1)
    kept = []
    for batch in range(batches):
        table = flows(chance, min(BATCH, tuples), batch, batches)
        blob = BlobInfo(f"blob-{batch}", f"blob-{batch}", 0, "e")
        store.commit([Reading(blob, table, Cursor("e", 1, "f"))])
        needed = ["time", "src_ip", "dst_ip", "dst_port", "protocol", "decision", "direction", "nsg", "rule"]
        kept.append(table.select([*needed, "src_to_dst_bytes", "dst_to_src_bytes"]).to_pandas())
    store.save_subnets(read_subnet_map(SUBNETS))
    for name in kept[0].select_dtypes("category"):
        joined = pd.api.types.union_categoricals([frame[name] for frame in kept])
        for frame in kept:
            frame[name] = frame[name].cat.set_categories(joined.categories)
    joined_rows: pd.DataFrame = pd.concat(kept, ignore_index=True)
    return joined_rows


def naive(rows: pd.DataFrame, pair: tuple[str, str]) -> dict[str, Callable[[], object]]:
    """The same questions as one would write them with pandas."""

    def by_rule_and_port() -> object:
        part = rows[rows["decision"] == "Denied"].groupby(
            ["nsg", "rule", "direction", "protocol", "dst_port"], observed=True
        )
        return part.agg(flows=("time", "size"), sources=("src_ip", "nunique"), first=("time", "min"))

    def ports() -> object:
        allowed = rows[rows["decision"] == "Allowed"]
        subnets = [allowed[end].astype(str).str.rsplit(".", n=1).str[0] for end in ("src_ip", "dst_ip")]
        part = allowed.groupby([*subnets, "protocol", "dst_port"])
        return part.agg(flows=("time", "size"), bytes=("src_to_dst_bytes", "sum"), sources=("src_ip", "nunique"))

    def one_pair() -> object:
        part = rows[(rows["src_ip"] == pair[0]) & (rows["dst_ip"] == pair[1])]
        return part.groupby(part["time"].dt.floor("h"))["src_to_dst_bytes"].agg(["size", "sum"])

    def over_time() -> object:
        return rows.groupby([rows["time"].dt.floor("h"), "decision"], observed=True)["src_to_dst_bytes"].agg(
            ["size", "sum"]
        )

    return {"denied": by_rule_and_port, "required ports": ports, "one pair": one_pair, "over time": over_time}


def best(ask: Callable[[], object], times: int = 3) -> float:
    """Milliseconds of the fastest of some runs."""
    taken = []
    for _ in range(times):
        started = time.perf_counter()
        ask()
        taken.append((time.perf_counter() - started) * 1000)
    return min(taken)


def asked(pair: tuple[str, str]) -> dict[str, Question]:
    """The questions by name."""
    everything = FlowFilter()
    one_pair = everything.where("src_ip", pair[0]).where("dst_ip", pair[1])
    either_way = FlowFilter(either_way=True).where("src_ip", pair[0]).where("dst_ip", pair[1])
    distinct = FlowQuery(everything, by=("nsg",), measures=("sources", "last_seen"))
    return {
        "denied": denied.by_rule_and_port(everything),
        "required ports": required_ports.services(everything),
        "one pair": traffic.over_time(one_pair),
        "over time": traffic.over_time(everything),
        "one pair, either way": traffic.over_time(either_way),
        "required ports by address": required_ports.services(everything, "address", 1000),
        "totals": traffic.totals(everything),
        "subnet x subnet": traffic.between_subnets(everything),
        "distinct only": Question.of_flows("distinct", distinct),
    }


def print_plans(store: LocalStore, questions: dict[str, Question]) -> None:
    """DuckDB's own account of where the time of the slow questions goes."""
    import duckdb

    with duckdb.connect(str(store.path), read_only=True) as connection:
        for name in ("denied", "required ports", "over time"):
            plan = connection.sql("EXPLAIN ANALYZE " + store.explain(questions[name].query)).fetchall()
            print(name, plan[0][1], sep="\n")


def main() -> None:
    numbers = [word for word in sys.argv[1:] if word.isdigit()]
    tuples = int(numbers[0]) if numbers else 10_000_000
    with tempfile.TemporaryDirectory() as folder:
        store = LocalStore(Path(folder) / "flows.duckdb")
        started = time.monotonic()
        rows = build(store, tuples)
        taken = time.monotonic() - started
        print(f"{tuples:,} tuples stored in {taken:.1f} s, {store.path.stat().st_size / 1e6:.0f} MB")
        pair = (str(rows["src_ip"].iloc[7]), str(rows["dst_ip"].iloc[7]))
        questions, by_hand = asked(pair), naive(rows, pair)
        for name, question in questions.items():
            mine = best(partial(question.ask, store))
            line = f"{name:28} {mine:8.0f} ms, {len(question.ask(store)):7,} rows"
            if name in by_hand:
                theirs = best(by_hand[name], 2)
                line += f"   pandas {theirs:8.0f} ms   ratio {theirs / mine:5.1f}"
            print(line)
        print(f"{'newest rows':28} {best(lambda: store.rows(RowsQuery())):8.0f} ms")
        print(f"{'identity (opens the file)':28} {best(lambda: store.identity):8.1f} ms")
        if "--profile" in sys.argv:
            print_plans(store, questions)


if __name__ == "__main__":
    main()
