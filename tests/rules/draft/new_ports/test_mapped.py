"""Clients of an endpoint mapper are let to whatever port it names: the range goes where TCP 135 goes, no further."""

from __future__ import annotations

from pathlib import Path

from nsgflow_core.rules.draft.asking.answering import answered
from nsgflow_core.rules.draft.asking.answers import Answer, Choice
from nsgflow_core.rules.draft.asking.kinds import NEW_PORTS
from nsgflow_core.rules.draft.draft import Draft, compose
from nsgflow_core.rules.draft.new_ports.range import RangeKind
from nsgflow_core.rules.draft.options import DraftOptions
from tests.estates.daily import Rows, daily
from tests.rules.draft.drafts import drafted, made_of
from tests.rules.draft.new_ports.test_pairs import COUNTERS, marked

SERVER, CLIENTS = "10.0.2.8", [f"10.0.1.{n}" for n in range(4, 12)]


def asking(client: str, server: str = SERVER, port: int = 49_700, days: int = 3) -> Rows:
    """A client that asks every day, and is told the same port."""
    return daily(client, server, 135, days) + daily(client, server, port, days)


def beside() -> Rows:
    """Others of both subnets, so that a few of one are not half."""
    return [r for n in range(20, 32) for r in daily(f"10.0.1.{n}", f"10.0.2.{n}", 8_000 + n, 3)]


def rule_of(made: Draft) -> tuple[tuple[str, ...], tuple[str, ...]]:
    (name,) = made.ranges
    return next((rule.sources, rule.destinations) for rule in drafted(made) if rule.name == name)


def test_a_port_that_held_all_days_becomes_the_range_that_the_server_hands_out(tmp_path: Path) -> None:
    rows = [r for client in CLIENTS[:3] for r in asking(client)] + daily(CLIENTS[3], SERVER, 135, 3)
    made = made_of(tmp_path, rows + beside())
    assert list(marked(made).values()) == ["49152-65535"]
    ((found,),) = made.ranges.values()
    assert found.kind is RangeKind.MAPPED
    assert set(found.sources) == set(CLIENTS[:4]), "who asked and was not seen to follow may be sent there tomorrow"
    assert "asked the endpoint mapper (TCP 135) of 10.0.2.8" in found.sentence
    assert rule_of(made) == (("10.0.1.4/30",), (SERVER,))


def test_a_subnet_stands_for_its_clients_where_it_does_for_the_mapper(tmp_path: Path) -> None:
    rows = [r for client in CLIENTS for r in asking(client, days=2)] + daily("10.0.3.4", SERVER, 443, days=3)
    assert rule_of(made_of(tmp_path, rows)) == (("10.0.1.0/24",), (SERVER,))


def test_clients_of_two_subnets_are_one_rule_and_each_subnet_a_question(tmp_path: Path) -> None:
    rows = [r for net in ("10.0.1", "10.0.3") for n in range(4, 8) for r in asking(f"{net}.{n}", days=2)]
    made = made_of(tmp_path, rows)
    assert rule_of(made) == (("10.0.1.0/24", "10.0.3.0/28"), (SERVER,))
    asked = [question for question in made.decisions_to_make if question.kind == NEW_PORTS]
    assert [question.rule for question in asked] == [*made.ranges] * 2
    assert [{address[:6] for address, _ in question.addresses} for question in asked] == [{"10.0.1"}, {"10.0.3"}]
    left = compose(answered(made.material, [Answer(asked[0].id, Choice.LEAVE_OUT)]))
    assert rule_of(left) == (("10.0.3.0/28",), (SERVER,)), "the other subnet keeps its range"


def test_each_client_is_let_to_the_servers_that_it_asks(tmp_path: Path) -> None:
    other = "10.0.2.9"
    rows = [r for c in CLIENTS[:3] for r in asking(c)] + [r for c in CLIENTS[3:6] for r in asking(c, other, 50_001)]
    made = made_of(tmp_path, rows + beside(), options=DraftOptions(groups="none"))
    sides = {(frozenset(rule.sources), rule.destinations) for rule in drafted(made) if rule.name in made.ranges}
    assert {server for _, (server,) in sides} == {SERVER, other}
    assert not frozenset.intersection(*(sources for sources, _ in sides))


def test_a_high_port_without_the_mapper_and_a_mapper_that_refuses_are_none(tmp_path: Path) -> None:
    served = made_of(tmp_path, [r for client in CLIENTS for r in daily(client, SERVER, 49_700, days=3)])
    assert served.ranges == {}
    refused = dict(zip(COUNTERS, (3, 198, 3, 162), strict=True))
    rows = [r | refused for client in CLIENTS for r in daily(client, SERVER, 135, days=3)]
    (tmp_path / "refused").mkdir()
    rows += [r for client in CLIENTS for r in daily(client, SERVER, 49_700, days=3)]
    assert made_of(tmp_path / "refused", rows).ranges == {}


def test_who_asked_on_one_day_alone_is_let_to_no_range(tmp_path: Path) -> None:
    """A shell that moves on asks the mapper too: its question waits, and that of others lets it nowhere."""
    stranger = "10.0.3.4"
    rows = [r for client in CLIENTS[:3] for r in asking(client)] + asking(stranger, days=1)
    made = made_of(tmp_path, rows)
    assert stranger not in {source for rule in drafted(made) if rule.name in made.ranges for source in rule.sources}


def test_exact_opens_the_ports_that_were_seen(tmp_path: Path) -> None:
    made = made_of(tmp_path, [r for client in CLIENTS[:3] for r in asking(client)], exactness=1.0)
    assert (made.over_permission, made.ranges) == (1.0, {})


def test_a_person_may_want_the_ports_that_were_seen_and_no_others(tmp_path: Path) -> None:
    rows = [r for client in CLIENTS[:3] for r in asking(client)] + beside()
    made = made_of(tmp_path, rows)
    (asked,) = [each for each in made.decisions_to_make if each.kind == NEW_PORTS]
    no = Answer(asked.id, Choice.LEAVE_OUT)
    (tmp_path / "off").mkdir()
    off = made_of(tmp_path / "off", rows, options=DraftOptions(dynamic_ranges=False))
    for other in (compose(answered(made.material, [no])), off):
        assert other.ranges == {}
        assert other.set_apart.empty
        ports = [[str(port) for port in rule.destination_ports] for rule in drafted(other)]
        assert ["135", "49700"] in ports
