"""What replays say of flows that are denied, or let in, today already: no rules break or open those."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pandas as pd
import pytest

from nsgflow_core.ask.filters import FlowFilter
from nsgflow_core.inventory.entry import Entry
from nsgflow_core.inventory.inventory import Inventory
from nsgflow_core.inventory.rule import ANY_PORTS, Access, Rule, RuleSet
from nsgflow_core.inventory.subnet_map import SubnetMap
from nsgflow_core.rules.decide.address_space import AddressSpace
from nsgflow_core.rules.decide.network import Network
from nsgflow_core.rules.replay.disagreements import OVERTAKEN, disagreements
from nsgflow_core.rules.replay.replay import replay
from nsgflow_core.rules.replay.verdict import verdict_on
from nsgflow_core.words.vocabulary import Direction
from tests.estates.contested import NSG, plant
from tests.estates.flows import store_of
from tests.estates.logged import GUID, NOON, NSG_ID, LoggedRows, row
from tests.rules.decide.test_path import CLOSED_IN, CLOSED_OUT, admin, estate
from tests.rules.replay.test_replay import HTTPS, SPACE, WEB
from tests.rules.replay.test_replay_paths import AT_SOURCE, SQL, of_name

IN = Direction.INBOUND
DAY = timedelta(days=1)
ALLOWED = row(port=22, flows=10)
DENIED = row(port=22, flows=30, decision="Denied", rule="close", rule_kind="User")


def at(logged: dict[str, object], day: int, **changes: object) -> dict[str, object]:
    moment = NOON + day * DAY
    return {**logged, "first_seen": moment, "last_seen": moment, **changes}


def replayed(*rows: dict[str, object], rules: RuleSet = WEB, as_it_is: RuleSet | None = None) -> pd.DataFrame:
    return replay(LoggedRows(rows), rules, FlowFilter(), SPACE, as_it_is=as_it_is)


def said(outcomes: pd.DataFrame) -> list[tuple[str, str]]:
    return list(zip(outcomes["outcome"], outcomes["today"], strict=True))


def test_what_a_deny_has_closed_since_is_not_what_the_rules_break() -> None:
    found = replayed(at(ALLOWED, 0), at(DENIED, 1))
    assert said(found) == [("newly-denied", "denied by close since 2026-11-25 12:00 UTC"), ("still-denied", "")]
    assert str(verdict_on(found)) == (
        "1 service is denied already. 10 flows of 1 service had been allowed when logged; "
        "today: denied by close since 2026-11-25 12:00 UTC."
    )
    assert set(disagreements(found, WEB)["reason"]) == {OVERTAKEN}, "the log still says otherwise than the rules"


def test_what_was_let_in_since_is_not_what_the_rules_open() -> None:
    found = replayed(at(DENIED, 0, port=443), at(ALLOWED, 1, port=443, rule="https"))
    assert said(found)[0] == ("newly-allowed", "allowed by https since 2026-11-25 12:00 UTC")
    verdict = verdict_on(found)
    assert (verdict.title, verdict.is_green) == ("1 service is let in already", False)


@pytest.mark.parametrize(
    ("state", "day", "is_denied_today"),
    [("Continuing", 2, True), ("End", 2, True), ("Begin", 1, True), ("Begin", 2, False)],
)
def test_a_connection_is_decided_when_it_begins_and_a_tie_denies(state: str, day: int, is_denied_today: bool) -> None:
    found = replayed(at(ALLOWED, 0), at(DENIED, 1), at(ALLOWED, day, flow_state=state))
    assert (said(found)[0][1] != "") == is_denied_today


def test_each_is_said_beside_what_breaks_and_opens() -> None:
    rows = [at(ALLOWED, 0), at(DENIED, 1), at(ALLOWED, 0, port=23, flows=4), at(DENIED, 0, port=443)]
    assert verdict_on(replayed(*rows)).title == (
        "1 service would be opened, 1 service would break, 1 service is denied already"
    )


def test_a_deny_of_the_file_closes_what_was_not_tried_since() -> None:
    draft = RuleSet(
        "web-nsg", (HTTPS, Rule("ours", 4000, IN, Access.DENY, "*", ("*",), ("*",), ANY_PORTS)), NSG_ID, GUID
    )
    found = replayed(ALLOWED, rules=draft, as_it_is=WEB)
    assert said(found) == [("newly-denied", "denied by close, web-nsg, as it is")]
    known = Network(Inventory((Entry("NSG", WEB, "nsg.json", None),)), SubnetMap((), SPACE.known))
    assert said(replay(LoggedRows([ALLOWED]), draft, FlowFilter(), known)) == said(found), "found by its identity"
    assert said(replayed(ALLOWED, as_it_is=WEB)) == [("newly-denied", "")], "the file itself explains nothing"
    assert "1 service would break" in str(verdict_on(replayed(ALLOWED, as_it_is=WEB)))


OPEN = RuleSet("web-nsg", (Rule("open", 200, IN, Access.ALLOW, "*", ("*",), ("*",), ANY_PORTS),), NSG_ID, GUID)
WIDER = RuleSet("web-nsg", (Rule("wide", 100, IN, Access.ALLOW, "*", ("*",), ("*",), ANY_PORTS),), NSG_ID, GUID)


@pytest.mark.parametrize(
    ("was", "today"),
    [
        (OPEN, "allowed by open, web-nsg, as it is"),
        (replace(OPEN, rules=()), "allowed by AllowVnetInBound, web-nsg, as it is"),
        (WEB, ""),
        (replace(OPEN, left_out=("shut",)), ""),
        (WIDER, ""),
    ],
    ids=["a rule", "a default rule", "denied still", "a rule that may deny it was not read", "the file itself"],
)
def test_what_the_file_lets_in_that_was_denied_last_is_not_what_the_rules_open(was: RuleSet, today: str) -> None:
    """The deny is gone from the NSG, and nobody tried since: "1 service would be opened"."""
    found = replayed(at(DENIED, 0), rules=WIDER, as_it_is=was)
    assert said(found) == [("newly-allowed", today)]
    assert verdict_on(found).title == ("1 service is let in already" if today else "1 service would be opened")
    assert not verdict_on(found).is_green


@pytest.mark.parametrize("far", [True, False])
def test_what_the_file_lets_in_is_let_in_already_where_all_of_its_path_lets_it(far: bool) -> None:
    """The NSG of the other end is asked as files have it, though it is tried with rules that would let it pass."""
    found = estate(app=CLOSED_OUT if far else [])
    wide = replace(of_name(found, "nsg-db"), rules=(replace(OPEN.rules[0], priority=150),))
    tried = [wide, replace(of_name(found, "nsg-app"), rules=(replace(OPEN.rules[0], direction=Direction.OUTBOUND),))]
    denied = at(row(**SQL | {"decision": "Denied", "rule": "gone", "rule_kind": "User"}), 0)
    outcomes = replay(LoggedRows([denied]), tried, FlowFilter(), Network(found, SubnetMap()))
    today = "" if far else "allowed by AllowVnetInBound, nsg-db, as it is"
    assert said(outcomes) == [("newly-allowed", today)]


def test_a_decision_by_rules_that_are_gone_is_not_todays() -> None:
    opened = RuleSet("web-nsg", (HTTPS,), NSG_ID, GUID, directions=(IN,))
    ours = RuleSet("web-nsg", WEB.rules, NSG_ID, GUID, directions=(IN,))
    denied_by_gone = [at(ALLOWED, 0), at(DENIED, 1)]
    assert said(replayed(*denied_by_gone, rules=ours, as_it_is=opened))[0] == ("newly-denied", "")
    allowed_by_gone = [at(DENIED, 0), at(ALLOWED, 1)]
    assert said(replayed(*allowed_by_gone, rules=opened, as_it_is=ours))[0] == ("newly-allowed", "")
    assert said(replayed(*allowed_by_gone, rules=opened, as_it_is=opened))[0][1] != "", "as it is lets it in"


def test_what_another_nsg_denies_is_not_what_the_rules_break() -> None:
    found = estate(db=CLOSED_IN)
    source, target = row(**SQL | AT_SOURCE), row(**SQL)
    denied = at(row(**SQL | {"decision": "Denied", "rule": "no-sql", "rule_kind": "User"}), 1)
    for rows, today in (
        ([source], "denied by no-sql, destination subnet nsg-db, as it is"),
        ([source, target, denied], "denied by no-sql since 2026-11-25 12:00 UTC"),
    ):
        outcomes = replay(LoggedRows(rows), of_name(found, "nsg-app"), FlowFilter(), Network(found, SubnetMap()))
        assert said(outcomes)[:1] == [("newly-denied", today)]


NO_SSH_RULE = Rule("no-ssh", 100, IN, Access.DENY, "*", ("*",), ("*",), ANY_PORTS)
NO_SSH = {"decision": "Denied", "rule": "no-ssh", "rule_kind": "User", "port": 22}
BESIDE = {"nsg": "nic-nsg", "nsg_id": "/nic-nsg"}
FAR = {"nsg": "far-nsg", "nsg_id": "/far-nsg", "direction": "Outbound"}
ADMIN = {"nsg": "", "nsg_id": "99999999-9999-4999-8999-999999999999", "rule_kind": "Admin"}


@pytest.mark.parametrize(
    ("where", "words"),
    [
        (BESIDE, "no-ssh of nic-nsg (inbound)"),
        (FAR, "no-ssh of far-nsg (outbound)"),
        (ADMIN, "admin rule no-ssh (inbound)"),
    ],
    ids=["beside", "far end", "admin"],
)
def test_without_files_the_log_tells_what_another_has_denied_since(where: dict[str, object], words: str) -> None:
    denied = row(**NO_SSH | where)
    already = ("newly-denied", f"denied by {words} since 2026-11-25 12:00 UTC")
    assert already in said(replayed(at(ALLOWED, 0), at(denied, 1)))
    later = at(ALLOWED, 2)
    assert ("newly-denied", "") in said(replayed(at(ALLOWED, 0), at(denied, 1), later)), "it passed here since"
    let_pass = at(row(**where | {"port": 22, "rule": "ssh", "rule_kind": "User"}), 2)
    assert ("newly-denied", "") in said(replayed(at(ALLOWED, 0), at(denied, 1), let_pass)), "and there"
    other_port = at(row(**NO_SSH | where | {"port": 23}), 1)
    assert ("newly-denied", "") in said(replayed(at(ALLOWED, 0), other_port))


@pytest.mark.parametrize(("rules", "today"), [((), ""), ((NO_SSH_RULE,), "no-ssh of nic-nsg (inbound)")])
def test_a_file_of_the_other_nsg_says_whether_its_deny_stands(rules: tuple[Rule, ...], today: str) -> None:
    """Its file tells no place where it is set, and no path."""
    entries = (
        Entry("NSG", WEB, "nsg.json", None),
        Entry("NSG", RuleSet("nic-nsg", rules, "/nic-nsg"), "nic.json", None),
    )
    known = Network(Inventory(entries), SubnetMap((), SPACE.known))
    rows = [at(ALLOWED, 0), at(row(**NO_SSH | BESIDE), 1)]
    words = f"denied by {today} since 2026-11-25 12:00 UTC" if today else ""
    assert ("newly-denied", words) in said(replay(LoggedRows(rows), WEB, FlowFilter(), known))


@pytest.mark.parametrize("where", ["admin", "NIC"])
@pytest.mark.parametrize(("source", "today"), [("Storage", True), ("10.9.0.0/16", False)])
def test_what_turns_on_a_name_that_no_file_tells_is_not_gone(where: str, source: str, today: bool) -> None:
    """The log has the denial and the file a deny that may be it: it was taken to be gone, and the draft to break."""
    deny = {**admin("shut", 5, "Deny", "1433"), "sources": [{"addressPrefix": source}]}
    shut = {**CLOSED_IN[0], "sourceAddressPrefix": source}
    behind = [{**shut, "name": "any", "priority": 200, "access": "Allow", "sourceAddressPrefix": "*"}]
    found = estate([deny], db=behind, nic=behind) if where == "admin" else estate(db=behind, nic=[shut, *behind])
    draft = replace(of_name(found, "nsg-db"), rules=(CLOSING,), directions=(IN,))
    stranger = SQL | {"src_ip": "20.60.0.1", "rule": "any", "rule_kind": "User"}
    there = ADMIN | {"rule": "shut"} if where == "admin" else {"nsg": "nsg-nic", "nsg_id": "nsg-nic", "rule": "no-sql"}
    denied = at(row(**stranger | {"decision": "Denied"} | there), 1)
    outcomes = replay(LoggedRows([row(**stranger), denied]), draft, FlowFilter(), Network(found, SubnetMap()))
    newly = [by for outcome, by in said(outcomes) if outcome == "newly-denied"]
    assert [each.startswith(("denied by admin rule shut", "denied by no-sql of nsg-nic")) for each in newly] == [today]


CLOSING = Rule("ours", 4000, IN, Access.DENY, "*", ("*",), ("*",), ANY_PORTS)


@pytest.mark.parametrize(
    ("found", "nsg", "deny", "direction", "place"),
    [
        pytest.param(estate(nic=CLOSED_IN), "nsg-nic", "no-sql", IN, "destination NIC nsg-nic", id="the NIC"),
        pytest.param(estate([admin("shut", 5, "Deny", "1433")]), "nsg-nic", "shut", IN, "admin rule shut", id="admin"),
        pytest.param(
            estate(app=CLOSED_OUT), "nsg-app", "no-way-out", Direction.OUTBOUND, "source subnet nsg-app", id="far end"
        ),
    ],
)
def test_what_the_tried_rules_deny_first_is_denied_already_where_another_denies_it(
    found: Inventory, nsg: str, deny: str, direction: Direction, place: str
) -> None:
    """Whichever of them is asked first, closing rules cut nothing that something else on the path has closed."""
    draft = replace(of_name(found, "nsg-db"), rules=(CLOSING,), directions=(IN,))
    there = {"nsg": nsg, "nsg_id": nsg, "direction": str(direction), "rule": deny, "rule_kind": "User"}
    since = [row(**SQL | there | {"rule": "let"}), at(row(**SQL | there | {"decision": "Denied"}), 1)]
    as_it_is, in_log = f"denied by {deny}, {place}, as it is", f"denied by {deny} since 2026-11-25 12:00 UTC"
    known = Network(found, SubnetMap())
    for rows, today in (([row(**SQL)], as_it_is), ([row(**SQL), *since], in_log)):
        assert said(replay(LoggedRows(rows), draft, FlowFilter(), known)) == [("newly-denied", today)]
        lifted = replay(LoggedRows(rows[:1]), draft, FlowFilter(), Network(estate(), SubnetMap()))
        assert said(lifted) == [("newly-denied", "")], "where no file has that deny, the draft is what cuts it"
    tried = [draft, *(each for each in found.rule_sets if each.name != "nsg-db")]
    explained = as_it_is if nsg not in place else ""
    outcomes = replay(LoggedRows([row(**SQL)]), tried, FlowFilter(), known)
    assert said(outcomes) == [("newly-denied", explained)], "a file that is tried itself explains nothing"


@pytest.mark.parametrize("seed", [5, 11, 16, 18])
def test_random_estates_tell_what_was_decided_last(tmp_path: Path, seed: int) -> None:
    """The whole kind: every packet of a log under rules that turn all of it, against what was planted last."""
    planted = plant(seed)
    store = store_of(tmp_path / "f.duckdb", planted.rows, planted.subnets)
    direction, space = planted.direction, AddressSpace.of(planted.subnets)
    contested = 0
    for access, change in ((Access.ALLOW, "newly-allowed"), (Access.DENY, "newly-denied")):
        turned = RuleSet(NSG, (Rule("all", 100, direction, access, "*", ("*",), ("*",), ANY_PORTS),))
        outcomes = replay(store, turned, FlowFilter(), space)
        rows = outcomes[outcomes["outcome"] == change]
        for source, target, protocol, port, today in rows[[*_KEY, "today"]].itertuples(index=False, name=None):
            decision, rule = planted.last[source, target, protocol, int(port)]
            is_so = decision == ("Allowed" if access is Access.ALLOW else "Denied")
            assert today.startswith(f"{decision.lower()} by {rule} since 2026-11-") == is_so, (source, target, port)
            assert (today != "") == is_so
            contested += is_so
        one = FlowFilter().where("decision", "Denied" if access is Access.ALLOW else "Allowed")
        again = replay(store, turned, one, space)
        pd.testing.assert_frame_equal(again[again["outcome"] == change], rows, obj="asked for one decision alone")
    assert contested


_KEY = ["source_ip", "destination_ip", "protocol", "port"]
