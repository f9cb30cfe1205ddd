"""Two windows compared, with answers counted by hand."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from nsgflow_core.analysis.changes import Notable, compare
from nsgflow_core.ask.filters import FlowFilter
from nsgflow_core.errors import BadFilter
from nsgflow_core.inventory.subnet_map import Subnet, SubnetMap
from nsgflow_core.stores.local.store import LocalStore
from nsgflow_core.words.prefixes import parse_prefix
from nsgflow_core.words.vocabulary import Decision
from tests.estates.flows import START, row, store_of

MIDDLE, END = START + timedelta(days=1), START + timedelta(days=2)
BEFORE, AFTER = FlowFilter(START, MIDDLE), FlowFilter(MIDDLE, END)
A, B = "10.0.1.4", "10.0.2.8"


def flows(port: int, before: int, after: int, source: str = A, **more: Any) -> list[dict[str, object]]:
    made = []
    for start, count in ((START, before), (MIDDLE, after)):
        made += [row((source, B, "TCP", port), start + timedelta(seconds=n), **more) for n in range(count)]
    return made


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> LocalStore:
    rows = flows(22, 5, 0) + flows(443, 10, 12) + flows(8443, 0, 3) + flows(1433, 10, 40) + flows(80, 1, 3)
    rows += flows(443, 5, 5, "10.0.1.5")
    rows += flows(23, 2, 30, decision="Denied", rule="DenyAllInBound") + flows(25, 0, 1, decision="Denied", rule="x")
    rows += flows(99, 0, 9, rule="PlatformRule", kind="Platform")
    subnets = SubnetMap((Subnet("app", parse_prefix("10.0.2.0/24")), Subnet("web", parse_prefix("10.0.1.0/24"))))
    return store_of(tmp_path_factory.mktemp("c") / "f.duckdb", rows, subnets)


def rows_of(store: LocalStore, *arguments: Any, **more: Any) -> list[tuple[object, ...]]:
    found = compare(*arguments, **more).ask(store)
    return list(found.itertuples(index=False, name=None))


def test_new_gone_and_changed_services(store: LocalStore) -> None:
    assert rows_of(store, BEFORE, AFTER) == [
        ("new", A, B, "TCP", 8443, 0, 3),
        ("gone", A, B, "TCP", 22, 5, 0),
        ("changed", A, B, "TCP", 1433, 10, 40),
    ]


def test_by_subnet_and_denied(store: LocalStore) -> None:
    assert rows_of(store, BEFORE, AFTER, "subnet")[0][:5] == ("new", "web", "app", "TCP", 8443)
    assert rows_of(store, BEFORE, AFTER, decision=Decision.DENIED) == [
        ("new", A, B, "TCP", 25, 0, 1),
        ("changed", A, B, "TCP", 23, 2, 30),
    ]


def test_windows_of_other_lengths_are_compared_by_rate(store: LocalStore) -> None:
    """Two days before against one day after: 50 flows in two days are 25 a day, so 40 are not twice as many."""
    both = FlowFilter(START, END)
    assert not [r for r in rows_of(store, both, AFTER) if r[0] == "changed" and r[4] == 1433]
    assert [r[4] for r in rows_of(store, both, BEFORE) if r[0] == "changed"] == [1433]


def test_what_counts_as_changed_can_be_chosen(store: LocalStore) -> None:
    fine = rows_of(store, BEFORE, AFTER, notable=Notable(1.1, 1))
    assert [r[4] for r in fine if r[0] == "changed"] == [80, 443, 1433]
    with pytest.raises(BadFilter):
        Notable(1.0)


def test_the_same_window_twice_changes_nothing_and_empty_windows_answer(store: LocalStore) -> None:
    assert rows_of(store, BEFORE, BEFORE) == []
    nothing = FlowFilter(END, END + timedelta(days=1))
    assert rows_of(store, nothing, nothing) == []
    assert {r[0] for r in rows_of(store, nothing, AFTER)} == {"new"}
