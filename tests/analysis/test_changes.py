"""Two windows compared, with answers counted by hand."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from nsgflow_core.analysis.compared import changes
from nsgflow_core.analysis.compared.changes import compare
from nsgflow_core.ask.compared import GroupChange, Notable
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
    return list(found.drop(columns="of").itertuples(index=False, name=None))


def test_new_gone_and_changed_services(store: LocalStore) -> None:
    assert rows_of(store, BEFORE, AFTER) == [
        ("new", A, B, "TCP", 8443, 0, 3),
        ("gone", A, B, "TCP", 22, 5, 0),
        ("louder", A, B, "TCP", 1433, 10, 40),
    ]


def test_by_subnet_and_denied(store: LocalStore) -> None:
    assert rows_of(store, BEFORE, AFTER, "subnet")[0][:5] == ("new", "web", "app", "TCP", 8443)
    assert rows_of(store, BEFORE, AFTER, decision=Decision.DENIED) == [
        ("new", A, B, "TCP", 25, 0, 1),
        ("louder", A, B, "TCP", 23, 2, 30),
    ]


def test_windows_of_other_lengths_are_compared_by_rate(store: LocalStore) -> None:
    """Two days before against one day after: 50 flows in two days are 25 a day, so 40 are not twice as many."""
    both = FlowFilter(START, END)
    assert not [r for r in rows_of(store, both, AFTER) if r[0] == "louder" and r[4] == 1433]
    assert [r[4] for r in rows_of(store, both, BEFORE) if r[0] == "quieter"] == [1433]


def test_what_counts_as_changed_can_be_chosen(store: LocalStore) -> None:
    fine = rows_of(store, BEFORE, AFTER, notable=Notable(1.1, 1))
    assert [r[4] for r in fine if r[0] == "louder"] == [1433, 80, 443], "those furthest apart first"
    with pytest.raises(BadFilter):
        Notable(1.0)


def test_the_same_window_twice_changes_nothing_and_empty_windows_answer(store: LocalStore) -> None:
    assert rows_of(store, BEFORE, BEFORE) == []
    nothing = FlowFilter(END, END + timedelta(days=1))
    assert rows_of(store, nothing, nothing) == []
    assert {r[0] for r in rows_of(store, nothing, AFTER)} == {"new"}


def test_a_limit_is_of_each_change_and_tells_how_many_there_are(store: LocalStore) -> None:
    fine = Notable(1.1, 1)
    every, cut = (compare(BEFORE, AFTER, notable=fine, limit=limit).ask(store) for limit in (None, 1))
    assert changes.counts(every) == {
        GroupChange.NEW: 1,
        GroupChange.GONE: 1,
        GroupChange.LOUDER: 3,
        GroupChange.QUIETER: 0,
    }
    assert changes.counts(cut) == changes.counts(every)
    assert cut["change"].tolist() == ["new", "gone", "louder"]
    assert cut["port"].tolist() == [8443, 22, 1433]


@pytest.fixture(scope="module")
def estate(tmp_path_factory: pytest.TempPathFactory) -> tuple[LocalStore, list[dict[str, Any]]]:
    """Two days of made-up traffic, and its rows."""
    chance, rows = random.Random(7), list[dict[str, Any]]()
    for _ in range(600):
        pair = (f"10.0.1.{chance.randint(4, 9)}", f"10.0.2.{chance.randint(4, 6)}", "TCP", chance.choice((22, 443)))
        moment = START + timedelta(seconds=chance.randint(0, 48 * 3600 - 1))
        decision = "Denied" if chance.random() < 0.4 else "Allowed"
        made = row(pair, moment, decision=decision, rule="x" if decision == "Denied" else "allow")
        mac, target = chance.choice(
            (("AA0000000001", "vnet-a"), ("AA0000000002", "vnet-a"), ("AA0000000003", "vnet-b"))
        )
        rows.append(made | {"mac": mac, "target": target, "log_kind": "VNet"})
    half = START + timedelta(days=1)
    rows = [each for each in rows if each["mac"] != "AA0000000003" or each["time"] < half]
    return store_of(tmp_path_factory.mktemp("e") / "f.duckdb", rows, SubnetMap()), rows


def in_plain_python(rows: list[dict[str, Any]], key: Callable[[dict[str, Any]], Any], scale: float) -> set[Any]:
    """(change, key, before, after): each flow of these rows is one row."""
    was, now = (Counter(map(key, (r for r in rows if (r["time"] >= MIDDLE) is late))) for late in (False, True))
    told = set()
    for each in was | now:
        then, later = was[each] * scale, now[each]
        change = "new" if not then else "gone" if not later else ""
        change = change or ("louder" if later >= 1.5 * then and later - then >= 2 else "")
        change = change or ("quieter" if then >= 1.5 * later and then - later >= 2 else "")
        if change:
            told.add((change, *each, was[each], later))
    return told


@pytest.mark.parametrize("hours", [24, 6], ids=["the same length", "a fourth of it"])
def test_services_and_sources_against_plain_python(estate: tuple[LocalStore, list[dict[str, Any]]], hours: int) -> None:
    store, rows = estate
    after, fine = FlowFilter(MIDDLE, MIDDLE + timedelta(hours=hours)), Notable(1.5, 2)
    seen = [each for each in rows if each["time"] < MIDDLE + timedelta(hours=hours)]
    for decision in Decision:
        own = [each for each in seen if each["decision"] == str(decision)]
        expected = in_plain_python(own, lambda r: (r["src_ip"], r["dst_ip"], "TCP", r["dst_port"]), hours / 24)
        assert set(rows_of(store, BEFORE, after, decision=decision, notable=fine)) == expected
        assert expected
    denied = [each for each in seen if each["decision"] == "Denied"]
    sources = changes.denied_sources(BEFORE, after, fine).ask(store).drop(columns=["of", "source"])
    assert set(sources.itertuples(index=False, name=None)) == in_plain_python(
        denied, lambda r: (r["src_ip"],), hours / 24
    )


@pytest.mark.parametrize("limit", [1, 2, 5, 1_000, 200_000])
def test_a_limit_leaves_the_first_of_each_change_where_many_tie(
    estate: tuple[LocalStore, list[dict[str, Any]]], limit: int
) -> None:
    store, _ = estate
    fine, hour = Notable(1.5, 1), FlowFilter(MIDDLE, MIDDLE + timedelta(hours=1))
    every, cut = (compare(BEFORE, hour, notable=fine, limit=most).ask(store) for most in (None, limit))
    ties = every.assign(apart=abs(every["flows_after"] - every["flows_before"] / 24)).groupby(["change", "apart"])
    assert ties.size().max() > 2
    assert cut.equals(every.groupby("change", sort=False).head(limit).reset_index(drop=True))


def test_what_fell_silent_is_told_whatever_the_filter(estate: tuple[LocalStore, list[dict[str, Any]]]) -> None:
    store, rows = estate
    silent = sum(each["mac"] == "AA0000000003" for each in rows)
    was, now = BEFORE.where("port", "1"), AFTER.where("port", "1")
    nics, logs = (asked(was, now).ask(store) for asked in (changes.nics, changes.logs))
    assert nics.values.tolist() == [["gone", "AA0000000003", silent, 0, 1]]
    assert logs.values.tolist() == [["gone", "VNet", "vnet-b", silent, 0, 1]]


def test_an_answer_that_is_empty_counts_nothing(store: LocalStore) -> None:
    assert set(changes.counts(compare(BEFORE, BEFORE).ask(store)).values()) == {0}
