"""The parts of a draft: scope, what is set apart, closing rules, evidence, decisions to make."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from nsgflow_core.errors import BadFilter
from nsgflow_core.inventory.rule import ANY_PORTS, Access, PortRange, Rule, RuleSet
from nsgflow_core.inventory.things.rule_sets import read_rule_sets
from nsgflow_core.rules.draft.dial import RUNGS
from nsgflow_core.rules.draft.draft import Scope, compose
from nsgflow_core.rules.draft.options import DraftOptions
from nsgflow_core.rules.draft.seen import excluded
from nsgflow_core.rules.draft.traffic import Material
from nsgflow_core.rules.review.tables import DRAFT_COLUMNS, draft_json, rules_frame
from tests.estates.daily import daily
from tests.estates.flows import START
from tests.rules.draft.drafts import IN, OUT, drafted, made_of, material_of


def test_a_subnet_stands_for_its_hosts_where_half_of_those_seen_did_the_same(tmp_path: Path) -> None:
    rows = [r for host in (4, 5, 6) for r in daily(f"10.0.1.{host}", "10.0.2.8", 8443)]
    rows += [r for host in (4, 5) for r in daily(f"10.0.1.{host}", "10.0.2.8", 22)]
    rows += [r for host in (7, 8) for r in daily(f"10.0.1.{host}", "10.0.9.4", 443, nsg="other-nsg")]
    rules = drafted(made_of(tmp_path, rows, options=DraftOptions(groups="none")))
    assert [(r.name, r.sources, r.destinations) for r in rules] == [
        ("allow-web-hosts-to-10.0.2.8-tcp-22", ("10.0.1.4/31",), ("10.0.2.8",)),
        ("allow-web-to-10.0.2.8-tcp-8443", ("10.0.1.0/24",), ("10.0.2.8",)),
    ]


def test_one_host_alone_names_no_subnet_and_a_number_of_addresses_may_name_it(tmp_path: Path) -> None:
    alone = daily("10.0.3.4", "10.0.2.8", 443)
    assert drafted(made_of(tmp_path, alone))[0].sources == ("10.0.3.4",)
    (tmp_path / "n").mkdir()
    by_number = made_of(tmp_path / "n", alone, options=DraftOptions(subnet_threshold=1))
    assert drafted(by_number)[0].sources == ("10.0.3.0/28",)


def test_ports_are_lists_and_ranges_only_where_every_port_was_seen(tmp_path: Path) -> None:
    rows = [r for port in (8000, 8001, 8002, 8004, 443) for r in daily("10.0.1.4", "10.0.2.8", port)]
    (rule,) = drafted(made_of(tmp_path, rows))
    assert rule.destination_ports == (PortRange(443, 443), PortRange(8000, 8002), PortRange(8004, 8004))
    (tmp_path / "w").mkdir()
    widened = made_of(tmp_path / "w", rows, options=DraftOptions(port_gap=1))
    assert drafted(widened)[0].destination_ports == (PortRange(443, 443), PortRange(8000, 8004))
    assert widened.over_permission == 6 / 5


def test_denied_platform_and_azure_addresses_never_become_rules(tmp_path: Path) -> None:
    rows = daily("10.0.1.4", "10.0.2.8", 443)
    rows += daily("10.0.1.4", "10.0.2.8", 23, decision="Denied", rule="DenyAllInBound")
    rows += daily("10.0.1.4", "10.0.2.8", 24, rule="PlatformRule", kind="Platform")
    rows += daily("169.254.169.254", "10.0.2.8", 80) + daily("168.63.129.16", "10.0.2.8", 443)
    made = made_of(tmp_path, rows)
    assert [str(r.destination_ports[0]) for r in drafted(made)] == ["443"]
    assert drafted(made)[0].sources == ("10.0.1.4",)
    assert set(made.set_apart["reason"]) == {excluded.PLATFORM, excluded.PROBE}
    balancer = next(r for r in made.own_rules if r.sources == ("AzureLoadBalancer",))
    assert made.evidence[balancer.name].flows == 8
    assert any("8 probe flows seen" in warning for warning in made.warnings)


def test_the_closing_rules_stand_below_probes_first_and_name_protocols(tmp_path: Path) -> None:
    made = made_of(tmp_path, daily("10.0.1.4", "10.0.2.8", 443))
    below = [r for r in made.own_rules if r.name not in made.openings]
    assert [(r.access, r.protocol, r.sources, r.destinations) for r in below] == [
        (Access.ALLOW, "*", ("AzureLoadBalancer",), ("*",)),
        (Access.DENY, "Tcp", ("VirtualNetwork",), ("VirtualNetwork",)),
        (Access.DENY, "Udp", ("VirtualNetwork",), ("VirtualNetwork",)),
    ]
    assert max(r.priority for r in made.own_rules) <= 4096
    assert any("ICMP" in warning for warning in made.warnings)


def test_outbound_asks_whether_to_close_the_internet(tmp_path: Path) -> None:
    rows = daily("10.0.2.8", "52.1.2.3", 443, direction="Outbound") + daily(
        "10.0.2.8", "10.0.3.4", 1433, direction="Outbound"
    )
    made = made_of(tmp_path, rows, OUT)
    (question,) = made.decisions_to_make
    assert question.kind == "close-internet"
    assert question.addresses == (("52.1.2.3", 8),)
    assert not any("internet" in r.name and r.access is Access.DENY for r in made.own_rules)
    (tmp_path / "c").mkdir()
    closed = made_of(tmp_path / "c", rows, OUT, options=DraftOptions(close_internet=True, allow_icmp=True))
    names = [r.name for r in closed.own_rules if r.name not in closed.openings]
    assert names == [
        *("allow-icmp-vnet-outbound", "deny-vnet-outbound-tcp", "deny-vnet-outbound-udp"),
        *("deny-internet-outbound-tcp", "deny-internet-outbound-udp"),
    ]
    assert not closed.decisions_to_make
    assert all(r.name.startswith("allow-out-") for r in drafted(closed))


def test_no_traffic_drafts_nothing_and_closes_nothing(tmp_path: Path) -> None:
    made = made_of(tmp_path, daily("10.0.1.4", "10.0.2.8", 443), scope=Scope(nsg="other"))
    assert made.own_rules == ()
    assert made.over_permission == 1.0
    assert "nothing closed" in made.warnings[0]


def test_many_public_addresses_become_internet_and_a_question(tmp_path: Path) -> None:
    rows = [r for n in range(25) for r in daily(f"52.0.0.{n * 2}", "10.0.2.8", 443)]
    made = made_of(tmp_path, rows)
    assert drafted(made)[0].sources == ("Internet",)
    (question,) = made.decisions_to_make
    assert (question.kind, question.rule, question.total) == ("internet", drafted(made)[0].name, 25)
    for name, options, exactness, expected in (
        ("never", DraftOptions(internet="never"), 0.75, 25),
        ("exact", DraftOptions(), 1.0, 25),
        ("more", DraftOptions(internet_threshold=26), 0.75, 25),
    ):
        (tmp_path / name).mkdir()
        listed = made_of(tmp_path / name, rows, options=options, exactness=exactness)
        assert len(drafted(listed)[0].sources) == expected
        assert listed.over_permission == 1.0


def test_replies_and_ephemeral_ports_are_set_apart_and_stable_high_ports_are_not(tmp_path: Path) -> None:
    reply = daily("10.0.3.4", "10.0.2.8", 50_001, days=1, src_port=1433)
    lonely = daily("10.0.1.4", "10.0.2.8", 50_002, days=1)
    stable = daily("10.0.1.4", "10.0.2.8", 49_443, days=8)
    dynamic = [r for n in range(12) for r in daily(f"10.0.1.{4 + n}", "10.0.2.9", 50_100 + n, days=1)]
    again = [r for n in range(12) for r in daily("10.0.1.4", "10.0.2.9", 51_100 + n, days=2)]
    made = made_of(tmp_path, reply + lonely + stable + dynamic + again)
    assert [str(r.destination_ports[0]) for r in drafted(made)] == ["49443", "51100-51111"]
    reasons = dict(zip(made.set_apart["port"], made.set_apart["reason"], strict=True))
    assert reasons[50_001] == excluded.REPLY
    assert reasons[50_002] == excluded.EPHEMERAL
    assert reasons[50_100] == excluded.DYNAMIC
    asked = {question.kind: question.words for question in made.decisions_to_make}
    assert "10.0.2.9 was met on 12 TCP ports between 50100 and 50111" in asked["dynamic-range"]
    (tmp_path / "k").mkdir()
    kept = made_of(tmp_path / "k", reply + lonely + stable + dynamic, options=DraftOptions(keep_ephemeral=True))
    assert kept.set_apart.empty


def test_other_protocols(tmp_path: Path) -> None:
    made = made_of(
        tmp_path, daily("10.0.1.4", "10.0.2.8", 0, protocol="ICMP") + daily("10.0.1.4", "10.0.2.8", 0, protocol="GRE")
    )
    (rule,) = drafted(made)
    assert (rule.protocol, rule.destination_ports) == ("Icmp", ANY_PORTS)
    assert made.set_apart["reason"].tolist() == [excluded.UNNAMED_PROTOCOL]
    assert made.over_permission == 1.0


def test_a_scan_that_a_rule_was_meant_for_stands_apart_from_the_service(tmp_path: Path) -> None:
    monitor = {"rule": "allow-monitor", "kind": "User"}
    rows = daily("10.0.1.4", "10.0.2.8", 443) + [
        r for p in range(30) for r in daily("10.0.1.9", "10.0.2.8", 100 + 2 * p, 1, **monitor)
    ]
    made = made_of(tmp_path, rows)
    service, scan = sorted(drafted(made), key=lambda r: len(r.destination_ports))
    assert str(service.destination_ports[0]) == "443"
    assert not made.evidence[service.name].review
    assert len(scan.destination_ports) == 30
    assert any("scan" in reason for reason in made.evidence[scan.name].review)


def test_a_subnet_scope_takes_what_the_subnet_received_or_sent(tmp_path: Path) -> None:
    rows = daily("10.0.1.4", "10.0.2.8", 443) + daily("10.0.2.8", "10.0.3.4", 1433, direction="Outbound")
    made = made_of(tmp_path, rows, scope=Scope(subnet="app"))
    assert [r.destinations for r in drafted(made)] == [("10.0.2.8",)]
    (tmp_path / "o").mkdir()
    out = made_of(tmp_path / "o", rows, OUT, scope=Scope(subnet="app"))
    assert [r.sources for r in drafted(out)] == [("10.0.2.8",)]
    with pytest.raises(BadFilter):
        Scope()
    with pytest.raises(BadFilter):
        Scope(nsg="a", subnet="b")


def test_an_nsg_is_found_by_its_resource_id(tmp_path: Path) -> None:
    rows = daily("10.0.1.4", "10.0.2.8", 443)
    made = made_of(tmp_path, rows, scope=Scope(nsg=str(rows[0]["nsg_id"])))
    assert len(drafted(made)) == 1
    assert made.rule_set.name == "app-nsg"


@pytest.fixture(scope="module")
def two_families(tmp_path_factory: pytest.TempPathFactory) -> Material:
    rows = [r for host in ("fd00::4", "fd00::5") for r in daily(host, "fd00::8", 443)]
    rows += daily("10.9.0.4", "10.0.2.8", 443) + daily("fd00::4", "10.0.2.8", 80)
    return material_of(tmp_path_factory.mktemp("families"), rows)


@pytest.mark.parametrize("exactness", [rung.exactness for rung in RUNGS])
def test_a_rule_holds_addresses_of_one_family(two_families: Material, exactness: float) -> None:
    made = compose(two_families, exactness)
    rules = drafted(made)
    assert {rule.sources for rule in rules if exactness == 1.0} <= {("10.9.0.4",), ("fd00::4/127",)}
    assert sorted({":" in prefix for prefix in (*rule.sources, *rule.destinations)} for rule in rules) == [
        {False},
        {True},
    ]
    assert made.set_apart["reason"].tolist() == [excluded.MIXED_FAMILIES]


def test_evidence_is_counted_per_rule(tmp_path: Path) -> None:
    rows = daily("10.0.1.4", "10.0.2.8", 443) + daily("10.0.1.5", "10.0.2.8", 443, 5, rule="allow-web", kind="User")
    made = made_of(tmp_path, rows)
    found = made.evidence[drafted(made)[0].name]
    assert (found.flows, found.days, found.sources, found.destinations, found.confidence) == (13, 8, 2, 1, "high")
    assert found.admitted_by == ("AllowVnetInBound", "allow-web")
    assert (found.packets, found.bytes) == (65, 6500)
    assert found.first_seen == START
    assert found.last_seen == START + timedelta(days=7)


def test_the_same_traffic_gives_the_same_draft_and_new_traffic_renumbers_nothing(tmp_path: Path) -> None:
    rows = [r for port in (22, 443, 8443) for r in daily(f"10.0.{port % 7 + 4}.4", "10.0.2.8", port)]
    first = made_of(tmp_path, rows)
    (tmp_path / "b").mkdir()
    assert made_of(tmp_path / "b", rows[::-1]).rule_set == first.rule_set
    (tmp_path / "c").mkdir()
    second = made_of(tmp_path / "c", rows + daily("10.0.44.4", "10.0.2.8", 80), existing=first.rule_set)
    before = {r.name: r.priority for r in first.own_rules}
    after = {r.name: r.priority for r in second.own_rules}
    assert before.items() < after.items()
    assert len(after) == len(before) + 1


def test_denies_of_the_nsg_stay_and_keep_their_place(tmp_path: Path) -> None:
    def rule(name: str, priority: int, access: Access) -> Rule:
        return Rule(name, priority, IN, access, "Tcp", ("10.0.1.0/24",), ("10.0.2.0/24",), (PortRange(443, 443),))

    existing = RuleSet(
        "app-nsg", (rule("early", 110, Access.ALLOW), rule("no", 120, Access.DENY), rule("late", 130, Access.ALLOW))
    )
    rows = daily("10.0.1.4", "10.0.2.8", 443, rule="early", kind="User") + daily(
        "10.0.3.4", "10.0.2.8", 22, rule="late", kind="User"
    )
    made = made_of(tmp_path, rows, existing=existing)
    order = [r.name for r in made.rule_set.towards(IN)][:3]
    assert order == ["allow-10.0.1.4-to-10.0.2.8-tcp-443", "no", "allow-10.0.3.4-to-10.0.2.8-tcp-22"]
    assert made.kept == {"no"}
    assert "no" not in {r.name for r in made.own_rules}
    assert len({r.priority for r in made.rule_set.towards(IN)} | {110, 130}) == len(made.rule_set.towards(IN)) + 2


def test_a_draft_is_a_table_and_a_rule_file(tmp_path: Path) -> None:
    made = made_of(tmp_path, daily("10.0.1.4", "10.0.2.8", 443))
    table = rules_frame(made.own_rules, made.evidence)
    assert list(table.columns) == list(DRAFT_COLUMNS)
    assert table["name"].tolist() == [r.name for r in made.own_rules]
    assert table.loc[0, "flows"] == 8
    assert set(table["protocol"]) == {"TCP", "UDP", "*"}, "as the flows beside it are told"
    assert table["first_seen"].isna().loc[1]
    (read,) = read_rule_sets(draft_json(made))
    assert read.towards(IN) == made.rule_set.towards(IN)
    assert read.speaks_for == (IN,)
