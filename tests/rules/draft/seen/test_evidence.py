"""What counts as evidence at its edges: a reply, a scan, and how sure a number of days makes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from nsgflow_core.ask.filters import FlowFilter
from nsgflow_core.ask.query import FlowQuery
from nsgflow_core.inventory.scope import Scope
from nsgflow_core.inventory.subnet_map import SubnetMap
from nsgflow_core.rules.draft.seen import excluded
from nsgflow_core.rules.draft.seen.evidence import NORMAL, RARE, SCAN, Evidence, classes, confidence, review
from nsgflow_core.rules.draft.seen.evidence_query import observe
from nsgflow_core.rules.draft.tokens import AddressTokens
from nsgflow_core.words.vocabulary import Direction
from tests.estates.daily import daily
from tests.estates.logged import NOON, FlowsOnly
from tests.rules.draft.drafts import drafted, made_of


@pytest.mark.parametrize(
    ("from_service", "from_client", "is_reply"), [(1, 1, True), (2, 1, True), (1, 2, False), (2, 3, False)]
)
def test_at_least_half_from_a_services_port_is_a_reply(
    tmp_path: Path, from_service: int, from_client: int, is_reply: bool
) -> None:
    rows = [r for _ in range(from_service) for r in daily("10.0.3.4", "10.0.2.8", 50_001, days=1, src_port=1433)]
    rows += [r for _ in range(from_client) for r in daily("10.0.3.4", "10.0.2.8", 50_001, days=1, src_port=50_000)]
    made = made_of(tmp_path, rows)
    assert made.set_apart["flows"].tolist() == [from_service + from_client]
    assert made.set_apart["reason"].tolist() == [excluded.REPLY if is_reply else excluded.EPHEMERAL]


@pytest.mark.parametrize(("days", "window", "expected"), [
    (7, 30, "high"), (6, 30, "medium"), (3, 3, "high"), (4, 4, "high"), (3, 4, "medium"), (2, 2, "medium"),
    (2, 3, "medium"), (2, 4, "medium"), (2, 5, "low"), (1, 1, "low"), (1, 2, "low"), (3, 30, "medium"), (2, 30, "low"),
])  # fmt: skip
def test_confidence_is_days_against_the_window(days: int, window: int, expected: str) -> None:
    assert confidence(days, window) == expected


class SpelledTwice(FlowsOnly):
    """A store whose log has one host in two spellings, beside others, in no order."""

    ends = ("2001:db8::b", "2001:DB8:0::A", "fd00::4", "2001:db8::a")

    def fetch(self, query: FlowQuery) -> pd.DataFrame:
        rows = pd.DataFrame({"src_ip": self.ends, "dst_ip": "fd00::9", "protocol": "TCP", "port": [443, 443, 22, 443]})
        if "day" in query.by:
            return rows.assign(day=NOON.date(), rule=[f"rule-{n}" for n in range(4)])
        numbers = dict.fromkeys(("packets", "bytes", "dst_to_src_packets"), 7)
        return rows.assign(flows=[1, 2, 4, 8], first_seen=NOON, last_seen=NOON, **numbers)[list(query.columns)]


def test_one_host_in_two_spellings_is_one_flow() -> None:
    asked = (SpelledTwice(), FlowFilter(), Scope(nsg="web-nsg"), Direction.INBOUND)
    seen, rules, _ = observe(*asked, AddressTokens(SubnetMap()))
    flows = list(zip(seen["src_ip"].astype(str), seen["flows"], seen["packets"], seen["on_rules"], strict=True))
    assert flows == [("2001:db8::a", 10, 14, 0b1010), ("2001:db8::b", 1, 7, 0b1), ("fd00::4", 4, 7, 0b100)]
    assert rules == ("rule-0", "rule-1", "rule-2", "rule-3")
    assert seen["src_ip"].cat.categories.tolist() == ["2001:db8::a", "2001:db8::b", "fd00::4"]


def test_a_rule_without_traffic_counts_nothing() -> None:
    none = Evidence()
    assert (none.flows, none.packets, none.bytes, none.days, none.sources, none.destinations) == (0, 0, 0, 0, 0, 0)
    assert none.sentence == "not seen in the logs"


def test_why_a_person_should_look() -> None:
    assert review(4, 2, 30, False) == ()
    assert review(3, 2, 30, False) == ("only 3 flows",)
    assert review(1, 1, 2, False) == ("only 1 flow",), "in two days, one day says nothing"
    assert [text.split(":")[0] for text in review(9, 1, 3, True)] == [
        "one source met many destinations or ports, a few times each",
        "seen on one day only",
    ]


@pytest.mark.parametrize(("others", "is_scan"), [(0, True), (1, True), (2, False)])
def test_a_scan_is_what_at_most_two_sources_met(tmp_path: Path, others: int, is_scan: bool) -> None:
    rows = [r for n in range(20) for r in daily("10.0.1.9", "10.0.2.8", 100 + 2 * n, 1, rule="monitor")]
    rows += [r for n in range(others) for r in daily(f"10.0.1.{20 + n}", "10.0.2.8", 100, 1, rule="monitor")]
    made = made_of(tmp_path, rows, exactness=1.0)
    about_100 = [r for r in drafted(made) if any(ports.holds(100) for ports in r.destination_ports)]
    found = [any("scan" in reason for reason in made.evidence[r.name].review) for r in about_100]
    assert is_scan in found
    assert (not is_scan) not in found or others == 1


@pytest.mark.parametrize(("ports", "flows", "is_scan"), [(20, 3, True), (19, 3, False), (20, 4, False)])
def test_a_scanner_met_twenty_services_a_few_times_each(tmp_path: Path, ports: int, flows: int, is_scan: bool) -> None:
    served = [100 + 2 * n for n in range(ports) for _ in range(flows)]
    rows = [r for port in served for r in daily("10.0.1.9", "10.0.2.8", port, 1, rule="monitor")]
    made = made_of(tmp_path, rows, exactness=1.0)
    assert any("scan" in reason for each in made.evidence.values() for reason in each.review) == is_scan


def test_what_tokens_stand_for_is_a_scan_only_where_all_of_it_is() -> None:
    flows = pd.DataFrame(
        {
            "src_token": ["a", "a", "b", "b", "c", "d"],
            "dst_token": "x",
            "protocol": "TCP",
            "port": 443,
            "flows": [9, 9, 9, 9, 9, 3],
            "on_days": np.array([3, 1, 3, 1, 1, 7]),
            "scan": [1, 1, 1, 0, 0, 0],
            "answer": 0,
            "range": -1,
            "waits": False,
        }
    )
    assert classes(flows, 5).tolist() == [SCAN, SCAN, NORMAL, NORMAL, RARE, RARE]
    assert classes(flows, 2).tolist() == [SCAN, SCAN, NORMAL, NORMAL, NORMAL, RARE], "one day of two is not rare"
