"""What a draft says and does of default and closing rules holds beside the denies that stay ahead of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from nsgflow_core.inventory.rule import ANY_PORTS, Access, PortRange, Rule, RuleSet
from nsgflow_core.rules.decide.address_space import AddressSpace, Home
from nsgflow_core.rules.decide.evaluate import Packet, decide
from nsgflow_core.rules.draft.draft import Draft
from nsgflow_core.rules.draft.placing.taken import closes_the_way_out
from nsgflow_core.words.prefixes import parse_prefix
from nsgflow_core.words.sets.spans import of_prefixes
from nsgflow_core.words.vocabulary import Direction
from tests.estates.daily import daily
from tests.rules.draft.drafts import IN, OUT, made_of

VNET, INTERNET, BALANCER, PROBER = "VirtualNetwork", "Internet", "AzureLoadBalancer", "168.63.129.16"
HALVES = ("0.0.0.0/1", "128.0.0.0/1", "::/0")


def own(
    name: str, priority: int, access: Access, source: str = "*", to: tuple[str, ...] = ("*",), direction: Direction = IN
) -> Rule:
    return Rule(name, priority, direction, access, "*", (source,), to, ANY_PORTS)


def drafted_beside(path: Path, *rules: Rule, direction: Direction = IN, to: str = "10.0.2.8") -> Draft:
    """A draft of one service that a rule of its own admits, where no probe is logged."""
    rows = daily("10.0.1.4", to, 443, rule="web", kind="User", direction=str(direction))
    web = own("web", 100, Access.ALLOW, "10.0.1.4", (to,), direction)
    return made_of(path, rows, direction, existing=RuleSet("app-nsg", (web, *rules)))


def is_probed(rules: RuleSet, made: Draft) -> bool:
    return decide(rules, Packet(PROBER, "10.0.2.8", "TCP", 8080, IN), made.material.space).access == Access.ALLOW


@pytest.mark.parametrize("source", [VNET, "*", PROBER, "0.0.0.0/0", "10.0.0.0/8"])
@pytest.mark.parametrize("prober", [BALANCER, BALANCER.lower(), PROBER, f"{PROBER}/32"])
def test_probes_that_the_nsg_lets_in_are_let_in_though_no_log_shows_them(
    prober: str, source: str, tmp_path: Path
) -> None:
    """Its own rule was taken out, and the one in its place stood behind the deny: the load balancer had no machine."""
    rules = (own("lb", 110, Access.ALLOW, prober), own("no", 400, Access.DENY, source))
    made = drafted_beside(tmp_path, *rules)
    assert is_probed(RuleSet("app-nsg", rules).with_defaults(), made)
    assert is_probed(made.rule_set, made)
    assert any("the rule for AzureLoadBalancer above it admits them (none were seen" in each for each in made.warnings)


@pytest.mark.parametrize("source", [VNET, "*", "0.0.0.0/0"])
@pytest.mark.parametrize("ahead", [(), (own("lb", 500, Access.ALLOW, BALANCER),)], ids=["no rule", "a rule behind"])
def test_probes_that_a_deny_stops_today_are_stopped_and_that_is_said(
    ahead: tuple[Rule, ...], source: str, tmp_path: Path
) -> None:
    """The draft said that its rule for AzureLoadBalancer admits them, which stands behind that deny."""
    rules = (*ahead, own("no", 400, Access.DENY, source))
    made = drafted_beside(tmp_path, *rules)
    assert not is_probed(RuleSet("app-nsg", rules).with_defaults(), made)
    assert not is_probed(made.rule_set, made)
    assert any("no (400) stays and stops them, ahead of the rule for AzureLoad" in each for each in made.warnings)


@pytest.mark.parametrize(
    ("denies", "said"),
    [
        ((), "so ICMP stays as the default rules have it."),
        ((own("no", 4096, Access.DENY),), "no (4096) stays and stops it where no rule ahead allows it."),
        ((own("some", 300, Access.DENY, "10.9.0.0/16"),), "so ICMP stays as the default rules have it."),
    ],
)
def test_what_holds_for_icmp_is_said_of_the_nsg_as_it_will_be(
    denies: tuple[Rule, ...], said: str, tmp_path: Path
) -> None:
    (words,) = (each for each in drafted_beside(tmp_path, *denies).warnings if "may not show ICMP" in each)
    assert words.endswith(said)


def way_out(priority: int, *to: str, source: str = "*") -> Rule:
    return own("no-out", priority, Access.DENY, source, to, OUT)


@pytest.mark.parametrize(
    ("deny", "is_closed"),
    [
        (way_out(4096, INTERNET), True),
        (way_out(200, INTERNET.lower(), source=VNET), True),
        (way_out(4096, "*"), True),
        (way_out(4096, *HALVES), True),
        (way_out(4096, *HALVES[:2]), False),
        (way_out(4096, VNET), False),
        (way_out(4096, INTERNET, source="10.0.9.0/24"), False),
    ],
)
def test_whether_the_way_out_stays_open_is_asked_where_it_is(deny: Rule, is_closed: bool, tmp_path: Path) -> None:
    """It was asked beside a deny for the Internet that stays: every way out was said to be open."""
    made = drafted_beside(tmp_path, deny, direction=OUT)
    asked = [each for each in made.decisions_to_make if each.kind == "close-internet"]
    assert bool(asked) is not is_closed


def test_a_deny_from_all_that_the_nsg_guards_and_one_for_each_protocol_close_the_way_out() -> None:
    web, all_of_it = (of_prefixes([parse_prefix(each)]) for each in ("10.0.1.0/24", "10.0.0.0/16"))
    inside = AddressSpace((parse_prefix("10.0.0.0/16"),))
    space = AddressSpace(homes=(Home("web", web, all_of_it, inside),))
    deny = way_out(200, INTERNET, source="10.0.1.0/24")
    assert closes_the_way_out((deny,), space)
    tcp, udp = (Rule("no", 200, OUT, Access.DENY, each, ("*",), (INTERNET,), ANY_PORTS) for each in ("Tcp", "Udp"))
    some = Rule("no", 200, OUT, Access.DENY, "*", ("*",), (INTERNET,), (PortRange(443, 443),))
    assert closes_the_way_out((tcp, udp), space)
    assert not closes_the_way_out((tcp,), space)
    assert not closes_the_way_out((some,), space)
