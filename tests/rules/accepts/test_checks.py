"""What Azure refuses is refused here first, with its code; what it takes is taken."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from nsgflow_core.errors import RefusedByAzure
from nsgflow_core.inventory.rule import ANY_PORTS, DEFAULT_RULES, Access, PortRange, Rule
from nsgflow_core.rules.accepts.checks import CHECKS, check_accepted, refusals
from nsgflow_core.rules.accepts.limits import OLDER, TODAY, Limits
from nsgflow_core.words.vocabulary import Direction

IN, OUT = Direction.INBOUND, Direction.OUTBOUND


def rule(**changed: Any) -> Rule:
    made = Rule("web", 100, IN, Access.ALLOW, "Tcp", ("10.0.1.0/24",), ("10.0.2.8",), (PortRange(443, 443),))
    return replace(made, **changed)


def ports(*ranges: tuple[int, int]) -> tuple[PortRange, ...]:
    return tuple(PortRange(*held) for held in ranges)


def hosts(count: int) -> tuple[str, ...]:
    return tuple(f"10.{n >> 15}.{n >> 7 & 255}.{n * 2 & 255}" for n in range(count))


REFUSED: dict[str, list[tuple[Rule, ...]]] = {
    "families": [
        (rule(sources=("10.0.1.0/24", "fd00::/64")),),
        (rule(sources=("10.0.1.0/24",), destinations=("fd00::8",)),),
        (rule(sources=("0.0.0.0/0", "::/0"), destinations=("*",)),),
    ],
    "overlap": [
        (rule(sources=("10.1.0.0/16", "10.1.1.0/24")),),
        (rule(sources=("10.1.0.0/16", "10.2.0.0/16", "10.1.255.255")),),
        (rule(destinations=("10.0.2.8", "10.0.2.8/32")),),
        (rule(destinations=("fd00:0::/64", "fd00::1"), sources=("fd01::1",)),),
        (rule(sources=("0.0.0.0/0", "10.0.0.0/8")),),
    ],
    "prefix": [
        (rule(sources=("10.1.0.4/16",)),),
        (rule(sources=("10.1.0.4-10.1.0.9",)),),
        (rule(sources=("10.1.0.0/33",)),),
        (rule(destinations=("",)),),
        (rule(destinations=("fe80::1%eth0",), sources=("fe80::2",)),),
        (rule(sources=("my subnet",)),),
    ],
    "tag-among-others": [
        (rule(sources=("Internet", "10.0.0.0/8")),),
        (rule(sources=("*", "10.0.0.0/8")),),
        (rule(destinations=("Storage.WestEurope", "Sql.WestEurope")),),
    ],
    "side": [
        (rule(sources=()),),
        (rule(destinations=()),),
        (rule(source_asgs=("/asg/web",)),),
    ],
    "asgs-on-side": [(rule(sources=(), source_asgs=tuple(f"/asg/{n}" for n in range(11))),)],
    "platform-allowed": [(rule(destinations=("AzurePlatformDNS",)),), (rule(sources=("azureplatformimds",)),)],
    "ports": [
        (rule(destination_ports=ports((90, 80))),),
        (rule(destination_ports=ports((443, 65536))),),
        (rule(destination_ports=()),),
        (rule(source_ports=ports((-1, 5))),),
    ],
    "ports-overlap": [
        (rule(destination_ports=ports((80, 90), (85, 85))),),
        (rule(destination_ports=ports((443, 443), (443, 443))),),
        (rule(destination_ports=(*ANY_PORTS, PortRange(80, 80))),),
        (rule(source_ports=ports((1, 9), (9, 12))),),
    ],
    "ports-of-no-ports": [
        *((rule(protocol=word),) for word in ("Icmp", "Esp", "Ah")),
        (rule(protocol="Icmp", destination_ports=ANY_PORTS, source_ports=ports((8, 8))),),
    ],
    "protocol": [(rule(protocol="TCP"),), (rule(protocol="Gre"),), (rule(protocol=""),)],
    "priority": [(rule(priority=99),), (rule(priority=4097),), (rule(priority=65000),)],
    "name": [(rule(name=name),) for name in ("", "-a", "a-", "a b", "x" * 81, "a/b", "é", "a\n", "a.")],
    "reserved-name": [(rule(name="allowvnetinbound"),), (rule(name="DenyAllOutBound"),)],
    "description": [(rule(description="x" * 141),)],
    "priority-twice": [(rule(), rule(name="other")), (rule(), rule())],
    "name-twice": [
        (rule(), rule(priority=101)),
        (rule(name="Deny-VNet-Inbound-TCP"), rule(name="deny-vnet-inbound-tcp", priority=101)),
        (rule(), rule(name="WEB", direction=OUT)),
    ],
    "rules": [tuple(rule(name=f"r{n}", priority=100 + n) for n in range(2_001))],
    "terms": [(rule(sources=hosts(6_001)),), (rule(destination_ports=ports(*((n, n) for n in range(6_001)))),)],
    "asgs": [
        tuple(
            rule(name=f"r{n}", priority=100 + n, sources=(), source_asgs=tuple(f"/asg/{n}-{m}" for m in range(10)))
            for n in range(11)
        )
    ],
}


@pytest.mark.parametrize("key", CHECKS)
def test_each_row_refuses_what_it_is_for_and_says_its_code(key: str) -> None:
    assert REFUSED[key], "each row has a rule that it refuses"
    for rules in REFUSED[key]:
        found = [refusal for refusal in refusals(rules) if refusal.check == key]
        assert found, rules
        assert found[0].code == CHECKS[key].code
        assert (CHECKS[key].code or "not published") in found[0].sentence
        assert found[0].remedy
        with pytest.raises(RefusedByAzure) as error:
            check_accepted(rules)
        assert CHECKS[key].code in error.value.codes


ACCEPTED = [
    (rule(),),
    (rule(sources=("*",), destinations=("fd00::/64",)),),
    (rule(sources=("Internet",), destinations=("10.0.0.0/8", "11.0.0.0/8")),),
    (rule(sources=("0.0.0.0/1", "128.0.0.0/1")),),
    (rule(sources=("::/0",), destinations=("*",)),),
    (rule(destinations=("AzurePlatformDNS",), access=Access.DENY),),
    (rule(protocol="Icmp", destination_ports=ANY_PORTS),),
    (rule(protocol="*"),),
    (rule(destination_ports=ports((80, 80), (81, 81), (90, 99))),),
    (rule(sources=(), source_asgs=tuple(f"/asg/{n}" for n in range(10))),),
    (rule(name="1_", priority=4096, description="x" * 140),),
    (rule(), rule(name="out", direction=OUT)),
    (rule(sources=hosts(6_000)),),
    tuple(rule(name=f"r{n}", priority=100 + n) for n in range(2_000)),
]


@pytest.mark.parametrize("rules", ACCEPTED)
def test_what_azure_takes_is_taken(rules: tuple[Rule, ...]) -> None:
    assert refusals([*rules, *DEFAULT_RULES]) == ()


def test_what_stands_in_the_nsg_is_azures_own_but_counts_for_the_others() -> None:
    odd = rule(name="odd é", protocol="Icmp")
    assert refusals([odd], standing=[replace(odd, description="as it was")]) == ()
    assert {each.check for each in refusals([odd])} == {"name", "ports-of-no-ports"}
    (found,) = refusals([rule(name="mine")], beside=[odd], standing=[odd])
    assert (found.rule, found.check) == ("mine", "priority-twice")
    assert [each.check for each in refusals([rule()], beside=[rule(name="WEB", direction=OUT)])] == ["name-twice"]


def test_the_limits_are_those_of_the_subscription() -> None:
    many = tuple(rule(name=f"r{n}", priority=100 + n) for n in range(1_001))
    assert not refusals(many, limits=TODAY)
    assert [each.code for each in refusals(many, limits=OLDER)] == ["SecurityRuleCountLimitReached"]
    two = (rule(sources=hosts(3_000)), rule(name="b", priority=101, sources=hosts(3_000)))
    assert not refusals(two, limits=TODAY)
    assert [each.wrong for each in refusals(two, limits=OLDER)] == ["would name 6,000 sources in all, of 4,000"]
    assert refusals([rule(sources=hosts(3))], limits=Limits(in_rule=2))


def test_the_message_names_the_first_and_counts_the_others() -> None:
    with pytest.raises(RefusedByAzure, match=r"'a b'.*first of 2 things") as error:
        check_accepted([rule(name="a b", protocol="Gre")])
    assert error.value.codes == ("", "InvalidResourceName")
