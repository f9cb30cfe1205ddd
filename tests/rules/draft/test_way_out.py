"""Whether the way out stays open: not where the log or the files show a default route inside VirtualNetwork."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from nsgflow_core.inventory.rule import ANY_PORTS, Access, Rule, RuleSet
from nsgflow_core.rules.decide.address_space import AddressSpace
from tests.estates.daily import daily
from tests.rules.decide.test_evidence import GATEWAY, known
from tests.rules.decide.test_virtual_network import APPLIANCE, DEFAULT, ROUTED, home, table
from tests.rules.draft.drafts import OUT, made_of

PUBLIC, INSIDE = "203.0.113.9", "10.0.1.4"
CLOSED, OPEN, MAYBE = "closes the way out too. Is", "leaves every way out open", "No file tells whether a default route"
TWICE = Rule("within", 100, OUT, Access.ALLOW, "*", ("VirtualNetwork",), ("VirtualNetwork",), ANY_PORTS)
HALVES = table(("0.0.0.0/1", APPLIANCE), ("128.0.0.0/1", APPLIANCE))


@pytest.mark.parametrize(
    ("rule", "other", "space", "says"),
    [
        ("AllowVNetOutBound", PUBLIC, None, CLOSED),
        ("AllowInternetOutBound", PUBLIC, None, OPEN),
        ("within", PUBLIC, None, CLOSED),
        ("another", PUBLIC, None, OPEN),
        ("AllowVnetOutBound", INSIDE, None, OPEN),
        ("AllowVnetOutBound", INSIDE, known(home()), OPEN),
        ("AllowVnetOutBound", INSIDE, known(ROUTED, table((DEFAULT, APPLIANCE))), CLOSED),
        ("AllowVnetOutBound", INSIDE, known(ROUTED, HALVES), CLOSED),
        ("another", PUBLIC, known(ROUTED, HALVES), CLOSED),
        ("AllowInternetOutBound", PUBLIC, known(ROUTED, HALVES), OPEN),
        ("AllowVnetOutBound", INSIDE, known(ROUTED, table((DEFAULT, "Internet"))), MAYBE),
        ("AllowVnetOutBound", INSIDE, known(ROUTED), MAYBE),
        ("AllowVnetOutBound", INSIDE, known(GATEWAY), MAYBE),
        ("another", PUBLIC, known(GATEWAY), MAYBE),
        ("AllowInternetOutBound", PUBLIC, known(GATEWAY), OPEN),
    ],
)
def test_the_words_say_what_log_and_files_show(
    tmp_path: Path, rule: str, other: str, space: AddressSpace | None, says: str
) -> None:
    rows = daily("10.0.2.4", other, 443, direction="Outbound", rule=rule)
    more: dict[str, Any] = {"existing": RuleSet("app-nsg", (TWICE,)), "space": space}
    (question,) = (each for each in made_of(tmp_path, rows, OUT, **more).questions if each.kind == "close-internet")
    assert says in question.words
