"""A deny of the NSG that stays ahead of what a special subnet needs is named, and only where it takes all of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from nsgflow_core.inventory.rule import ANY_PORTS, Access, PortRange, Rule, RuleSet
from nsgflow_core.rules.decide.address_space import AddressSpace
from nsgflow_core.rules.draft.options import DraftOptions
from nsgflow_core.rules.special.base import Special
from nsgflow_core.rules.special.kinds import SUBNET_KINDS
from nsgflow_core.rules.special.overruled import overruled
from nsgflow_core.words.prefixes import parse_prefix
from tests.estates.daily import daily
from tests.rules.draft.drafts import IN, made_of

SPACE = AddressSpace((parse_prefix("10.7.0.0/16"),))
BASTION = Special(SUBNET_KINDS["bastion"], "AzureBastionSubnet")


def deny(
    priority: int, source: str = "*", to: str = "*", ports: tuple[PortRange, ...] = ANY_PORTS, protocol: str = "*"
) -> Rule:
    return Rule("no", priority, IN, Access.DENY, protocol, (source,), (to,), ports)


def stopped(rule: Rule) -> set[str]:
    said = list(overruled(BASTION.required(IN), (rule,), SPACE))
    assert all(each.startswith(f"The deny no ({rule.priority}) stays and stops required-bastion-") for each in said)
    assert all("Azure Bastion needs it" in each for each in said)
    return {each.split(" stops ")[1].split(".")[0].removeprefix("required-bastion-") for each in said}


HTTPS, MANAGER, PROBES = "https-in on 443", "gateway-manager-in on 443", "load-balancer-in on 443"
PLANE = "data-plane-in on 5701, 8080"


@pytest.mark.parametrize(
    ("rule", "wanted"),
    [
        (deny(100), {HTTPS, MANAGER, PROBES, PLANE}),
        (deny(4096), set()),
        (deny(100, "Internet"), {HTTPS, MANAGER}),
        (deny(100, "0.0.0.0/0", ports=(PortRange(443, 443),)), {HTTPS, MANAGER, PROBES}),
        (deny(100, "20.0.0.0/8"), set()),
        (deny(100, "VirtualNetwork", "VirtualNetwork", (PortRange(8000, 9000),)), {"data-plane-in on 8080"}),
        (deny(100, ports=(PortRange(3389, 3389),)), set()),
        (deny(100, protocol="Udp"), set()),
    ],
)
def test_what_is_surely_stopped_is_said_port_by_port(rule: Rule, wanted: set[str]) -> None:
    assert stopped(rule) == wanted


def test_the_draft_says_it(tmp_path: Path) -> None:
    existing = RuleSet("app-nsg", (deny(100, "Internet"),))
    rows = daily("10.0.1.4", "10.0.2.8", 8080, rule="own", kind="User")
    made = made_of(tmp_path, rows, existing=existing, options=DraftOptions(special=(BASTION,)))
    assert any(each.startswith("The deny no (100) stays and stops required-bastion-https-in") for each in made.warnings)
