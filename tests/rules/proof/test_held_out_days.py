"""Each day left out in turn: equal to a draft from a store that never had that day; and what the sentences say."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from nsgflow_core.ask.filters import FlowFilter
from nsgflow_core.inventory.rule import ANY_PORTS, Access, Rule, RuleSet
from nsgflow_core.inventory.scope import Scope
from nsgflow_core.rules.decide.address_space import AddressSpace
from nsgflow_core.rules.draft.draft import draft
from nsgflow_core.rules.proof.days import all_but, on
from nsgflow_core.rules.proof.held_out import CUT, DAYS, UNSEEN, HeldOutProof, prove
from nsgflow_core.rules.replay.of_scope import replay_scope
from nsgflow_core.rules.replay.replay import totals
from nsgflow_core.stores.local.store import LocalStore
from nsgflow_core.words.numbers import percent
from nsgflow_core.words.prefixes import parse_prefix
from tests.estates import planted
from tests.estates.daily import SUBNETS, Rows, daily
from tests.estates.flows import START, row, store_of
from tests.rules.draft.drafts import IN

SCOPE = Scope(nsg="app-nsg")
ALL = FlowFilter()


def proved(
    store: LocalStore, asked: FlowFilter = ALL, scope: Scope = SCOPE, space: AddressSpace | None = None
) -> HeldOutProof:
    return prove(store, asked, draft(store, asked, scope, IN, space=space))


@pytest.mark.parametrize("seed", [3, 11])
def test_it_is_the_draft_of_a_store_without_that_day(seed: int, tmp_path: Path) -> None:
    estate = planted.plant(seed, days=4)
    rows, scope, space = planted.rows_of(estate), Scope(nsg=estate.nsg), AddressSpace.of(estate.subnets)
    store = store_of(tmp_path / "all.duckdb", rows, estate.subnets)
    proof = prove(store, ALL, draft(store, ALL, scope, IN))
    assert len(proof.days) == 4
    for left in proof.days:
        others = [each for each in rows if each["time"].date() != left.day]  # type: ignore[attr-defined]
        without = store_of(tmp_path / f"{left.day}.duckdb", others, estate.subnets)
        expected = draft(without, ALL, scope, IN)
        outcomes = replay_scope(store, expected.rule_set, on(ALL, left.day), scope, IN, space)
        flows = totals(outcomes).set_index("outcome")["flows"]
        assert draft(store, all_but(ALL, left.day), scope, IN).rule_set == expected.rule_set
        assert left.rules == len(expected.openings)
        assert left.cut_flows == flows["newly-denied"]
        assert left.flows == flows["newly-denied"] + flows["still-allowed"]


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> LocalStore:
    """SSH on four days; on the third alone a service of a neighbour and one over IPv6, and a high port."""
    rows: Rows = daily("10.0.1.4", "10.0.2.8", 22, days=4)
    third = START + timedelta(days=2)
    rows += [row(("10.0.3.4", "10.0.2.8", "TCP", 443), third + timedelta(hours=hour)) for hour in (1, 2)]
    rows += [row(("10.0.1.9", "10.0.2.8", "TCP", 50_123), third)]
    rows += [row(("fd00::7", "fd00:1::8", "UDP", 53), third, nsg="six-nsg")]
    rows += [row(("fd00::7", "fd00:1::8", "UDP", 123), START + timedelta(days=day), nsg="six-nsg") for day in (0, 2)]
    rows += [row(("10.0.1.4", "10.0.2.8", "TCP", 22), START, nsg="one-day-nsg")]
    return store_of(tmp_path_factory.mktemp("flows") / "flows.duckdb", rows, SUBNETS)


def test_what_came_on_one_day_alone_would_have_been_cut(store: LocalStore) -> None:
    proof = proved(store)
    assert proof.window == tuple(date(2026, 11, day) for day in (1, 2, 3, 4))
    frame = proof.frame()
    assert tuple(frame.columns) == DAYS
    assert frame["cut_flows"].tolist() == [0, 0, 3, 0]
    assert frame["services"].tolist() == [1, 1, 3, 1]
    assert frame["set_apart_flows"].tolist() == [0, 0, 1, 0]
    cut = proof.outcomes()
    assert tuple(cut.columns) == CUT
    assert cut[["source_ip", "port", "flows", "why"]].values.tolist() == [
        ["10.0.3.4", 443, 2, UNSEEN],
        ["10.0.1.9", 50_123, 1, UNSEEN],
    ]
    assert proof.worst is proof.days[2]
    assert proof.sentence == (
        "Each of 4 days left out in turn, the drafts of the others would have passed 57.14% of the flows and 66.67% of "
        "the pairs (source, destination, port). Without Tuesday 2026-11-03, the draft of the other days would have "
        "passed 25.00% of its flows and 33.33% of its pairs: it would have cut 3 flows of 2 pairs, 1 of them set apart "
        "by choice. Busiest: 10.0.3.4 to 10.0.2.8 TCP 443 (2 flows); 10.0.1.9 to 10.0.2.8 TCP 50123 (1 flow)."
    )


def test_a_condition_on_days_and_the_window_still_hold(store: LocalStore) -> None:
    asked = FlowFilter().where("day", "2026-11-02", operator="is_not").within(None, START + timedelta(days=3))
    proof = proved(store, asked)
    assert proof.window == (date(2026, 11, 1), date(2026, 11, 3))
    assert [each.cut_flows for each in proof.days] == [0, 3]
    later = on(FlowFilter().within(START + timedelta(hours=5), None), date(2026, 11, 1))
    assert (later.since, later.until) == (START + timedelta(hours=5), START + timedelta(days=1))


def test_ipv6_is_left_out_like_any_other(store: LocalStore) -> None:
    both = AddressSpace((parse_prefix("10.0.0.0/16"), parse_prefix("fd00::/16")))
    proof = proved(store, scope=Scope(nsg="six-nsg"), space=both)
    assert [(each.day.day, each.cut_services) for each in proof.days] == [(1, 0), (3, 1)]
    assert proof.days[1].examples[0].sentence == "fd00::7 to fd00:1::8 UDP 53 (1 flow)"
    undecided = replace(proof.days[1], open_flows=1, newly_allowed_flows=2).sentence
    assert "and let in 2 flows that were denied (undecided, for want of known addresses: 1 flow)" in undecided
    whole = replace(proof, days=proof.days[:1])
    unsure = replace(proof, days=(replace(whole.days[0], open_flows=2),))
    assert (whole.is_green, unsure.is_green) == (True, False)
    assert "(source, destination, port; undecided, for want of known addresses: 2 flows)." in unsure.sentence
    assert "nothing of it could be decided (undecided" in replace(unsure.days[0], flows=0).sentence


def test_without_two_days_nothing_is_proved_and_it_says_so(store: LocalStore) -> None:
    one = proved(store, scope=Scope(nsg="one-day-nsg"))
    assert (one.days, one.worst, len(one.outcomes())) == ((), None, 0)
    assert one.sentence == (
        "Nothing is proved: only Sunday 2026-11-01 holds traffic here, and leaving a day out takes at least two."
    )
    assert "no day holds traffic" in proved(store, scope=Scope(nsg="nobody")).sentence


def test_what_a_deny_has_closed_since_is_no_loss(tmp_path: Path) -> None:
    """Allowed on two days, denied since by a rule of the NSG: no draft is to admit it, so none is blamed for it."""
    closed = daily("10.0.1.5", "10.0.2.8", 443, days=4)
    for each in closed[2:]:
        each |= {"decision": "Denied", "flow_state": "", "rule": "no-dev", "rule_kind": "User"}
    store = store_of(tmp_path / "f.duckdb", daily("10.0.1.4", "10.0.2.8", 22, days=4) + closed, SUBNETS)
    deny = Rule("no-dev", 400, IN, Access.DENY, "Tcp", ("10.0.1.5",), ("*",), ANY_PORTS)
    made = draft(store, ALL, SCOPE, IN, existing=RuleSet("app-nsg", (deny,)))
    proof = prove(store, ALL, made)
    assert [(each.flows, each.cut_flows, each.closed_flows) for each in proof.days] == [(1, 0, 1)] * 2 + [(1, 0, 0)] * 2
    assert (proof.share_of_flows, proof.worst) == (1, None)


def test_a_share_is_never_rounded_up_to_all() -> None:
    assert [percent(share) for share in (1, 0.99999, 0.5, 0)] == ["100.00%", "99.99%", "50.00%", "0.00%"]
