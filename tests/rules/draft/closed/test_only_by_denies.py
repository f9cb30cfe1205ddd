"""Whatever was denied last and a default rule would let pass in the rules of a draft, the draft names with its deny."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from nsgflow_core.inventory.rule import Access, PortRange, Rule, RuleSet
from nsgflow_core.rules.decide.evaluate import decide_all
from nsgflow_core.rules.draft.dial import RUNGS
from nsgflow_core.rules.draft.draft import Draft, DraftOptions, compose
from nsgflow_core.rules.draft.seen.evidence_query import FLOW_KEY
from tests.estates.daily import Rows, daily
from tests.rules.draft.drafts import OUT, let_in, made_of

HOST, OTHER = "10.0.1.4", "10.0.2.8"
PUBLIC, PUBLIC6 = "52.10.0.9", "2a00:1::9"
EVERY = [rung.exactness for rung in RUNGS]
NO_WAY_OUT = Rule("no-way-out", 200, OUT, Access.DENY, "Tcp", ("*",), ("Internet",), (PortRange(443, 443),))


def closed_last(destination: str, deny: str) -> Rows:
    """Four days allowed by the default rule, then four days denied."""
    seen = daily(HOST, destination, 443, direction="Outbound", rule="AllowInternetOutBound", kind="Default")
    stopped = daily(HOST, destination, 443, direction="Outbound", decision="Denied", rule=deny, kind="User")
    return seen[:4] + stopped[4:]


def nsg(*rules: Rule) -> RuleSet:
    return RuleSet("app-nsg", rules)


def said_by(made: Draft) -> list[str]:
    return [warning for warning in made.warnings if "No rule of the draft closes" in warning]


CHOICES = ["no rules given", "a deny that is gone", "a deny that stays", "closed by the draft", "gone and closed"]


@pytest.mark.parametrize("destination", [PUBLIC, PUBLIC6])
@pytest.mark.parametrize(
    ("existing", "is_closed", "says"),
    [
        (None, False, "without it .*. The rules of the NSG were not given, see that it stays."),
        (nsg(), False, "it is not in the rules given, where .*. If the NSG has it still, see that it stays."),
        (nsg(NO_WAY_OUT), False, ""),
        (None, True, ""),
        (nsg(), True, ""),
    ],
    ids=CHOICES,
)
def test_what_only_a_deny_keeps_closed_is_named(
    tmp_path: Path, destination: str, existing: RuleSet | None, is_closed: bool, says: str
) -> None:
    rows = closed_last(destination, "no-way-out") + daily(HOST, OTHER, 8443, direction="Outbound", rule="app")
    options = DraftOptions(close_internet=is_closed)
    made = made_of(tmp_path, rows, OUT, existing=existing, options=options)
    packet = pd.DataFrame([(HOST, destination, "TCP", 443, str(OUT))], columns=[*FLOW_KEY, "direction"])
    for exactness in EVERY:
        again = compose(made.material, exactness)
        assert len(said := said_by(again)) == bool(says)
        is_admitted = decide_all(again.rule_set, packet, again.material.space)["access"].tolist() == ["Allow"]
        assert is_admitted is bool(says), "it is said where it is so, and nowhere else"
        told = f"closes what no-way-out denied last: {says}"
        assert not says or (re.search(told, said[0]) and f"{HOST} -> {destination} TCP 443" in said[0])


def test_denies_are_told_together_and_what_somebody_let_in_is_not(tmp_path: Path) -> None:
    rows = closed_last(PUBLIC, "no-a") + closed_last("52.10.0.10", "no-b") + closed_last("52.10.0.11", "no-b")
    made = made_of(tmp_path, rows + daily(HOST, OTHER, 8443, direction="Outbound", rule="app"), OUT)
    (said,) = said_by(made)
    told = "closes what no-a, no-b denied last: without them AllowInternetOutBound admits 3 distinct flows, like"
    assert told in said
    assert said.endswith("The rules of the NSG were not given, see that they stay.")
    assert not said_by(let_in(made))


def test_what_the_closing_denies_or_the_default_deny_stops_is_not_told(tmp_path: Path) -> None:
    way: dict[str, Any] = {"decision": "Denied", "kind": "User", "rule": "no-dev"}
    seen = daily(HOST, OTHER, 1433, days=4) + daily(PUBLIC, OTHER, 443, days=4)
    stopped = daily(HOST, OTHER, 1433, **way)[4:] + daily(PUBLIC, OTHER, 443, **way)[4:]
    made = made_of(tmp_path, seen + stopped + daily("10.0.1.5", OTHER, 8443, rule="app"))
    assert len(made.material.closed_here) == 2
    assert not said_by(made)
