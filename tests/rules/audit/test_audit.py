"""Each finding of the audit from a rule made so, with what proves it."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from nsgflow_core.ask.filters import FlowFilter
from nsgflow_core.exports import with_texts
from nsgflow_core.inventory.rule import ANY_PORTS, Access, PortRange, Rule, RuleSet
from nsgflow_core.rules.audit.audit import AUDITED, audit
from nsgflow_core.rules.audit.finding import Finding, FindingKind
from nsgflow_core.rules.audit.proved import is_any_any
from nsgflow_core.rules.decide.address_space import AddressSpace
from nsgflow_core.words.prefixes import parse_prefix
from nsgflow_core.words.vocabulary import Direction
from tests.estates.logged import GUID, NOON, NSG_ID, LoggedRows, row

IN, OUT = Direction.INBOUND, Direction.OUTBOUND
SPACE = AddressSpace((parse_prefix("10.0.0.0/16"),))


def a_rule(name, priority, access=Access.ALLOW, source="*", destination="*", ports=ANY_PORTS, direction=IN):
    return Rule(name, priority, direction, access, "Tcp", (source,), (destination,), ports)


def audited(rules, rows=(), flow_filter=None):
    """As on the command line: cells of several findings read as one text."""
    rule_set = RuleSet("web-nsg", tuple(rules), NSG_ID, GUID)
    found = audit(LoggedRows(rows), rule_set, flow_filter or FlowFilter(), SPACE)
    assert [(name, str(kind)) for name, kind in found.dtypes.items()] == list(AUDITED.columns)
    return with_texts(found).set_index("name")


def test_findings_are_values_whatever_their_words_hold():
    """A rule whose name reads like two findings is still one rule with its own findings and proofs."""
    odd = "a; redundant: x; any-any: y"
    rules = (a_rule(odd, 100, Access.DENY), a_rule("ssh", 200, ports=(PortRange(22, 22),)))
    found = audit(LoggedRows(()), RuleSet("web-nsg", rules, NSG_ID, GUID), FlowFilter(), SPACE).set_index("name")
    ssh: Any = found.loc["ssh"]
    findings, proofs = ssh["findings"], ssh["witness"]
    assert [each.kind for each in findings] == [
        FindingKind.OVERLAPPING,
        FindingKind.SHADOWED,
        FindingKind.NEVER_HIT,
    ]
    assert findings[1] == Finding(FindingKind.SHADOWED, f"{odd} (100) takes every packet that it matches", proofs[1])
    assert [each.witness for each in findings] == [*proofs, ""]
    assert str(findings) == "; ".join(map(str, findings))


def test_hits_are_flows_of_the_rule_in_its_direction_and_in_its_nsg():
    found = audited(
        [a_rule("web", 100, ports=(PortRange(443, 443),))],
        [
            row(rule="web", rule_kind="User", flows=3),
            row(rule="web", rule_kind="User", flows=4, src_ip="10.0.2.5", last_seen=NOON.replace(hour=13)),
            row(rule="web", rule_kind="User", flows=9, nsg="other", nsg_id="other"),
            row(rule="web", rule_kind="User", flows=3, nsg=GUID, nsg_id=GUID, log_kind="VNet"),
            row(rule="AllowVNetInBound", flows=2),
        ],
    )
    assert found.loc["web", "hits"] == 7
    assert found.loc["web", "last_hit"] == NOON.replace(hour=13)
    assert found.loc["AllowVnetInBound", "hits"] == 2
    assert found.loc["DenyAllInBound", ["hits", "findings"]].tolist() == [0, ""]
    assert found["priority"].tolist() == [100, 65000, 65001, 65500, 65000, 65001, 65500]
    assert found["last_hit"].isna().sum() == 5


def test_a_rule_never_hit_names_the_window_that_was_looked_at():
    found = audited([a_rule("web", 100)], [row()], FlowFilter(since=datetime(2026, 11, 24, 6, tzinfo=UTC)))
    assert (
        "never-hit: no flow was logged under it from 2026-11-24 06:00 UTC to 2026-11-24 12:00 UTC"
        in (found.loc["web", "findings"])
    )
    outside = audited([a_rule("web", 100)], [row()], FlowFilter(since=datetime(2026, 12, 1, tzinfo=UTC)))
    assert "no log of that time is here" in outside.loc["web", "findings"]


def test_a_shadowed_rule_names_what_takes_its_packets():
    found = audited([a_rule("all", 100, Access.DENY), a_rule("ssh", 200, ports=(PortRange(22, 22),))])
    assert "shadowed: all (100) takes every packet that it matches" in found.loc["ssh", "findings"]
    assert "TCP/22 is taken by all (100)" in found.loc["ssh", "witness"]
    assert "redundant" not in found.loc["ssh", "findings"]


def test_a_rule_between_two_address_families_matches_nothing():
    found = audited([a_rule("mixed", 100, source="0.0.0.0/0", destination="fd00::4"), a_rule("all", 200)])
    assert "matches-nothing: no packet has a source and a destination that it names" in found.loc["mixed", "findings"]
    assert "shadowed" not in found.loc["mixed", "findings"]


def test_a_redundant_rule_changes_nothing():
    found = audited(
        [
            a_rule("inside", 100, source="10.0.1.0/24", destination="10.0.0.0/16"),
            a_rule("end", 200, Access.DENY, "8.8.8.8"),
        ]
    )
    assert "redundant: later rules allow the same packets" in found.loc["inside", "findings"]
    assert "10.0.1.0 -> 10.0.0.0 TCP/0" in found.loc["inside", "witness"]
    assert "redundant: later rules deny the same packets" in found.loc["end", "findings"]


def test_an_overlap_with_the_other_access_shows_a_packet_of_both():
    found = audited(
        [
            a_rule("block", 100, Access.DENY, "10.0.1.0/24"),
            a_rule("allow", 200, Access.ALLOW, "10.0.0.0/16", ports=(PortRange(80, 90),)),
        ]
    )
    assert "overlapping: block (100) takes a part of it" in found.loc["allow", "findings"]
    assert "10.0.1.0 -> " in found.loc["allow", "witness"]
    assert "overlapping" not in found.loc["block", "findings"]


def test_an_over_broad_rule_says_how_much_was_seen():
    rows = [row(rule="wide", rule_kind="User"), row(rule="narrow", rule_kind="User", port=22)]
    found = audited(
        [
            a_rule("narrow", 100, source="10.0.2.4", ports=(PortRange(22, 22),)),
            a_rule("wide", 200, source="10.0.2.0/24", ports=(PortRange(400, 1399),)),
        ],
        rows,
    )
    assert (
        "over-broad: it opens 256,000× what was seen (1 of 256 sources, 1 of 1,000 ports)"
        in (found.loc["wide", "findings"])
    )
    assert "10.0.2.0 -> 10.0.1.4 port 400 is admitted and was never seen" in found.loc["wide", "witness"]
    assert "over-broad" not in found.loc["narrow", "findings"]


def test_parts_of_a_used_rule_that_nothing_met_are_named():
    parts = tuple(f"10.0.{n}.0/24" for n in range(2, 10))
    rule = Rule("web", 100, IN, Access.ALLOW, "Tcp", (*parts, "Storage"), ("10.0.1.4", "10.0.1.5"),
                (PortRange(443, 443), PortRange(8000, 8010), PortRange(22, 22)))  # fmt: skip
    rows = [row(rule="web", rule_kind="User"), row(rule="web", rule_kind="User", port=8010, src_ip="10.0.3.9")]
    denied = row(rule="web", rule_kind="User", port=22, decision="Denied")
    found = audited([rule], [*rows, denied])
    assert (
        "unused-parts: none of its flows came from 10.0.4.0/24, 10.0.5.0/24, 10.0.6.0/24, 10.0.7.0/24, 10.0.8.0/24 "
        "and 1 more (6 of 9), none went to 10.0.1.5 (1 of 2), none met port 22 (1 of 3) from 2026-11-24"
    ) in found.loc["web", "findings"]
    assert "10.0.4.0 -> 10.0.1.5 port 22 is admitted and was never seen" in found.loc["web", "witness"]
    whole = Rule("web", 100, IN, Access.ALLOW, "Tcp", ("10.0.2.0/24",), ("*",), (PortRange(443, 443),))
    assert "unused-parts" not in audited([whole], rows[:1]).loc["web", "findings"]


@pytest.mark.parametrize(
    ("sources", "destinations", "met", "witness"),
    [
        (("10.0.2.0/24",), ("*",), "10.0.1.4", "10.0.2.0 -> 10.0.1.4 port 22"),
        (("*",), ("10.0.1.0/24",), "10.0.1.4", "10.0.2.4 -> 10.0.1.0 port 22"),
        (("*",), ("*",), "10.0.1.4", "10.0.2.4 -> 10.0.1.4 port 22"),
        (("VirtualNetwork",), ("::/0", "0.0.0.0/0"), "10.0.1.4", "10.0.0.0 -> 10.0.1.4 port 22"),
        (("fd00::/64",), ("*",), "fd00:1::4", "fd00:: -> fd00:1::4 port 22"),
    ],
)
def test_a_packet_that_was_never_seen_has_two_ends_of_one_family(sources, destinations, met, witness):
    rule = Rule("web", 100, IN, Access.ALLOW, "Tcp", sources, destinations, (PortRange(443, 443), PortRange(22, 22)))
    from_where = "fd00::9" if ":" in met else "10.0.2.4"
    found = audited([rule], [row(rule="web", rule_kind="User", src_ip=from_where, dst_ip=met)])
    assert f"{witness} is admitted and was never seen" in found.loc["web", "witness"]


@pytest.mark.parametrize(
    ("rule", "answer"),
    [
        (a_rule("a", 100), True),
        (a_rule("a", 100, source="internet", destination="VirtualNetwork"), True),
        (a_rule("a", 100, source="VirtualNetwork"), False),
        (a_rule("a", 100, source="VirtualNetwork", direction=OUT), True),
        (a_rule("a", 100, ports=(PortRange(1, 65535),)), False),
        (a_rule("a", 100, destination="10.0.0.0/8"), False),
    ],
)
def test_any_any(rule, answer):
    assert is_any_any(rule) is answer
    assert ("any-any" in audited([rule]).loc["a", "findings"]) is answer


@pytest.mark.parametrize(
    ("protocol", "words"),
    [("*", " on every port"), ("Tcp", " on every port"), ("Icmp", " for ICMP"), ("Esp", " for ESP")],
)
def test_any_any_names_ports_where_there_are_any(protocol, words):
    """Ping from anywhere was allowed "on every port"."""
    found = audited([replace(a_rule("a", 100), protocol=protocol)]).loc["a", "findings"]
    assert f"any-any: it allows any source to any destination{words}" in found


def test_every_finding_on_an_open_tag_says_what_must_hold():
    found = audited([a_rule("tag", 100, Access.DENY, "Storage"), a_rule("net", 200, source="8.8.8.8")])
    assert "8.8.8.8 is in Storage" in found.loc["net", "witness"]
