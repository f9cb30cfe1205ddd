"""What people want, read from text, and held against rules and traffic with a packet or flow that says otherwise."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from nsgflow_core.errors import BadIntent
from nsgflow_core.inventory.entry import Entry
from nsgflow_core.inventory.inventory import Inventory
from nsgflow_core.inventory.rule import ANY, ANY_PORTS, Access, PortRange, Rule, RuleSet
from nsgflow_core.inventory.shapes import kinds
from nsgflow_core.inventory.things.vnet import Vnet, VnetSubnet
from nsgflow_core.rules.compare.checking import check_intents
from nsgflow_core.rules.compare.intents import IntentKind, read_intents
from nsgflow_core.rules.compare.verdicts import CHECKED, IntentVerdict, is_kept
from nsgflow_core.rules.decide.evaluate import Packet, decide
from nsgflow_core.rules.decide.network import Network
from nsgflow_core.words.prefixes import parse_prefix
from nsgflow_core.words.vocabulary import Direction

IN, OUT = Direction.INBOUND, Direction.OUTBOUND
SUBNETS = {"web": "10.0.1.0/24", "app tier": "10.0.2.0/24", "data": "10.0.3.0/24", "open": "10.0.9.0/24"}


def nsg_id(name: str) -> str:
    return f"/subscriptions/s/resourceGroups/rg/providers/Microsoft.Network/networkSecurityGroups/{name}-nsg"


def held(name: str) -> VnetSubnet:
    prefix = parse_prefix(SUBNETS[name])
    return VnetSubnet(name, (prefix,), nsg_id="" if name == "open" else nsg_id(name.split()[0]))


VNET = Vnet("v", "/subscriptions/s/v", (parse_prefix("10.0.0.0/16"),), tuple(map(held, SUBNETS)))
NETWORK = Network(Inventory((Entry(kinds.VNET, VNET, "vnets.json", None),)))


def a_rule(name: str, priority: int, source: str, *ports: int, access: Access = Access.ALLOW, **more: Any) -> Rule:
    held = tuple(PortRange(port, port) for port in ports) or ANY_PORTS
    made = {"protocol": "Tcp", "direction": IN, "destinations": (ANY,)} | more
    return Rule(name, priority, access=access, sources=(source,), destination_ports=held, **made)


def nsg(name: str, *rules: Rule) -> RuleSet:
    return RuleSet(f"{name}-nsg", rules, nsg_id(name), directions=(IN, OUT))


DENY = a_rule("no", 4096, ANY, access=Access.DENY, protocol=ANY)
DATA = nsg("data", a_rule("sql", 100, "10.0.2.0/24", 1433), DENY)
WEB = nsg("web", a_rule("out", 100, ANY, 22, access=Access.DENY, direction=OUT, protocol=ANY))


def checked(
    text: str, *rule_sets: RuleSet, logged: pd.DataFrame | None = None, network: Network = NETWORK
) -> pd.DataFrame:
    intents = read_intents(text, network.known.subnet_map, network.space())
    found = check_intents(intents, rule_sets, network, logged)
    assert list(found.columns) == list(CHECKED.names)
    return found


@pytest.mark.parametrize(
    ("text", "verdict", "rule"),
    [
        ("must: app tier -> data 1433", IntentVerdict.KEPT, ""),
        ("MUST : APP TIER->Data tcp/1433", IntentVerdict.KEPT, ""),
        ("must: 10.0.2.4 -> 10.0.3.4 1433", IntentVerdict.KEPT, ""),
        ("must: 9.9.9.9 -> 9.9.8.8 1433", IntentVerdict.NOT_DECIDED, ""),
        ("must: web -> data 1433", IntentVerdict.VIOLATED, "no"),
        ("must: app tier -> data udp/1433", IntentVerdict.VIOLATED, "no"),
        ("must: app tier -> data 1433-1434", IntentVerdict.VIOLATED, "no"),
        ("never: Internet -> data", IntentVerdict.KEPT, ""),
        ("never: * -> data", IntentVerdict.VIOLATED, "sql"),
        ("never: * -> data 22, 3389", IntentVerdict.KEPT, ""),
        ("never: web -> open 22", IntentVerdict.KEPT, ""),
        ("never: web -> open 23", IntentVerdict.VIOLATED, "AllowVnetOutBound"),
    ],
)
def test_rules_are_held_against_what_is_wanted(text: str, verdict: IntentVerdict, rule: str) -> None:
    """A packet passes the NSG of its source's subnet, and that of its destination's; both must allow it."""
    (found,) = checked(text, DATA, WEB, nsg("app")).to_dict("records")
    assert (found["verdict"], found["rule"]) == (str(verdict), rule)
    assert is_kept(pd.DataFrame([found])) is (verdict is IntentVerdict.KEPT)
    assert bool(found["witness"]) is (verdict is not IntentVerdict.KEPT)


def test_the_packet_of_a_violation_is_decided_so() -> None:
    (found,) = checked("must: web -> data 1433", DATA, WEB).to_dict("records")
    source, _, destination, _ = found["witness"].split(" ")
    space = NETWORK.space(DATA)
    assert decide(DATA, Packet(source, destination, "TCP", 1433, IN), space).access is Access.DENY


def test_the_only_nsg_given_guards_the_destination() -> None:
    alone = Network()
    (found,) = checked("never: 9.9.9.9 -> 10.0.3.4 1433", DATA, network=alone).to_dict("records")
    assert found["verdict"] == IntentVerdict.KEPT
    (found,) = checked("never: 10.0.2.9 -> 10.0.3.4 1433", DATA, network=alone).to_dict("records")
    assert (found["verdict"], found["rule"]) == (IntentVerdict.VIOLATED, "sql")


def test_an_unknown_tag_may_be_violated() -> None:
    (found,) = checked("never: 9.9.9.9 -> data 443", nsg("data", a_rule("tag", 100, "Storage", 443), DENY)).to_dict(
        "records"
    )
    assert found["verdict"] == IntentVerdict.MAY_BE
    assert "9.9.9.9 is in Storage" in found["witness"]


def logged(*rows: tuple[str, str, str, int, str, int]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["src_ip", "dst_ip", "protocol", "port", "decision", "flows"])
    return frame.assign(nsg="data-nsg", rule="sql")


def test_traffic_is_held_against_what_is_wanted() -> None:
    seen = logged(
        ("10.0.2.4", "10.0.3.4", "TCP", 1433, "Denied", 3),
        ("10.0.2.5", "10.0.3.4", "TCP", 1433, "Denied", 9),
        ("9.9.9.9", "10.0.3.4", "UDP", 53, "Allowed", 2),
        ("no address", "10.0.3.4", "UDP", 53, "Allowed", 2),
    )
    text = (
        "must: app tier -> data 1433\nnever: Internet -> data 53\nnever: Internet -> data 80\nmust: app tier -> data 9"
    )
    found = checked(text, DATA, WEB, logged=seen)
    by_traffic = found[found["checked"] == "traffic"]
    assert by_traffic["verdict"].tolist() == ["violated", "violated", "kept", "kept"]
    assert by_traffic["witness"].tolist() == [
        "10.0.2.5 -> 10.0.3.4 TCP/1433 was denied: 9 flows, the most of 2 distinct ones",
        "9.9.9.9 -> 10.0.3.4 UDP/53 was allowed: 2 flows",
        "",
        "no such flow was seen",
    ]
    assert checked("never: * -> data", DATA, logged=logged())["verdict"].tolist() == ["violated", "kept"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("never: Internet -> dat", "'dat' is no subnet, prefix or service tag that is known. Is it data?"),
        ("never: sotrage -> data", "'sotrage' is no subnet"),
        ("must: web -> data", "A 'must' needs the ports"),
        ("must: web -> data 70000", "'70000' is no port"),
        ("must: web -> data 90-80", "'90-80' is no port"),
        ("must: web -> data ssh", "'ssh' is no list of ports"),
        ("must: web -> data ssh rdp", "'ssh rdp' is no list of ports"),
        ("must: web -> data icmp/8", "ICMP has no ports, and rules tell no types of it. Write icmp."),
        ("never: web -> data 443,ESP/0-65535", "'ESP/0-65535': ESP has no ports"),
        ("must: web -> data \u0661\u0664\u0663\u0663", "is no list of ports"),
        ("perhaps: web -> data", "'perhaps' is neither must nor never"),
        ("web -> data 80", "is no intent"),
        ("never: web data", "is no intent"),
        ("# nothing\n\n", "The file holds no intent"),
        ("must: fd00::/8 -> data 443", "'fd00::/8' and 'data' have no address family in common"),
        ("never: ::/0 -> data", "'::/0' and 'data' have no address family in common"),
        ("must: web -> fd00::4 443", "have no address family in common"),
    ],
)
def test_what_has_no_meaning_is_said(text: str, words: str) -> None:
    with pytest.raises(BadIntent) as refused:
        read_intents(text, NETWORK.known.subnet_map, NETWORK.space())
    assert words in str(refused.value)


def test_every_wrong_line_is_named_by_its_number() -> None:
    with pytest.raises(BadIntent) as refused:
        read_intents("# x\nfoo\nnever: Internet -> data # fine\nbar\n", NETWORK.known.subnet_map, NETWORK.space())
    assert "line 2: 'foo'" in refused.value.message
    assert "line 4: 'bar'" in refused.value.message


def test_ports_without_a_protocol_are_both_for_never_and_tcp_for_must() -> None:
    text = "never: * -> data 22\nmust: web -> data 22, udp/53, icmp"
    never, must = read_intents(text, NETWORK.known.subnet_map, NETWORK.space())
    assert (never.kind, [protocol for protocol, _ in never.services]) == (IntentKind.NEVER, ["Tcp", "Udp"])
    assert [protocol for protocol, _ in must.services] == ["Tcp", "Udp", "Icmp"]


@pytest.mark.parametrize(
    ("must", "never", "verdict", "packet"),
    [
        ("app tier -> data 1433", "* -> data 1433", IntentVerdict.CONTRADICTED, "10.0.2.0 -> 10.0.3.0 TCP/1433"),
        ("app tier -> data 1433", "* -> data", IntentVerdict.CONTRADICTED, "10.0.2.0 -> 10.0.3.0 TCP/1433"),
        (
            "* -> data 1000-2000",
            "app tier -> 10.0.3.7 any/1433",
            IntentVerdict.CONTRADICTED,
            "10.0.2.0 -> 10.0.3.7 TCP/1433",
        ),
        (
            "AzureCloud -> data 443",
            "9.9.9.0/24 -> data 443",
            IntentVerdict.MAY_BE_CONTRADICTED,
            "9.9.9.0 is in AzureCloud",
        ),
        ("app tier -> data 1433", "app tier -> data udp/1433", None, ""),
        ("app tier -> data 1433", "app tier -> data 1434", None, ""),
        ("app tier -> data 1433", "web -> data 1433", None, ""),
        ("app tier -> data 1433", "data -> app tier 1433", None, ""),
    ],
)
def test_a_packet_that_must_and_never_may_is_named(
    must: str, never: str, verdict: IntentVerdict | None, packet: str
) -> None:
    found = checked(f"never: {never}\nmust: {must}\nnever: web -> open 9999\n", DATA)
    rows = found[found["checked"] == "intents"]
    if verdict is None:
        assert rows.empty
        return
    (only,) = rows.to_dict("records")
    assert (only["line"], only["verdict"]) == (2, str(verdict))
    assert only["witness"].startswith(f"line 1 says 'never: {never}', so of ")
    assert packet in only["witness"]
    assert not is_kept(found)


def test_lines_that_say_the_same_are_contradicted_each_by_the_first_that_forbids() -> None:
    found = checked("must: web -> data 1433\n" * 2 + "never: web -> data\n" * 3, DATA)
    rows = found[found["checked"] == "intents"]
    assert rows["line"].tolist() == [1, 2]
    assert rows["witness"].str.startswith("line 3 says").all()
