"""A window cut before a day, the traffic of one scope, and two rule sets compared: by hand."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pandas as pd
import pytest

from nsgflow_core.ask.filters import FlowFilter
from nsgflow_core.errors import BadFilter
from nsgflow_core.inventory.rule import RuleSet
from nsgflow_core.inventory.scope import Scope
from nsgflow_core.rules.replay.against import DIFFERING, decided_otherwise
from nsgflow_core.rules.replay.held_out import hold_out, share_kept
from nsgflow_core.rules.replay.of_scope import replay_scope
from nsgflow_core.rules.replay.replay import REPLAYED
from nsgflow_core.stores.base import Extent
from nsgflow_core.words.vocabulary import Direction
from tests.estates.logged import LoggedRows, row
from tests.rules.replay.test_replay import SPACE, WEB


def moment(day: int, hour: int = 0, microsecond: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, 0, 0, microsecond, tzinfo=UTC)


EXTENT = Extent(moment(20, 5), moment(23, 12), 9)


def test_the_last_day_of_what_there_is() -> None:
    held = hold_out(FlowFilter(), EXTENT)
    assert (held.since, held.day, held.until) == (moment(20, 5), moment(23), moment(23, 12, 1))
    earlier, later = held.earlier(FlowFilter()), held.later(FlowFilter())
    assert (earlier.since, earlier.until, later.since, later.until) == (held.since, held.day, held.day, held.until)
    until_midnight = hold_out(FlowFilter().within(moment(21), moment(23)), EXTENT)
    assert (until_midnight.since, until_midnight.day, until_midnight.until) == (moment(21), moment(22), moment(23))


def test_a_day_within_the_window_is_replayed_alone() -> None:
    held = hold_out(FlowFilter(), EXTENT, date(2026, 11, 21))
    assert (held.since, held.day, held.until) == (moment(20, 5), moment(21), moment(22))
    assert hold_out(FlowFilter(), EXTENT, date(2026, 11, 23)).until == moment(23, 12, 1)


@pytest.mark.parametrize(
    ("asked", "extent", "day"),
    [
        (FlowFilter(), Extent(None, None, 0), None),
        (FlowFilter().within(moment(23), None), EXTENT, None),
        (FlowFilter(), EXTENT, date(2026, 11, 20)),
        (FlowFilter(), EXTENT, date(2026, 11, 24)),
    ],
)
def test_without_a_day_before_it_there_is_nothing_to_hold_out(
    asked: FlowFilter, extent: Extent, day: date | None
) -> None:
    with pytest.raises(BadFilter, match=r"hold out|held out"):
        hold_out(asked, extent, day)


def outcome(word: str, flows: int = 1, by: str = "r", port: int = 443) -> tuple[object, ...]:
    return (word, by, 100, "", "logged", "", "", "Inbound", "10.0.2.4", "10.0.1.4", "TCP", port, flows)


def outcomes(*rows: tuple[object, ...]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=list(REPLAYED))


def test_the_share_that_would_pass_is_of_what_was_allowed() -> None:
    found = outcomes(
        *(outcome(word, flows) for word, flows in (("still-allowed", 3), ("newly-denied", 1), ("still-denied", 9))),
        outcome("newly-allowed", 7),
    )
    assert share_kept(found) == 0.75
    assert share_kept(outcomes()) is None
    assert share_kept(outcomes(outcome("still-allowed"))) == 1
    assert "2026-11-20 to 2026-11-22, replayed on 2026-11-23: 75.00% of" in hold_out(FlowFilter(), EXTENT).sentence(
        found
    )
    unsure, passes = outcome("indeterminate", 2), "of that day's allowed flows would pass."
    for rows, words in (
        ([unsure], "nothing of that day could be decided."),
        ([unsure, outcome("still-allowed")], f"100.00% {passes}"),
        ([outcome("newly-denied"), outcome("still-allowed", 99_999), unsure], f"99.99% {passes}"),
    ):
        said = hold_out(FlowFilter(), EXTENT).sentence(outcomes(*rows))
        assert said.endswith(f"{words} Not decided (indeterminate): 2 flows of 1 service.")
    nothing = outcomes(outcome("still-denied"))
    assert hold_out(FlowFilter(), EXTENT).sentence(nothing).endswith("2026-11-23: no allowed flow was logged that day.")


def test_what_two_rule_sets_decide_otherwise_most_flows_first() -> None:
    existing = outcomes(
        outcome("still-allowed", 2, "old"), outcome("still-allowed", 5, "old", 22), outcome("x", 1, port=1)
    )
    draft = outcomes(outcome("newly-denied", 2, "no"), outcome("newly-denied", 5, "no", 22), outcome("x", 1, port=1))
    found = decided_otherwise(existing, draft)
    assert tuple(found.columns) == DIFFERING
    assert found[["existing_rule", "draft_rule", "port", "flows"]].values.tolist() == [
        ["old", "no", 22, 5],
        ["old", "no", 443, 2],
    ]


def test_a_flow_that_was_both_allowed_and_denied_is_compared_with_itself() -> None:
    both = outcomes(outcome("still-allowed", 2), outcome("newly-allowed", 3))
    assert decided_otherwise(both, both).empty
    denied = outcomes(outcome("newly-denied", 2), outcome("still-denied", 3))
    found = decided_otherwise(both, denied)
    assert found[["existing_outcome", "draft_outcome", "flows"]].values.tolist() == [
        ["newly-allowed", "still-denied", 3],
        ["still-allowed", "newly-denied", 2],
    ]
    assert len(decided_otherwise(outcomes(outcome("indeterminate")), denied)) == 2


def test_an_nsgs_own_flows_and_a_subnets_whoever_logged_them() -> None:
    other = {"nsg": "other", "nsg_id": "other", "src_ip": "10.0.2.5"}
    store = LoggedRows([row(), row(direction="Outbound"), row(**other, flows=2)])
    asked = (FlowFilter(), Scope(nsg="web-nsg"), Direction.INBOUND, SPACE)
    assert replay_scope(store, WEB, *asked)["flows"].tolist() == [1]
    assert [str(each) for each in store.asked[0].filter.conditions] == [
        str(each) for each in FlowFilter().where("direction", "Inbound").conditions
    ]
    subnet = (FlowFilter(), Scope(subnet="web"), Direction.INBOUND, SPACE)
    inbound = RuleSet("subnet web", WEB.rules, directions=(Direction.INBOUND,))
    assert replay_scope(store, inbound, *subnet)["flows"].sum() == 3, "no NSG is known"
    assert replay_scope(store, WEB, *subnet, existing=WEB)["flows"].sum() == 1, "those that its NSG logged"
    narrowed = Scope(subnet="web").narrow(FlowFilter(), Direction.INBOUND)
    assert store.asked[-1].filter == narrowed.where("nsg_id", str(row()["nsg_id"]))
