"""Each reason for a disagreement between the rules and the log, from a case made so."""

from nsgflow_core.ask.filters import FlowFilter
from nsgflow_core.inventory.rule import ANY_PORTS, Access, PortRange, Rule, RuleSet
from nsgflow_core.rules.replay import disagreements as why
from nsgflow_core.rules.replay.replay import replay
from nsgflow_core.words.vocabulary import Direction
from tests.estates.logged import LoggedRows, row
from tests.rules.replay.test_replay import SPACE

IN, OUT = Direction.INBOUND, Direction.OUTBOUND
RULES = (
    Rule("block-ssh", 100, IN, Access.DENY, "Tcp", ("*",), ("*",), (PortRange(22, 22),)),
    Rule("web", 200, IN, Access.ALLOW, "Tcp", ("10.0.2.0/24",), ("*",), (PortRange(443, 443),)),
    Rule("close", 300, IN, Access.DENY, "*", ("*",), ("*",), ANY_PORTS),
    Rule("close-out", 300, OUT, Access.DENY, "*", ("*",), ("*",), ANY_PORTS),
)


def test_each_disagreement_has_its_reason():
    rows = [
        row(port=22, rule="web", rule_kind="User"),
        row(port=443, src_ip="8.8.8.8", rule="web", rule_kind="User"),
        row(port=80, rule="old-rule", rule_kind="User"),
        row(port=81, rule="close", rule_kind="User"),
        row(port=53, direction="Outbound", dst_ip="168.63.129.16", rule="AllowVnetOutBound"),
        row(port=443, rule="web", rule_kind="User", flows=9),
    ]
    rule_set = RuleSet("web-nsg", RULES)
    found = why.disagreements(replay(LoggedRows(rows), rule_set, FlowFilter(), SPACE), rule_set)
    assert dict(zip(found["port"], found["reason"], strict=True)) == {
        22: why.OVERTAKEN,
        443: why.NARROWED,
        80: why.GONE,
        81: why.TURNED,
        53: why.UNFILTERED,
    }
    assert 9 not in found["flows"].tolist()
