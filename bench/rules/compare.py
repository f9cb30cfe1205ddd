"""Two rule sets held against each other, at length and at size: `python bench/rules/compare.py cases|size`.

cases   random pairs of rule sets in a small world against asking about each packet; exits 1 on the first disagreement
size    2,000 rules over 6,000 prefixes against a changed copy, and against another set altogether, in processor seconds
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from nsgflow_core.inventory.rule import Access, PortRange, Rule, RuleSet
from nsgflow_core.rules.audit.proved import proved_findings
from nsgflow_core.rules.compare.changes import changes
from nsgflow_core.rules.decide.address_space import AddressSpace
from nsgflow_core.words.prefixes import parse_prefix
from nsgflow_core.words.vocabulary import Direction
from tests.rules.audit.test_shadows import TERMS, random_rules
from tests.rules.compare.test_changes import by_brute_force, pairs, rule_set

SPACE = AddressSpace((parse_prefix("10.0.0.0/8"),))


def run_cases(cases: int, first_seed: int) -> int:
    """How many random pairs of rule sets disagree with brute force (it stops at the first)."""
    world, started = AddressSpace((parse_prefix("0.0.0.0/0"), parse_prefix("::/0"))), time.perf_counter()
    for seed in range(first_seed, first_seed + cases):
        old, new = rule_set(random_rules(2 * seed, TERMS, 6)), rule_set(random_rules(2 * seed + 1, TERMS, 6))
        if not by_brute_force(old, new, world) <= pairs(changes(old, new, world)):
            print(f"seed {seed} disagrees")
            return 1
    print(f"{cases:,} pairs of rule sets agree with brute force, {time.perf_counter() - started:.0f} s")
    return 0


def many_rules(seed: int, count: int, pool: list[str], each: int, every_port: bool) -> tuple[Rule, ...]:
    rng = random.Random(seed)

    def rule(number: int, direction: Direction) -> Rule:
        port = rng.randint(1, 60_000)
        ports = (PortRange(0, 65_535),) if every_port else (PortRange(port, port + rng.choice([0, 0, 100])),)
        sources, destinations = (tuple(sorted(rng.sample(pool, each))) for _ in range(2))
        access = rng.choice([Access.ALLOW, Access.ALLOW, Access.DENY])
        return Rule(f"r{number}", 100 + number, direction, access, "Tcp", sources, destinations, ports)

    return tuple(rule(number, direction) for direction in Direction for number in range(count // 2))


def run_size() -> None:
    rng = random.Random(3)
    pool = sorted({f"10.{rng.randint(0, 255)}.{rng.randint(0, 255)}.{rng.randint(0, 255)}" for _ in range(6_100)})[
        :6_000
    ]
    print("| shape | change | s | rows | audit s |")
    print("| --- | --- | --- | --- | --- |")
    shapes = (("3 prefixes a side", 3, False), ("60 a side", 60, False), ("all 6,000 a side", 6_000, False),
              ("3 a side, every port", 3, True), ("60 a side, every port", 60, True))  # fmt: skip
    for words, each, every_port in shapes:
        made = RuleSet("old", many_rules(1, 2_000, pool, each, every_port))
        fewer = replace(made, rules=tuple(rule for at, rule in enumerate(made.rules) if at % 100))
        other = RuleSet("new", many_rules(2, 2_000, pool, each, every_port))
        for change, new in (("none", made), ("20 rules removed", fewer), ("all 2,000 others", other)):
            seconds, found = _timed(partial(changes, made, new, SPACE))
            print(f"| 2,000 rules, {words} | {change} | {seconds:.1f} | {len(found):,} | |", flush=True)
        if each <= 60:
            inbound = made.with_defaults().towards(Direction.INBOUND)
            seconds, _ = _timed(partial(proved_findings, inbound, SPACE))
            print(f"| 1,000 of them inbound, {words} | | | | {seconds:.1f} |", flush=True)


def _timed(work: Callable[[], Sequence[object]]) -> tuple[float, Sequence[object]]:
    """Seconds of the processor, as the machine may be shared, and the answer."""
    started = time.process_time()
    made = work()
    return time.process_time() - started, made


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["cases", "size"])
    parser.add_argument("--cases", type=int, default=300)
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    if asked.what == "cases":
        return run_cases(asked.cases, asked.seed)
    run_size()
    return 0


if __name__ == "__main__":
    sys.exit(main())
