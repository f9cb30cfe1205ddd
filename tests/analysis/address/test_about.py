"""What is told about an address, with answers counted in plain Python over a random estate, and by hand."""

from __future__ import annotations

import random
from collections import defaultdict
from datetime import datetime, timedelta
from pathlib import Path
from typing import cast

import pytest

from nsgflow_core.analysis.address import asked
from nsgflow_core.analysis.address.about import About, about
from nsgflow_core.analysis.address.parts import PARTS
from nsgflow_core.analysis.address.rollup import by_port
from nsgflow_core.analysis.address.subject import Subject, SubjectKind, typed
from nsgflow_core.ask.filters import FlowFilter
from nsgflow_core.inventory.names.address_names import AddressNames
from nsgflow_core.inventory.names.behind import Behind, Owned
from nsgflow_core.inventory.subnet_map import Subnet, SubnetMap
from nsgflow_core.stores.local.store import LocalStore
from nsgflow_core.words.prefixes import pack, parse_prefix
from tests.estates.flows import START, row, store_of

DAY = timedelta(days=1)
WEB, SIX = "10.0.1.4", "fd00:1::4"
HOSTS = (WEB, "10.0.1.5", "10.0.2.8", SIX, "203.0.113.9", "2001:db8::9")
SUBNETS = SubnetMap((Subnet("web", parse_prefix("10.0.1.0/24")), Subnet("web", parse_prefix("fd00:1::/64"))))


def random_rows() -> list[dict[str, object]]:
    chance, made = random.Random(13), []
    for _ in range(600):
        source, destination = chance.sample(HOSTS, 2)
        denied = chance.random() < 0.4
        moment = START + timedelta(minutes=chance.randrange(3 * 24 * 60))
        key = (source, destination, chance.choice(("TCP", "UDP")), chance.choice((22, 53, 443)))
        rule = chance.choice(("deny-a", "deny-b")) if denied else chance.choice(("allow-a", "allow-b"))
        made.append(row(key, moment, decision="Denied" if denied else "Allowed", rule=rule, kind="User"))
    return made


Told = tuple[int, set[str], datetime, datetime]
ROWS = random_rows()


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> LocalStore:
    return store_of(tmp_path_factory.mktemp("a") / "f.duckdb", ROWS, SUBNETS)


def told(store: LocalStore, subject: Subject | None, flow_filter: FlowFilter | None = None) -> About:
    assert subject
    return about(subject, flow_filter or FlowFilter(), store.extent(), lambda question: question.ask(store))


def expected(own: set[str], way: str, decision: str, since: datetime, until: datetime) -> dict[tuple[str, ...], Told]:
    """Key -> (flows, rules, first, last) of what `own` sent or received, read off the rows."""
    end = "src_ip" if way == "sent" else "dst_ip"
    found: dict[tuple[str, ...], list[dict[str, object]]] = defaultdict(list)
    for each in ROWS:
        if each[end] in own and each["decision"] == decision and since <= each["time"] < until:  # type: ignore[operator]
            protocol = {6: "TCP", 17: "UDP"}[each["protocol"]]  # type: ignore[index]
            found[(str(each["src_ip"]), str(each["dst_ip"]), protocol, str(each["dst_port"]))].append(each)
    return {
        key: (
            len(rows),
            {str(each["rule"]) for each in rows},
            min(cast(datetime, each["time"]) for each in rows),
            max(cast(datetime, each["time"]) for each in rows),
        )
        for key, rows in found.items()
    }


def listed(frame) -> dict[tuple[str, ...], Told]:
    return {
        (each.src_ip, each.dst_ip, each.protocol, str(each.port)): (
            each.flows,
            {rule.rule for rule in each.rules},
            each.first_seen,
            each.last_seen,
        )
        for each in frame.itertuples()
    }


@pytest.mark.parametrize("day", [None, 1, 2])
@pytest.mark.parametrize(
    ("text", "own"),
    [
        (WEB, {WEB}),
        (SIX, {SIX}),
        ("2001:DB8::9", {"2001:db8::9"}),
        ("10.0.1.0/24", {WEB, "10.0.1.5"}),
        ("203.0.113.9:443", {"203.0.113.9"}),
        ("[fd00:1::4]:443", {SIX}),
        ("::ffff:10.0.1.4", {WEB}),
    ],
)
def test_each_part_is_what_the_rows_say(store: LocalStore, text: str, own: set[str], day: int | None) -> None:
    since, until = (START + (day or 0) * DAY, START + ((day or 0) + 1) * DAY) if day else (START, START + 9 * DAY)
    found = told(store, typed(text), FlowFilter(since, until) if day else None)
    for part in PARTS:
        right = expected(own, part.way, part.decision, since, until)
        assert listed(found.of(part)) == right
        assert found.in_all[part.key] == len(right)
    assert found.seen
    assert found.ever
    assert found.ever.first <= found.seen.first <= found.seen.last <= found.ever.last


def test_a_subnet_is_all_of_its_addresses(store: LocalStore) -> None:
    found = told(store, Subject(SubjectKind.SUBNET, "web"))
    for part in PARTS:
        right = expected({WEB, "10.0.1.5", SIX}, part.way, part.decision, START, START + 9 * DAY)
        assert listed(found.of(part)) == right


@pytest.mark.parametrize("day", [1, 2])
def test_new_is_what_the_same_length_of_time_before_did_not_have(store: LocalStore, day: int) -> None:
    since = START + day * DAY
    found = told(store, typed(WEB), FlowFilter(since, since + DAY))
    assert found.compared
    assert found.compared.words == "the day before"
    for part in PARTS:
        now = expected({WEB}, part.way, part.decision, since, since + DAY)
        before = expected({WEB}, part.way, part.decision, since - DAY, since)
        new = found.of(part)
        assert set(listed(new[new["new"] == "new"])) == set(now) - set(before)


def test_over_all_time_new_is_what_came_on_the_last_day(store: LocalStore) -> None:
    found = told(store, typed(WEB))
    assert found.compared
    since = found.compared.since
    right = {
        (part.way, part.decision, key)
        for part in PARTS
        for key, (_, _, first, _) in expected({WEB}, part.way, part.decision, START, START + 9 * DAY).items()
        if first >= since
    }
    news = found.news
    assert {
        (each.way, each.decision, (each.src_ip, each.dst_ip, each.protocol, str(each.port)))
        for each in news.itertuples()
    } == right
    assert news["first_seen"].is_monotonic_decreasing


def test_nothing_is_new_where_nothing_was_before(store: LocalStore) -> None:
    assert told(store, typed(WEB), FlowFilter(START - DAY, START + DAY)).compared is None


def test_what_the_filter_asks_of_ends_and_decision_gives_way(store: LocalStore) -> None:
    narrowed = FlowFilter().where("source", "nowhere").where("decision", "Denied").where("port", "443")
    found = told(store, typed(WEB), narrowed)
    assert set(found.services["decision"]) == {"Allowed", "Denied"}
    assert set(found.services["port"]) == {443}


def test_too_many_services_leave_room_for_the_denied(store: LocalStore, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = told(store, typed(WEB))
    monkeypatch.setattr(asked, "MOST", 3)
    found = told(store, typed(WEB))
    assert found.in_all == whole.in_all
    for part in PARTS:
        assert len(found.of(part)) == min(3, len(whole.of(part)))
        assert found.of(part)["flows"].tolist() == whole.of(part)["flows"].tolist()[:3]


def test_by_port_adds_up(store: LocalStore) -> None:
    found = told(store, typed(WEB))
    for part in PARTS:
        services = found.of(part)
        ports = by_port(services, part)
        assert ports["flows"].sum() == services["flows"].sum()
        for each in ports.itertuples():
            behind = services[(services["protocol"] == each.protocol) & (services["port"] == each.port)]
            assert each.addresses == behind[part.way.peer].nunique()
            assert set(each.rules) == {rule for rules in behind["rules"] for rule in rules}  # type: ignore[arg-type]


def test_an_address_never_seen(store: LocalStore) -> None:
    found = told(store, typed("10.9.9.9"))
    assert (found.seen, found.ever, len(found.services)) == (None, None, 0)
    late = told(store, typed(WEB), FlowFilter(START + 8 * DAY, None))
    assert late.seen is None
    assert late.ever is not None


def test_an_address_that_changed_hands_tells_who_had_it_when(tmp_path: Path) -> None:
    rows = []
    for hour, mac in ((0, "AAAAAAAAAAAA"), (1, "AAAAAAAAAAAA"), (30, "BBBBBBBBBBBB"), (31, "BBBBBBBBBBBB")):
        moment = START + timedelta(hours=hour)
        made = row((WEB, "10.0.2.8", "TCP", 443), moment, direction="Outbound")
        rows.append(made | {"mac": mac})
    here = frozenset({pack(WEB) or b""})
    nics = {
        "AAAAAAAAAAAA": Owned("vm-old", frozenset(), forwards=False),
        "BBBBBBBBBBBB": Owned("vm-new", here, forwards=False),
    }
    store = store_of(tmp_path / "f.duckdb", rows, SUBNETS)
    store.save_address_names(AddressNames(Behind({pack(WEB) or b"": "vm-new"}, nics)))
    turns = told(store, typed(WEB)).names_seen
    assert turns["name"].tolist() == ["vm-old", "vm-new"]
    assert turns["last_seen"].iloc[0] < turns["first_seen"].iloc[1]
    old = told(store, Subject(SubjectKind.NAME, "vm-old"))
    assert old.services["flows"].sum() == 2
    assert old.seen
    assert old.seen.last == START + timedelta(hours=1)
