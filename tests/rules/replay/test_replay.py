"""What replay says about flows whose fate is known by hand."""

import pandas as pd
import pytest

from nsgflow_core.ask.filters import FlowFilter
from nsgflow_core.errors import BadRuleSet
from nsgflow_core.inventory.rule import ANY_PORTS, Access, PortRange, Rule, RuleSet
from nsgflow_core.rules.decide.address_space import AddressSpace
from nsgflow_core.rules.replay.replay import REPLAYED, replay, totals
from nsgflow_core.rules.replay.verdict import verdict_on
from nsgflow_core.words.prefixes import parse_prefix
from nsgflow_core.words.vocabulary import Direction
from tests.estates.logged import GUID, NSG_ID, LoggedRows, row

IN, OUT = Direction.INBOUND, Direction.OUTBOUND
SPACE = AddressSpace((parse_prefix("10.0.0.0/16"),))
HTTPS = Rule("https", 100, IN, Access.ALLOW, "Tcp", ("10.0.2.0/24",), ("*",), (PortRange(443, 443),))
CLOSE = Rule("close", 4000, IN, Access.DENY, "*", ("VirtualNetwork",), ("*",), ANY_PORTS)
STORAGE = Rule("storage", 200, IN, Access.ALLOW, "Tcp", ("Storage",), ("*",), (PortRange(9000, 9000),))
"""No file tells what the tag holds."""
WEB = RuleSet("web-nsg", (HTTPS, STORAGE, CLOSE), NSG_ID, GUID, directions=(IN, OUT))


def outcomes(rows, rule_sets=WEB, **more):
    return replay(LoggedRows(rows), rule_sets, FlowFilter(), SPACE, **more)


def brief(frame):
    return list(zip(frame["outcome"], frame["decided_by"], frame["logged_rule"], frame["flows"], strict=True))


def test_each_outcome_and_the_rule_that_decides():
    found = outcomes(
        [
            row(flows=5),
            row(port=22, flows=4),
            row(decision="Denied", rule="close", src_ip="10.0.2.9", rule_kind="User"),
            row(decision="Denied", rule="close", port=80, flows=2, rule_kind="User"),
            row(src_ip="52.1.2.3", port=9000, flows=3, rule="once", rule_kind="User"),
        ]
    )
    assert tuple(found.columns) == REPLAYED
    assert brief(found) == [
        ("newly-allowed", "https", "close", 1),
        ("newly-denied", "close", "AllowVnetInBound", 4),
        ("indeterminate", "storage", "once", 3),
        ("still-allowed", "https", "AllowVnetInBound", 5),
        ("still-denied", "close", "close", 2),
    ]
    assert found["priority"].tolist() == [100, 4000, 200, 100, 4000]
    assert found["undoes"].tolist() == ["close (4000)", "", "", "", ""]
    assert found.iloc[1][["direction", "source_ip", "destination_ip", "protocol", "port"]].tolist() == [
        "Inbound", "10.0.2.4", "10.0.1.4", "TCP", 22,
    ]  # fmt: skip
    assert totals(found)["flows"].tolist() == [1, 4, 3, 5, 2]
    assert totals(found)["outcome"].tolist() == [
        "newly-allowed", "newly-denied", "indeterminate", "still-allowed", "still-denied",
    ]  # fmt: skip


def test_the_deny_that_is_undone_has_its_priority_where_any_of_the_rules_known_has_it():
    was = RuleSet("web-nsg", (Rule("Gone", 300, IN, Access.DENY, "*", ("*",), ("*",), ANY_PORTS),))
    denied = {"decision": "Denied", "rule_kind": "User"}
    rows = [row(**denied, rule=rule, flows=flows) for rule, flows in (("gone", 3), ("never", 2), ("DenyAllInBound", 1))]
    found = outcomes(rows, as_it_is=was)
    assert found["undoes"].tolist() == ["gone (300)", "never", "DenyAllInBound (65500)"]


def test_the_verdict_is_green_only_with_nothing_opened_and_nothing_cut():
    fine, opened, cut = row(), row(decision="Denied", rule="close"), row(port=22)
    unsure = row(src_ip="52.1.2.3", port=9000, rule="once", rule_kind="User")
    for rows, green, part in (
        ([fine], True, "Nothing breaks and nothing is opened."),
        ([fine, unsure], False, "Not decided (indeterminate): 1 flow of 1 service."),
        ([fine, opened], False, "1 service would be opened. 1 flow of 1 service would get in, which close (4000) had"),
        ([fine, cut], False, "1 service would break"),
        ([opened, cut], False, "1 service would be opened, 1 service would break"),
        ([unsure], False, "All of it is indeterminate"),
        ([], False, "The window holds no flow that web-nsg logged"),
    ):
        verdict = verdict_on(outcomes(rows))
        assert (verdict.is_green, part in f"{verdict} ") == (green, True), str(verdict)


def test_both_kinds_of_log_of_one_nsg_count_once():
    vnet = {"nsg": GUID, "nsg_id": GUID, "log_kind": "VNet"}
    found = outcomes([row(flows=5), row(flows=7, rule="AllowVNetInBound", **vnet), row(flows=1, port=22, **vnet)])
    assert found["flows"].tolist() == [1, 7]


def test_platform_rows_decide_nothing():
    found = outcomes([row(rule="PlatformRule", rule_kind="Platform", flows=9)])
    assert found.empty
    assert found.attrs["not_logged"] == ["web-nsg"]
    assert tuple(found.columns) == REPLAYED


@pytest.mark.parametrize(
    ("nsg", "nsg_id", "taken"),
    [
        ("WEB-NSG", NSG_ID.upper(), True),
        ("anything", NSG_ID.lower(), True),
        (GUID.upper(), GUID.upper(), True),
        ("web-nsg", GUID, True),
        ("web-nsg", "", True),
        ("web-nsg", "22222222-2222-2222-2222-222222222222", True),
        ("web-nsg", NSG_ID.replace("RG", "OTHER"), True),  # nothing in the log has our id, so the name counts
        ("app-nsg", NSG_ID.replace("web", "app"), False),
        ("33333333-3333-3333-3333-333333333333", "33333333-3333-3333-3333-333333333333", False),
    ],
)
def test_an_nsg_is_found_by_name_id_or_guid(nsg, nsg_id, taken):
    assert len(outcomes([row(nsg=nsg, nsg_id=nsg_id)])) == taken


def test_an_exact_id_tells_two_nsgs_of_one_name_apart():
    found = outcomes([row(flows=1), row(flows=10, nsg_id=NSG_ID.replace("RG", "OTHER"))])
    assert found["flows"].tolist() == [1]


def test_each_rule_set_takes_its_own_flows():
    app = RuleSet("app-nsg", (), directions=(IN, OUT))
    rows = [row(port=22), row(port=22, nsg="app-nsg", nsg_id="x", dst_ip="10.0.3.4")]
    found = outcomes(rows, [WEB, app])
    assert brief(found) == [
        ("newly-denied", "close", "AllowVnetInBound", 1),
        ("still-allowed", "AllowVnetInBound", "AllowVnetInBound", 1),
    ]


def test_everywhere_takes_all_flows_of_the_directions_it_speaks_for():
    rows = [row(), row(nsg="app-nsg", nsg_id="x", flows=2), row(direction="Outbound", rule="AllowVnetOutBound")]
    assert outcomes(rows, everywhere=True)["flows"].tolist() == [3, 1]
    draft = RuleSet("subnet web", (HTTPS, CLOSE)).with_defaults()
    inbound = RuleSet(draft.name, draft.rules, directions=(IN,))
    assert brief(outcomes(rows, inbound, everywhere=True)) == [("still-allowed", "https", "AllowVnetInBound", 3)]
    with pytest.raises(BadRuleSet, match="2 NSGs"):
        outcomes(rows, [WEB, draft], everywhere=True)
    with pytest.raises(BadRuleSet):
        outcomes(rows, [])


def test_what_an_admin_rule_ended_stays_as_it_was():
    admin = row(rule="BlockHighRisk", rule_kind="Admin", nsg="cfg", nsg_id="cfg", decision="Denied")
    found = outcomes([admin], everywhere=True)
    assert brief(found) == [("still-denied", "BlockHighRisk", "BlockHighRisk", 1)]
    assert found["priority"].isna().all()


def test_a_rule_of_the_nsg_without_a_prefix_is_replayed():
    """VNet logs that leave out UserRule_ make a user's rule look like an admin rule; its aclID says whose it is."""
    found = outcomes([row(rule="ssh", rule_kind="Admin", nsg=GUID, nsg_id=GUID, log_kind="VNet", port=22)])
    assert brief(found) == [("newly-denied", "close", "ssh", 1)]


def test_both_decisions_of_one_open_flow_are_one_row():
    once = {"src_ip": "52.1.2.3", "port": 9000, "rule": "once", "rule_kind": "User"}
    found = outcomes([row(**once), row(**once, decision="Denied", flows=4)])
    assert brief(found) == [("indeterminate", "storage", "once", 5)]


def test_a_store_that_knows_less_is_asked_for_less():
    store = LoggedRows([row(flows=2)], unsupported=["nsg_id", "log_kind"])
    found = replay(store, WEB, FlowFilter(), SPACE)
    assert not {"nsg_id", "log_kind"} & set(store.asked[0].by)
    assert found["flows"].tolist() == [2]


def test_nothing_logged_is_an_empty_table_with_types():
    found = outcomes([])
    assert pd.api.types.is_integer_dtype(found["flows"])
    assert totals(found)["flows"].sum() == 0
