"""A replay where files tell what else stands on a flow's path: all of it decides, and each row says which did."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pandas as pd

from nsgflow_core.ask.filters import FlowFilter
from nsgflow_core.inventory.inventory import Inventory
from nsgflow_core.inventory.rule import RuleSet
from nsgflow_core.inventory.subnet_map import SubnetMap
from nsgflow_core.rules.decide.network import Network
from nsgflow_core.rules.replay.replay import replay
from nsgflow_core.words.vocabulary import Direction
from tests.estates.logged import LoggedRows, row
from tests.inventory.described import GUIDS
from tests.rules.decide.test_path import CLOSED_IN, CLOSED_OUT, admin, estate, rule

SQL: dict[str, Any] = {
    "src_ip": "10.30.1.4", "dst_ip": "10.30.2.9", "port": 1433, "nsg": "nsg-db", "nsg_id": GUIDS[1],
    "log_kind": "VNet", "rule": "AllowVnetInBound",
}  # fmt: skip
AT_SOURCE = {"direction": "Outbound", "nsg": "nsg-app", "nsg_id": GUIDS[0], "rule": "AllowVnetOutBound"}


def of_name(found: Inventory, name: str) -> RuleSet:
    return next(each for each in found.rule_sets if each.name == name)


def replayed(found: Inventory, *rows: dict[str, object], nsg: str = "nsg-db") -> pd.DataFrame:
    return replay(LoggedRows(rows), of_name(found, nsg), FlowFilter(), Network(found, SubnetMap()))


def brief(outcomes: pd.DataFrame) -> list[tuple[str, str, str]]:
    return list(zip(outcomes["outcome"], outcomes["decided_at"], outcomes["decided_by"], strict=True))


def test_what_stands_elsewhere_decides_too() -> None:
    sql = row(**SQL)
    for found, expected in (
        (estate(), ("still-allowed", "destination NIC nsg-nic", "AllowVnetInBound")),
        (estate(app=CLOSED_OUT), ("newly-denied", "source subnet nsg-app", "no-way-out")),
        (estate(nic=CLOSED_IN), ("newly-denied", "destination NIC nsg-nic", "no-sql")),
        (estate([admin("closed", 5, "Deny", "1433")]), ("newly-denied", "admin rule closed", "closed")),
        (estate([admin("open", 5, "AlwaysAllow", "1433")], db=CLOSED_IN), ("still-allowed", "admin rule open", "open")),
    ):
        assert brief(replayed(found, sql)) == [expected]


def test_a_deny_of_the_nsg_that_is_lifted_opens_nothing_that_another_still_denies() -> None:
    denied = row(**SQL | {"decision": "Denied", "rule": "no-sql", "rule_kind": "User"})
    assert brief(replayed(estate(nic=CLOSED_IN), denied)) == [("still-denied", "destination NIC nsg-nic", "no-sql")]
    (opened,) = brief(replayed(estate(), denied))
    assert opened[0] == "newly-allowed"


def test_what_the_other_end_denied_all_along_is_not_newly_denied() -> None:
    at_source = row(**SQL | AT_SOURCE)
    at_destination = row(**SQL | {"decision": "Denied", "rule": "no-sql", "rule_kind": "User"})
    found = estate(db=CLOSED_IN)
    assert brief(replayed(found, at_source, nsg="nsg-app")) == [("newly-denied", "destination subnet nsg-db", "no-sql")]
    assert brief(replayed(found, at_source, at_destination, nsg="nsg-app")) == [
        ("still-denied", "destination subnet nsg-db", "no-sql")
    ]


def test_an_end_in_no_file_has_no_nsg_known_and_that_is_said() -> None:
    found = estate()
    outcomes = replayed(found, row(**SQL | {"src_ip": "172.16.0.9"}))
    assert outcomes["outcome"].tolist() == ["still-allowed"]
    assert "No file tells where 172.16.0.9 is, so no NSG is known there." in outcomes.attrs["said"]


def test_an_inbound_draft_leaves_the_outbound_rules_of_its_nsg() -> None:
    """Within one subnet a packet passes the same NSG twice."""
    shared = estate(db=[rule("out", 100, "Deny", "1433", "Outbound")])
    within = row(**SQL | {"src_ip": "10.30.2.10"})
    assert brief(replayed(shared, within))[0][:2] == ("newly-denied", "source subnet nsg-db")
    draft = replace(of_name(shared, "nsg-db"), rules=(), directions=(Direction.INBOUND,))
    outcomes = replay(LoggedRows([within]), draft, FlowFilter(), Network(shared))
    assert brief(outcomes)[0][:2] == ("newly-denied", "source subnet nsg-db")
