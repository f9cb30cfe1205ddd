"""Rules at length and at size: `python bench/rules/evaluate.py cases|decide|outcomes|size [--store FILE]`.

cases   a million random (rule set, packet) cases, decide_all and decide against the slow reference; exits 1 on the
        first disagreement, naming its seed
decide  1,000 rules against 300,000 distinct packets, in seconds
outcomes 2,000 rules replayed on 500,000 distinct logged flows (what 10 M tuples give), in seconds of CPU and as a
        ratio to grouping the same flows once
size    a draft, a replay and an audit of 2,000 rules on 10 M tuples (or --store), as a ratio to grouping them once
"""

from __future__ import annotations

import argparse
import random
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import pandas as pd

from bench.stores import big_store
from nsgflow_core.ask.filters import FlowFilter
from nsgflow_core.ask.query import FlowQuery
from nsgflow_core.inventory.rule import ANY_PORTS, Access, PortRange, Rule, RuleSet
from nsgflow_core.rules.audit.audit import audit
from nsgflow_core.rules.decide.address_space import AddressSpace
from nsgflow_core.rules.decide.evaluate import decide_all
from nsgflow_core.rules.decide.network import Network
from nsgflow_core.rules.draft.draft import Scope, draft
from nsgflow_core.rules.replay.replay import replay
from nsgflow_core.stores.local.store import LocalStore
from nsgflow_core.words.prefixes import parse_prefix
from nsgflow_core.words.vocabulary import Direction
from tests.estates.logged import NOON, LoggedRows
from tests.rules.decide.test_evaluate import both_answers

SPACE = AddressSpace((parse_prefix("10.0.0.0/8"),))


def run_cases(cases: int, first_seed: int, packets: int = 200) -> int:
    """How many random cases disagree with the reference (it stops at the first batch that does)."""
    started = time.perf_counter()
    for seed in range(first_seed, first_seed + cases // packets):
        together, alone, slow = both_answers(seed, packets)
        wrong: int = sum(a != c or b != c for a, b, c in zip(together, alone, slow, strict=True))
        if wrong:
            print(f"seed {seed}: {wrong} of {packets} disagree")
            return wrong
    print(f"{cases:,} cases agree with the reference, {time.perf_counter() - started:.0f} s")
    return 0


def many_rules(count: int = 1000, every_port: bool = False) -> RuleSet:
    rng = random.Random(1)

    def prefix() -> str:
        first = f"10.{rng.randint(0, 3)}.{rng.randint(0, 255)}"
        return rng.choice([f"{first}.{rng.randint(1, 254)}", f"{first}.0/24"])

    def rule(number: int, direction: Direction) -> Rule:
        port = rng.choice([22, 80, 443, 1433, 3389, rng.randint(1, 60_000)])
        ports = ANY_PORTS if every_port else (PortRange(port, port + rng.choice([0, 0, 100])),)
        source, destination = (tuple(dict.fromkeys(prefix() for _ in range(4))) for _ in range(2))
        access = rng.choice([Access.ALLOW, Access.ALLOW, Access.DENY])
        protocol = rng.choice(["Tcp", "Udp", "*"])
        return Rule(f"r{number}", 100 + number, direction, access, protocol, source, destination, ports)

    half = [rule(number, direction) for direction in Direction for number in range(count // 2)]
    return RuleSet("bench", tuple(half)).with_defaults()


def run_decide(count: int = 300_000) -> None:
    rng = random.Random(2)
    inside = [f"10.{rng.randint(0, 3)}.{rng.randint(0, 255)}.{rng.randint(1, 254)}" for _ in range(20_000)]
    outside = [f"{rng.randint(11, 99)}.{rng.randint(0, 255)}.3.4" for _ in range(20_000)]
    packets = pd.DataFrame(
        {
            "src_ip": rng.choices(inside + outside, k=count),
            "dst_ip": rng.choices(inside, k=count),
            "protocol": rng.choices(["TCP", "UDP"], k=count),
            "port": [rng.choice([22, 443, rng.randint(1, 65_535)]) for _ in range(count)],
            "direction": rng.choices([str(direction) for direction in Direction], k=count),
        }
    )
    for every_port in (False, True):
        rules = many_rules(every_port=every_port)
        started = time.perf_counter()
        verdicts = decide_all(rules, packets, SPACE)
        seconds = time.perf_counter() - started
        print(f"1,000 rules{' on every port' if every_port else ''}, {count:,} packets: {seconds:.2f} s", end=", ")
        print(f"decided by {verdicts['decided_by'].nunique()} rules")


def run_outcomes(count: int = 500_000) -> None:
    rng = random.Random(3)
    inside = [f"10.{rng.randint(0, 3)}.{rng.randint(0, 255)}.{rng.randint(1, 254)}" for _ in range(20_000)]
    directions = rng.choices([str(direction) for direction in Direction], k=count)
    rows = pd.DataFrame(
        {
            "src_ip": rng.choices(inside, k=count),
            "dst_ip": rng.choices(inside, k=count),
            "protocol": rng.choices(["TCP", "UDP"], k=count),
            "port": [rng.choice([22, 443, rng.randint(1, 65_535)]) for _ in range(count)],
            "direction": directions,
            "decision": "Allowed",
            "nsg": "bench",
            "nsg_id": "",
            "rule": ["AllowVnetInBound" if each == "Inbound" else "AllowVnetOutBound" for each in directions],
            "rule_kind": "Default",
            "log_kind": "VNet",
            "flows": 1,
            "last_seen": NOON,
        }
    )
    store, rules = LoggedRows(rows), many_rules(2000)
    logged = store.fetch(FlowQuery(by=tuple(rows.columns[:11]), measures=("flows",)))
    started = time.process_time()
    logged.groupby(list(logged.columns[:6]), observed=True)["flows"].sum()
    unit = time.process_time() - started
    started = time.process_time()
    outcomes = replay(store, rules, FlowFilter(), Network())
    seconds = time.process_time() - started
    print(f"replay of 2,000 rules on {count:,} flows: {seconds:.2f} s of CPU", end=", ")
    print(f"{seconds / unit:.1f} x one grouping of them, {len(outcomes):,} rows")


def run_size(path: Path | None) -> None:
    """Draft, replay and audit of one NSG's store, beside one grouping of its tuples into distinct flows."""
    if path is None:
        with tempfile.TemporaryDirectory() as folder:
            big_store(made := Path(folder) / "f.duckdb", 10_000_000)
            run_size(made)
        return
    store, rules = LocalStore(path), replace(many_rules(2000), name="s00-nsg")
    scope, grouping = Scope(nsg=rules.name), "SELECT src, dst, protocol, dst_port, count(*) FROM flows GROUP BY ALL"
    with store.asking() as connection:
        floor, _ = _cpu(lambda: connection.sql(grouping).to_arrow_table())
    print(f"{store.extent().tuples:,} tuples into distinct flows: {floor:.2f} s of CPU")
    asked = {
        "draft": lambda: draft(store, FlowFilter(), scope, Direction.INBOUND),
        "replay of 2,000 rules": lambda: replay(store, rules, FlowFilter(), Network()),
        "audit of 2,000 rules": lambda: audit(store, rules, FlowFilter(), SPACE),
    }
    for name, work in asked.items():
        took = sorted(_cpu(work) for _ in range(3))[1]
        most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10
        print(f"{name}: {took[0]:.2f} s of CPU, {took[0] / floor:.1f} x that, {took[1]:.1f} s of wall, {most} MB")


def _cpu(work: Callable[[], object]) -> tuple[float, float]:
    """Seconds of all threads of the process, and of the clock on the wall."""
    started, at = time.process_time(), time.perf_counter()
    work()
    return time.process_time() - started, time.perf_counter() - at


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["cases", "decide", "outcomes", "size"])
    parser.add_argument("--cases", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--store", type=Path)
    asked = parser.parse_args()
    if asked.what == "cases":
        return min(run_cases(asked.cases, asked.seed), 1)
    if asked.what == "decide":
        run_decide()
    elif asked.what == "outcomes":
        run_outcomes()
    else:
        run_size(asked.store)
    return 0


if __name__ == "__main__":
    sys.exit(main())
