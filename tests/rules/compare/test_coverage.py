"""The share of flows and services that named rules admit."""

from __future__ import annotations

import pandas as pd

from nsgflow_core.ask.filters import FlowFilter
from nsgflow_core.inventory.rule import ANY_PORTS, Access, Rule, RuleSet
from nsgflow_core.rules.compare.coverage import ADMITS_ALL, COVERAGE, IS_DEFAULT, YES, coverage
from nsgflow_core.words.vocabulary import Direction
from tests.estates.logged import GUID, NSG_ID, LoggedRows, row


def test_named_rules_and_the_rest():
    rows = [
        row(rule="web", rule_kind="User", flows=90),
        row(rule="web", rule_kind="User", flows=3, port=22),
        row(rule="AllowVNetInBound", flows=4, port=22),
        row(rule="all", rule_kind="User", flows=3, port=8080),
        row(rule="web", rule_kind="User", flows=50, decision="Denied"),
        row(rule="web", rule_kind="User", flows=90, nsg=GUID, nsg_id=GUID, log_kind="VNet"),
    ]
    everything = Rule("All", 100, Direction.INBOUND, Access.ALLOW, "*", ("0.0.0.0/1", "128.0.0.0/1"), ("*",), ANY_PORTS)
    table, (covered,) = coverage(LoggedRows(rows), FlowFilter(), (RuleSet("web-nsg", (everything,), NSG_ID, GUID),))
    assert [(name, str(kind)) for name, kind in table.dtypes.items()] == [
        (name, str(kind)) for name, kind in COVERAGE.columns
    ]
    found = table.set_index(pd.Index([str(rule).casefold() for rule in table["rule"]]))
    assert dict(zip(found.index, found["named"], strict=True)) == {
        "web": YES,
        "allowvnetinbound": IS_DEFAULT,
        "all": ADMITS_ALL,
    }
    assert [found.at["web", name] for name in ("flows", "services", "flow_share")] == [93, 2, 0.93]
    assert (covered.named_flows, covered.flows, covered.named_services, covered.services) == (93, 100, 1, 3)
    assert covered.sentence == (
        "named rules admit 93% of flows and 1 of 3 services; the rest came by AllowVNetInBound, all"
    )


def test_without_rule_sets_each_nsg_of_the_log_has_its_rows():
    rows = [row(rule="web", rule_kind="User", flows=2), row(rule="x", rule_kind="User", nsg="b", nsg_id="b")]
    table, sums = coverage(LoggedRows(rows), FlowFilter())
    assert [(each.nsg, each.sentence) for each in sums] == [
        ("b", "named rules admit 100% of flows and 1 of 1 services"),
        ("web-nsg", "named rules admit 100% of flows and 1 of 1 services"),
    ]
    assert table["named"].tolist() == [YES, YES]


def test_nothing_logged_is_an_empty_table_of_the_same_shape():
    table, sums = coverage(LoggedRows(()), FlowFilter())
    assert (list(table.columns), sums) == (list(COVERAGE.names), [])
