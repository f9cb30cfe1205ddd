"""Denied, by story: sweeps folded, the rest by cell, the Internet apart; every line against the rows, counted."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from nsgflow_core.analysis.denied_stories import INSIDE, OUTSIDE, Stories, stories
from nsgflow_core.analysis.question import Question
from nsgflow_core.ask.filters import FlowFilter
from nsgflow_core.ask.query import FlowQuery
from nsgflow_core.inventory.subnet_map import Subnet, SubnetMap
from nsgflow_core.stores.local.store import LocalStore
from nsgflow_core.words.lengths import duration
from nsgflow_core.words.prefixes import parse_prefix
from tests.estates.flows import START, row, store_of

SUBNETS = SubnetMap(
    (
        Subnet("web", parse_prefix("10.0.1.0/24")),
        Subnet("data", parse_prefix("10.0.2.0/24")),
        Subnet("web", parse_prefix("fd00:1::/64")),
    )
)
SCANNERS = ("203.0.113.1", "203.0.113.2", "2001:db8::7")
MINUTE = timedelta(minutes=1)


def denial(source: str, destination: str, port: int, minutes: float, rule: str = "DenyAllInBound") -> dict[str, object]:
    return row((source, destination, "TCP", port), START + minutes * MINUTE, decision="Denied", rule=rule)


def rows() -> list[dict[str, object]]:
    chance = random.Random(5)
    made = [
        denial(source, chance.choice(("10.0.1.4", "10.0.1.5")), 1_000 + number, 60 + number / 20)
        for number in range(90)
        for source in (SCANNERS[number % 3],)
    ]
    made += [denial("203.0.113.9", "10.0.1.4", port, 600 + port / 10) for port in range(20, 32)]  # hours later: its own
    made += [denial("10.0.1.4", f"10.0.2.{host}", 445, 5, "deny-smb") for host in range(1, 31)]  # many hosts, one port
    made += [denial("10.0.1.5", "10.0.2.8", 1433, minute, "deny-web") for minute in range(40)]  # no sweep: it retries
    made += [denial("10.0.1.6", "10.0.2.8", 1433, 3, "deny-web"), denial("fd00:1::4", "10.0.2.8", 22, 4, "deny-web")]
    made += [denial(f"198.51.100.{host}", "10.0.1.4", 23, host) for host in range(1, 20)]
    made += [row(("10.0.1.4", "10.0.2.8", "TCP", 443), START)]
    return made


ROWS = rows()


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> LocalStore:
    return store_of(tmp_path_factory.mktemp("d") / "f.duckdb", ROWS, SUBNETS)


def told(store: LocalStore, flow_filter: FlowFilter | None = None) -> Stories:
    return stories(flow_filter or FlowFilter(), lambda question: question.ask(store))


def test_sweeps_are_a_line_each_and_the_rest_a_line_a_cell(store: LocalStore) -> None:
    table = told(store).table
    assert list(zip(table["side"], table["story"], table["flows"], strict=True)) == [
        (INSIDE, "web → data: TCP 1433 ms-sql-s, TCP 22 ssh", 42),
        (INSIDE, "Sweep: 10.0.1.4 tried 1 port on 30 hosts in 1 second", 30),
        (OUTSIDE, "Sweep: 3 addresses tried 90 ports on 2 hosts in 4 minutes", 90),
        (OUTSIDE, "Internet → web: TCP 23 telnet", 19),
        (OUTSIDE, "Sweep: 203.0.113.9 tried 12 ports on 1 host in 66 seconds", 12),
    ]
    assert [str(rules) for rules in table["rules"]][:2] == ["app-nsg/deny-web", "app-nsg/deny-smb"]
    assert table["sources"].tolist() == [3, 1, 3, 19, 1]


def test_every_denied_flow_is_behind_one_line(store: LocalStore) -> None:
    found = told(store)
    assert found.table["flows"].sum() == sum(each["decision"] == "Denied" for each in ROWS)
    seen: Counter[Any] = Counter()
    for flows, part in zip(found.table["flows"], map(found.behind, found.table.index), strict=True):
        keys = store.fetch(FlowQuery(part, by=("src_ip", "dst_ip", "port"), measures=("flows",)))
        assert keys["flows"].sum() == flows
        assert FlowFilter.from_params(part.to_params()) == part
        for key, count in keys.set_index(["src_ip", "dst_ip", "port"])["flows"].items():
            seen[key] += int(count)
    right = Counter((each["src_ip"], each["dst_ip"], each["dst_port"]) for each in ROWS if each["decision"] == "Denied")
    assert seen == right


def test_what_is_asked_together_is_what_is_asked_next(store: LocalStore) -> None:
    asked: list[Question] = []
    together: list[Question] = []

    @contextmanager
    def asking(*questions: Question) -> Iterator[None]:
        together.extend(questions)
        yield
        assert {each.query for each in together} == {each.query for each in asked[1:]}, "not one more than by itself"

    def ask(question: Question) -> pd.DataFrame:
        asked.append(question)
        return question.ask(store)

    found = stories(FlowFilter(), ask, asking)
    assert found.table.equals(told(store).table)
    assert len(together) == 3


@pytest.mark.parametrize("name", ["web", "10.0.1.0/24", "10.9.0.0/24", "fd00::/64", "10.9.0.1"])
def test_a_story_names_its_service_whatever_the_subnet_is_called(tmp_path: Path, name: str) -> None:
    """A filter reads a name that is a prefix as those addresses: the story told no service."""
    subnets = SubnetMap((Subnet(name, parse_prefix("10.0.1.0/24")),))
    store = store_of(tmp_path / "f.duckdb", [denial("10.0.1.5", "10.2.2.8", 1433, 1, "deny-web")], subnets)
    assert told(store).table["story"].tolist() == [f"{name} → 10.2.2.0/24: TCP 1433 ms-sql-s"]


def test_labels_that_a_sweep_tried_as_often_are_told_by_name(tmp_path: Path) -> None:
    names = [f"{letter}-subnet" for letter in "qtzmbxkwpjdvhcynrglfs"]
    subnets = SubnetMap(tuple(Subnet(name, parse_prefix(f"10.1.{at}.0/24")) for at, name in enumerate(names)))
    tried = [denial("10.9.9.9", f"10.1.{at}.4", 445, at) for at, _ in enumerate(names)]
    found = told(store_of(tmp_path / "f.duckdb", [*tried, denial("10.9.9.9", "10.1.6.4", 446, 50)], subnets))
    assert found.table["destination"].tolist() == ["k-subnet, b-subnet and 19 more"]


@pytest.mark.parametrize(
    "flow_filter",
    [
        FlowFilter().where("source", "10.0.1.0/24"),
        FlowFilter().where("destination", "data"),
        FlowFilter().where("source", "203.0.113.2", operator="is_not"),
        FlowFilter(START + 50 * MINUTE, START + 70 * MINUTE),
        FlowFilter().where("src_ip", SCANNERS[0], "10.0.1.5").where("port", "1000-1500"),
    ],
)
def test_lines_stay_within_the_filter(store: LocalStore, flow_filter: FlowFilter) -> None:
    found = told(store, flow_filter)
    denied = flow_filter.where("decision", "Denied")
    assert found.table["flows"].sum() == store.fetch(FlowQuery(denied, measures=("flows",)))["flows"].sum() > 0
    for flows, part in zip(found.table["flows"], map(found.behind, found.table.index), strict=True):
        assert store.fetch(FlowQuery(part, measures=("flows",)))["flows"].sum() == flows


def test_either_way_and_nothing_denied(store: LocalStore, tmp_path: Path) -> None:
    for end, value in (("source", "data"), ("source", "10.0.1.4"), ("src_ip", "203.0.113.9")):
        asked = FlowFilter(either_way=True).where(end, value)
        found, denied = told(store, asked), FlowQuery(asked.where("decision", "Denied"), measures=("flows",))
        assert found.table["flows"].sum() == store.fetch(denied)["flows"].sum() > 0
        sweeps = found.table["story"].str.startswith("Sweep: ")
        assert sweeps.any(), "folded either way as well"
        for place, count in enumerate(found.table["flows"]):
            assert not found.behind(place).either_way
            assert store.fetch(FlowQuery(found.behind(place), measures=("flows",)))["flows"].sum() == count
    empty = store_of(tmp_path / "f.duckdb", [row(("10.0.1.4", "10.0.2.8", "TCP", 443), START)], SUBNETS)
    assert told(empty).table.empty
    assert told(store, FlowFilter().where("decision", "Allowed")).table.empty


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "1 second"),
        (90, "90 seconds"),
        (360, "6 minutes"),
        (7_200, "2 hours"),
        (86_400, "24 hours"),
        (500_000, "6 days"),
    ],
)
def test_a_length_in_words(seconds: int, words: str) -> None:
    assert duration(timedelta(seconds=seconds)) == words
