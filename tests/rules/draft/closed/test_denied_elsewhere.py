"""A flow whose latest decision is a denial by what the draft does not touch becomes part of no rule, and is asked."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import pandas as pd
import pytest

from nsgflow_core.ask.filters import FlowFilter
from nsgflow_core.inventory.rule import Access
from nsgflow_core.inventory.scope import Scope
from nsgflow_core.inventory.subnet_map import Subnet, SubnetMap
from nsgflow_core.rules.decide.address_space import AddressSpace
from nsgflow_core.rules.decide.evaluate import decide_all
from nsgflow_core.rules.draft.asking.answering import answered
from nsgflow_core.rules.draft.asking.answers import Answer, Choice
from nsgflow_core.rules.draft.dial import RUNGS
from nsgflow_core.rules.draft.draft import Draft, compose
from nsgflow_core.rules.draft.options import DraftOptions
from nsgflow_core.rules.draft.traffic import Material, gather
from nsgflow_core.words.prefixes import parse_prefix
from nsgflow_core.words.vocabulary import Direction
from tests.estates.daily import Rows
from tests.estates.flows import START, Key, row, store_of

IN, OUT = Direction.INBOUND, Direction.OUTBOUND
SUBNETS = SubnetMap(
    (
        Subnet("app", parse_prefix("10.20.2.0/24"), "v"),
        Subnet("app6", parse_prefix("fd00:20:0:2::/64"), "v"),
        Subnet("data", parse_prefix("10.20.3.0/24"), "v"),
        Subnet("data6", parse_prefix("fd00:20:0:3::/64"), "v"),
    ),
    (parse_prefix("10.20.0.0/16"), parse_prefix("fd00:20::/48")),
)
SPACE = AddressSpace.of(SUBNETS)
SQL: Key = ("10.20.2.4", "10.20.3.4", "TCP", 8443)
SQL6: Key = ("fd00:20:0:2::4", "fd00:20:0:3::4", "TCP", 8443)
OWN, OTHER = "nsg-data", "nsg-other"
NIC = "00224871C205"


def logged(key: Key, days: range, nsg: str = OWN, direction: Direction = IN, *, hours: int = 0, **more: object) -> Rows:
    """One allowed connection a day."""
    made = [
        row(key, START + timedelta(days=day, hours=hours), nsg=nsg, direction=str(direction), rule="anybody")
        for day in days
    ]
    return [{**each, **more} for each in made]


def denied(key: Key, days: range, by: str = OTHER, direction: Direction = IN, **more: object) -> Rows:
    told = {"decision": "Denied", "flow_state": "", "rule": "no-app", "rule_kind": "User"}
    return [each | told | more for each in logged(key, days, by, direction)]


def material(
    path: Path, rows: Rows, scope: Scope | None = None, direction: Direction = IN, subnets: SubnetMap = SUBNETS
) -> Material:
    store = store_of(path / "f.duckdb", rows, subnets)
    return gather(store, FlowFilter(), scope or Scope(nsg=OWN), direction, space=SPACE)


def admits(made: Draft, keys: Sequence[Key]) -> list[bool]:
    """Of each flow whether a drafted rule admits it."""
    columns = ["src_ip", "dst_ip", "protocol", "port", "direction"]
    packets = pd.DataFrame([(*key, str(made.direction)) for key in keys], columns=columns)
    return decide_all(made.rule_set, packets, SPACE)["decided_by"].isin(list(made.openings)).tolist()


def judged_each(gathered: Material, keys: Sequence[Key]) -> list[set[bool]]:
    """Of each flow whether any point of the dial admits it, and whether any does not."""
    points = [admits(compose(gathered, rung.exactness), keys) for rung in RUNGS]
    return [set(of_key) for of_key in zip(*points, strict=True)]


def judged(gathered: Material, key: Key) -> set[bool]:
    """The same of one flow."""
    return judged_each(gathered, [key])[0]


ADMIN = {"rule_kind": "Admin", "log_kind": "VNET", "nsg": "44444444-4444-4444-8444-444444444444",
         "nsg_id": "44444444-4444-4444-8444-444444444444"}  # fmt: skip
DENIERS = [
    pytest.param(OTHER, IN, {}, "no-app of nsg-other (inbound)", id="the other NSG of the same end"),
    pytest.param(OTHER.upper(), IN, {}, "no-app of NSG-OTHER (inbound)", id="in capitals"),
    pytest.param(OTHER, IN, {"log_kind": "VNET"}, "no-app of nsg-other (inbound)", id="logged by the VNet"),
    pytest.param(OTHER, IN, {"rule": "DenyAllInBound", "rule_kind": "Default"},
        "DenyAllInBound of nsg-other (inbound)", id="a default rule"),
    pytest.param(OTHER, IN, {"mac": ""}, "no-app of nsg-other (inbound)", id="no MAC is told"),
    pytest.param(OTHER, OUT, {"mac": "0022487100FF"}, "no-app of nsg-other (outbound)", id="the far end"),
    pytest.param(OWN, OUT, {"mac": "0022487100FF"}, "no-app of nsg-data (outbound)", id="the same NSG at the far end"),
    pytest.param(OTHER, IN, ADMIN, "admin rule no-app (inbound)", id="an admin rule"),
    pytest.param(OTHER, OUT, ADMIN, "admin rule no-app (outbound)", id="an admin rule at the far end"),
    pytest.param(OTHER, IN, {"rule": ""}, "a rule without a name of nsg-other (inbound)", id="a rule without a name"),
]  # fmt: skip


@pytest.mark.parametrize("key", [SQL, SQL6], ids=["IPv4", "IPv6"])
@pytest.mark.parametrize("is_turned", [False, True], ids=["inbound draft", "outbound draft"])
@pytest.mark.parametrize(("nsg", "direction", "more", "words"), DENIERS)
def test_what_another_denied_last_is_admitted_nowhere_and_asked(
    tmp_path: Path, nsg: str, direction: Direction, more: dict[str, object], words: str, is_turned: bool, key: Key
) -> None:
    turned = {IN: OUT, OUT: IN} if is_turned else {IN: IN, OUT: OUT}
    beside: Key = (key[0].replace("::4", "::5").replace(".2.4", ".2.5"), *key[1:])
    own = logged(key, range(4), direction=turned[IN]) + logged(beside, range(6), direction=turned[IN])
    gathered = material(tmp_path, own + denied(key, range(4, 6), nsg, turned[direction], **more), direction=turned[IN])
    assert judged_each(gathered, [key, beside]) == [{False}, {True}]
    said = words.replace(str(direction).lower(), str(turned[direction]).lower())
    made = compose(gathered)
    (question,) = [each for each in made.questions if each.kind == "denied-elsewhere"]
    assert (question.stopped_by, question.deny) == (said, "")
    assert question.words == (
        f"{key[0]} -> {key[1]} TCP 8443 was allowed until 2026-11-04 00:00 UTC and is denied by {said} since "
        "2026-11-05 00:00 UTC, which this draft does not touch. Should it be allowed here all the same?"
    )
    assert (
        f"({said} since 2026-11-05 00:00 UTC, allowed until 2026-11-04 00:00 UTC)" in made.set_apart["reason"].iloc[0]
    )


ARM_ID = f"/subscriptions/S/resourceGroups/RG/providers/Microsoft.Network/networkSecurityGroups/{OWN}"


@pytest.mark.parametrize("scope", [Scope(nsg=OWN), Scope(subnet="data"), Scope(nsg=OWN.upper()), Scope(nsg=ARM_ID)])
def test_however_the_draft_is_called(tmp_path: Path, scope: Scope) -> None:
    rows = logged(SQL, range(4)) + denied(SQL, range(4, 5))
    assert judged(material(tmp_path, rows, scope), SQL) == {False}


def test_an_nsg_that_packets_meet_first_goes_on_to_let_them_pass(tmp_path: Path) -> None:
    """Own rows of each attempt, and the denial in the same second: the denial ends it."""
    gathered = material(tmp_path, logged(SQL, range(6)) + denied(SQL, range(3, 6)))
    assert judged(gathered, SQL) == {False}
    (question,) = compose(gathered).questions
    when = "2026-11-04 00:00 UTC"
    assert f"was allowed until {when} and is denied by no-app of nsg-other (inbound) since {when}" in question.words


def test_what_never_got_through_is_one_question_for_all_its_ports(tmp_path: Path) -> None:
    keys: list[Key] = [(SQL[0], SQL[1], "TCP", port) for port in range(8_000, 8_040)]
    rows = [each for key in keys for each in logged(key, range(6), direction=OUT) + denied(key, range(6))]
    made = compose(material(tmp_path, rows, direction=OUT))
    assert not made.openings
    (question,) = made.questions
    assert question.kind == "stopped-elsewhere"
    assert question.words == (
        "240 flows from 10.20.2.4 to 40 TCP ports between 8000 and 8039 of 10.20.3.4 passed here, and no-app of "
        "nsg-other (inbound), which this draft does not touch, denied them each time since 2026-11-01 00:00 UTC. "
        "Should they be allowed here all the same?"
    )


@pytest.mark.parametrize(
    "later",
    [
        pytest.param(logged(SQL, range(5, 6)), id="the draft's own NSG let it pass after it"),
        pytest.param(logged(SQL, range(5, 6), OTHER), id="who denied it let it pass after it"),
        pytest.param(logged(SQL, range(5, 6), "nsg-third"), id="another one of that end did"),
    ],
)
def test_a_denial_that_was_taken_back_closes_nothing(tmp_path: Path, later: Rows) -> None:
    rows = logged(SQL, range(4)) + denied(SQL, range(4, 5)) + later
    assert judged(material(tmp_path, rows), SQL) == {True}


def test_a_connection_that_goes_on_takes_no_denial_back(tmp_path: Path) -> None:
    for at, nsg in enumerate((OWN, OTHER)):
        folder = tmp_path / str(at)
        folder.mkdir()
        goes_on = logged(SQL, range(5, 7), nsg, flow_state="Continuing")
        before = logged(SQL, range(3, 4), nsg)
        rows = logged(SQL, range(4)) + denied(SQL, range(4, 5)) + before + goes_on
        assert judged(material(folder, rows), SQL) == {False}


TWIN = "0022487100EE"
"""A NIC of another VNet that has the address of the draft's own."""
LONG: Key = ("FD00:20:0:2:0:0:0:4", "fd00:20:0:3:0000::4", *SQL6[2:])


@pytest.mark.parametrize("key", [SQL, SQL6, LONG], ids=["IPv4", "IPv6", "IPv6 in another spelling"])
def test_a_nic_with_the_address_of_another_closes_nothing(tmp_path: Path, key: Key) -> None:
    """Two VNets without a peering have the same addresses: what one of them denies is not the other's."""
    rows = logged(key, range(4)) + denied(key, range(4, 6), mac=TWIN)
    assert judged(material(tmp_path, rows), SQL if key == SQL else SQL6) == {True}


@pytest.mark.parametrize("key", [SQL, SQL6, LONG], ids=["IPv4", "IPv6", "IPv6 in another spelling"])
def test_a_nic_with_the_address_of_another_takes_no_denial_back(tmp_path: Path, key: Key) -> None:
    rows = logged(key, range(4)) + denied(key, range(4, 6)) + logged(key, range(6, 8), "nsg-twin", mac=TWIN)
    assert judged(material(tmp_path, rows), SQL if key == SQL else SQL6) == {False}


FAR, FAR_TWIN = "0022487100DD", "0022487100FF"


@pytest.mark.parametrize(
    ("denier", "later", "is_open"),
    [
        pytest.param(FAR, FAR, True, id="the NIC that denied it"),
        pytest.param(FAR, FAR_TWIN, False, id="another one with its address"),
        pytest.param("", FAR, True, id="the denial tells no NIC"),
        pytest.param(FAR, "", True, id="what let it pass tells none"),
    ],
)
def test_at_the_far_end_who_lets_a_flow_pass_again_is_the_nic_that_denied_it(
    tmp_path: Path, denier: str, later: str, is_open: bool
) -> None:
    """Two VNets have the far address: one denies the draft's flow, and what the other lets pass later is its own."""
    rows = logged(SQL, range(6)) + denied(SQL, range(3, 6), OTHER, OUT, mac=denier)
    rows += logged(SQL, range(5, 6), "nsg-twin", OUT, hours=3, mac=later)
    assert judged(material(tmp_path, rows), SQL) == {is_open}


def test_what_was_never_allowed_here_is_not_opened_by_a_wide_rule(tmp_path: Path) -> None:
    """A whole subnet would stand for its hosts, but for one whose own NSG or whose NIC's denies it."""
    hosts: list[Key] = [(f"10.20.2.{host}", *SQL[1:]) for host in range(4, 12)]
    outside: Key = ("10.20.2.40", *SQL[1:])
    rows = [each for key in hosts for each in logged(key, range(6))]
    (tmp_path / "free").mkdir()
    options = DraftOptions(subnet_threshold=2)
    free = gather(store_of(tmp_path / "free" / "f.duckdb", rows, SUBNETS), FlowFilter(), Scope(nsg=OWN), IN,
        options=options, space=SPACE)  # fmt: skip
    assert True in judged(free, outside), "without the denial the rule is wide"
    for at, direction in enumerate(Direction):
        folder = tmp_path / str(at)
        folder.mkdir()
        store = store_of(folder / "f.duckdb", rows + denied(outside, range(6), OTHER, direction), SUBNETS)
        gathered = gather(store, FlowFilter(), Scope(nsg=OWN), IN, options=options, space=SPACE)
        assert judged_each(gathered, [outside, *hosts]) == [{False}, *({True} for _ in hosts)]


def test_probes_and_what_azure_needs_stay(tmp_path: Path) -> None:
    probe: Key = ("168.63.129.16", SQL[1], "TCP", 8443)
    rows = logged(SQL, range(6)) + logged(probe, range(6)) + denied(probe, range(6))
    made = compose(material(tmp_path, rows))
    assert "allow-azure-load-balancer-inbound" in made.closing
    assert not any("left out" in each for each in made.warnings)


def test_an_answer_makes_the_rule_and_says_that_the_deny_stays(tmp_path: Path) -> None:
    gathered = material(tmp_path, logged(SQL, range(4)) + denied(SQL, range(4, 6)))
    (question,) = compose(gathered).questions
    for choice, expected in ((Choice.ALLOW, {True}), (Choice.LEAVE_OUT, {False})):
        told = answered(gathered, [Answer(question.id, choice)])
        assert judged(told, SQL) == expected
        said = [each for each in compose(told).warnings if "no-app of nsg-other (inbound)" in each]
        assert [each.partition(" for ")[0] for each in said] == (
            ["Does not undo the deny no-app of nsg-other (inbound)"] if choice is Choice.ALLOW else []
        )
        assert all(rule.access is Access.ALLOW for rule in compose(told).own_rules if rule.name.startswith("allow"))


GATES = ((OUT, "nsg-source"), (IN, OWN), (IN, OTHER))
"""What a packet meets, in order; the middle one or the last is drafted inbound, the first outbound."""


@pytest.mark.parametrize("seed", range(12))
def test_random_histories_of_three_gates_end_as_their_last_connection_did(tmp_path: Path, seed: int) -> None:
    """Each connection meets three NSGs until one denies it; who logs an allow beside the last one differs."""
    rng = random.Random(seed)
    own = rng.choice(GATES)
    all_log = rng.random() < 0.6 or own == GATES[1]
    rows: Rows = []
    last: dict[Key, bool] = {}
    keys: list[Key] = [(f"10.20.2.{host}", f"10.20.3.{host % 3 + 4}", "TCP", 8443) for host in range(4, 16)]
    for key in keys:
        closed_by: set[str] = set()
        for day in range(10):
            if rng.random() < 0.3:
                closed_by ^= {rng.choice(GATES)[1]}
            last[key] = _one_connection(rows, key, day, closed_by, all_log)
    gathered = material(tmp_path, rows, Scope(nsg=own[1]), own[0])
    seen = set(gathered.flows[["src_ip"]].astype("str")["src_ip"]) | set(gathered.set_apart["src_ip"].astype("str"))
    met = [key for key in keys if key[0] in seen]
    assert judged_each(gathered, met) == [{last[key]} for key in met], (own, all_log)


def _one_connection(rows: Rows, key: Key, day: int, closed_by: set[str], all_log: bool) -> bool:
    """Whether it passed; its rows are added."""
    days = range(day, day + 1)
    for place, (direction, nsg) in enumerate(GATES):
        mac: dict[str, object] = {} if direction is IN else {"mac": "0022487100AA"}
        if nsg in closed_by:
            rows += denied(key, days, nsg, direction, **mac)
            return False
        is_last_of_its_end = place in (0, len(GATES) - 1)
        if all_log or is_last_of_its_end:
            rows += [each | mac for each in logged(key, days, nsg, direction)]
    return True
