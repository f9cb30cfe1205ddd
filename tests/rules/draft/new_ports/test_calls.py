"""Hosts that call each other on a port of the call get one marked range between their labels; jobs and scans do not."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import numpy as np

from nsgflow_core.rules.draft.new_ports.range import RangeKind
from tests.estates.daily import Rows, daily
from tests.estates.flows import START, row
from tests.rules.draft.drafts import drafted, made_of

PHONES = [f"10.0.2.{n}" for n in range(10, 22)]


def calls(phones: list[str] = PHONES, a_day: int = 30, days: int = 3, seed: int = 1, **more: object) -> Rows:
    """So many calls a day between any two phones, each on a port of its own."""
    rng = np.random.default_rng(seed)
    ports = iter(rng.permutation(np.arange(16_384, 32_768, 2)).tolist())
    ends = [(day, *rng.choice(phones, 2, replace=False).tolist()) for day in range(days) for _ in range(a_day)]
    return [row((here, there, "UDP", next(ports)), START + timedelta(days=d)) | more for d, here, there in ends]


def test_phones_get_one_range_in_place_of_a_rule_for_each_call(tmp_path: Path) -> None:
    made = made_of(tmp_path, calls() + daily(PHONES[0], PHONES[1], 5060, 3, "UDP"))
    (name,) = made.ranges
    ((found,),) = made.ranges.values()
    rule = next(rule for rule in drafted(made) if rule.name == name)
    assert (found.kind, rule.sources, rule.destinations) == (RangeKind.CALLS, ("10.0.2.0/24",), ("10.0.2.0/24",))
    assert [port.holds(16_384) and port.holds(32_766) for port in rule.destination_ports] == [True]
    assert "as calls do" in found.sentence
    assert [question.rule for question in made.decisions_to_make if question.words == found.sentence] == [name]
    assert len(drafted(made)) == 2


def test_few_of_a_subnet_that_call_are_listed(tmp_path: Path) -> None:
    others = [r for n in range(100, 140) for r in daily(f"10.0.2.{n}", "10.0.2.9", 443, 3)]
    made = made_of(tmp_path, calls() + others)
    (rule,) = [rule for rule in drafted(made) if rule.name in made.ranges]
    assert "10.0.2.0/24" not in (*rule.sources, *rule.destinations)


def test_jobs_that_ran_once_a_scan_and_refusals_are_no_calls(tmp_path: Path) -> None:
    jobs = [r for n in range(45) for r in calls([f"10.0.2.{4 + 2 * n}", f"10.0.2.{5 + 2 * n}"], 1, 1, seed=n)]
    one = [r for n in range(3) for r in calls(PHONES, 30, 3, seed=n)]
    scan = [r | {"src_ip": PHONES[0], "dst_ip": PHONES[1 + n % 11]} for n, r in enumerate(one)]
    knocks = calls(src_to_dst_packets=1, src_to_dst_bytes=60, dst_to_src_packets=1, dst_to_src_bytes=54)
    for name, rows in (("jobs", jobs), ("scan", scan), ("knocks", knocks)):
        (tmp_path / name).mkdir()
        made = made_of(tmp_path / name, rows + daily("10.0.1.4", "10.0.2.9", 443, 3))
        assert [each.kind for held in made.ranges.values() for each in held if each.kind is RangeKind.CALLS] == [], name


def test_a_service_of_many_clients_is_no_call(tmp_path: Path) -> None:
    rows = [
        row((here, there, "TCP", 20_000 + n), START + timedelta(days=n % 3))
        for n in range(6)
        for here in PHONES[:6]
        for there in PHONES[6:]
    ]
    assert made_of(tmp_path, rows).ranges == {}
