"""What changes is counted once for each rule and port, however many addresses met on it."""

import pandas as pd

from nsgflow_core.rules.replay.replay import totals
from nsgflow_core.rules.replay.services import BY_SERVICE, amount, by_service, count_services
from nsgflow_core.rules.replay.verdict import verdict_on
from tests.estates.logged import row
from tests.rules.replay.test_replay import outcomes

CROWD = [row(src_ip=f"52.0.{number // 250}.{number % 250 + 1}", port=22) for number in range(426)]


def test_a_crowd_on_one_rule_and_port_is_one_service() -> None:
    found = outcomes([*CROWD, row(), row(src_ip="fd00::1", port=22, flows=5), row(port=25, flows=2)])
    cut = found[found["outcome"] == "newly-denied"]
    assert (len(cut), count_services(cut)) == (428, 2), "the VNet meets another deny than strangers do"
    counts = totals(found)
    assert (counts["services"].tolist(), counts["pairs"].tolist()) == ([0, 2, 0, 1, 0], [0, 428, 0, 1, 0])
    once = by_service(cut)
    assert tuple(once.columns) == BY_SERVICE
    assert once[["source", "destination", "port", "pairs", "flows"]].values.tolist() == [
        ["427 addresses", "10.0.1.4", 22, 427, 431],
        ["10.0.2.4", "10.0.1.4", 25, 1, 2],
    ]
    assert verdict_on(found).title == "2 services would break"
    assert "433 flows of 2 services between 428 pairs of addresses would be cut" in str(verdict_on(found))


def test_what_is_no_crowd_says_no_pairs() -> None:
    found = outcomes([row(port=25, flows=2)])
    assert amount(found) == "2 flows of 1 service"
    assert by_service(found.head(0)).empty
    assert count_services(found.head(0)) == 0


def test_days_tell_services_apart_and_stand_first() -> None:
    found = outcomes(CROWD[:3])
    days = pd.concat([found.assign(day=day) for day in (2, 1)], ignore_index=True)
    once = by_service(days, "day")
    assert once[["day", "pairs"]].values.tolist() == [[2, 3], [1, 3]], "in the order in which the days came"


def test_what_is_so_already_is_a_service_of_its_own_whenever_each_pair_came_to_it() -> None:
    """Of four pairs on one port one is not denied yet, and three are since two different days."""
    found = outcomes([*(row(src_ip=f"10.0.2.{number}", port=22) for number in (4, 5, 6, 7))])
    since = [f"denied by close since 2026-11-{day} 12:00 UTC" for day in (26, 25, 25)]
    once = by_service(found.assign(today=["", *since]))
    assert once[["today", "pairs"]].values.tolist() == [
        ["denied by close since 2026-11-25 12:00 UTC at first", 3],
        ["", 1],
    ]
    by_two = by_service(found.assign(today=["denied by a since x", "denied by b since x", "denied by a since x", ""]))
    assert by_two[["today", "pairs"]].values.tolist() == [
        ["denied by a since x", 2], ["denied by b since x", 1], ["", 1],
    ]  # fmt: skip
    counts = totals(found.assign(today=["", *since]))
    assert (counts["services"].sum(), counts["pairs"].sum()) == (2, 4)
