"""A person widens a drafted rule, but never over what was denied last, here or elsewhere.

What does not fit any more can be decided again.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from nsgflow_core.errors import BadRuleSet
from nsgflow_core.rules.draft.asking.answers import Answer, Choice
from nsgflow_core.rules.review.applying import as_decided
from nsgflow_core.rules.review.decisions import Approval, Decisions, RuleDecision
from nsgflow_core.stores.local.store import LocalStore
from tests.commands.conftest import Run
from tests.estates.daily import SUBNETS, Rows, daily
from tests.estates.flows import store_of
from tests.rules.draft.drafts import material_of

RULE = "allow-10.0.1.4-to-10.0.2.8-tcp-8443"
CLOSED = "10.0.1.78"


def rows(nsg: str, closed: bool = True) -> Rows:
    denied = daily(CLOSED, "10.0.2.8", 8443, decision="Denied", rule="no-ops", kind="User", nsg=nsg)
    before = daily("10.0.1.4", "10.0.2.8", 8443) + daily(CLOSED, "10.0.2.8", 8443, days=5) * closed
    return before + denied[5:] * closed


WIDER = [
    ({"sources": ("10.0.1.0/24",)}, False),
    ({"sources": ("*",), "destinations": ("*",), "ports": ("*",)}, False),
    ({"sources": ("VirtualNetwork",)}, False),
    ({"sources": ("10.0.1.64/26",), "name": "mine"}, False),
    ({"sources": ("10.0.1.0/26",)}, True),
    ({"ports": ("8000-9000",)}, True),
    ({"name": "mine"}, True),
]


@pytest.mark.parametrize("nsg", ["app-nsg", "nic-nsg"], ids=["denied here", "denied elsewhere"])
@pytest.mark.parametrize(("wanted", "is_taken"), WIDER)
def test_no_rule_is_widened_over_what_was_denied_last(
    tmp_path: Path, nsg: str, wanted: dict[str, tuple[str, ...]], is_taken: bool
) -> None:
    material = material_of(tmp_path, rows(nsg))
    decisions = Decisions().with_rules(RuleDecision(RULE, Approval.ACCEPT, **wanted))  # type: ignore[arg-type]
    if is_taken:
        assert as_decided(material, 1.0, decisions).draft.own_rules
        return
    with pytest.raises(BadRuleSet, match=f"would allow {CLOSED} -> 10.0.2.8 TCP 8443 again, which no-ops"):
        as_decided(material, 1.0, decisions)
    (question,) = [
        each for each in as_decided(material, 1.0, Decisions()).draft.questions if each.kind.startswith("denied")
    ]
    told = decisions.with_answers(Answer(question.id, Choice.ALLOW))
    assert as_decided(material, 1.0, told).draft.own_rules, "who let them in may widen over them"


def test_a_widened_rule_that_a_later_denial_no_longer_fits_can_be_decided_again(tmp_path: Path, run: Run) -> None:
    store = tmp_path / "f.duckdb"
    store_of(store, rows("app-nsg", closed=False), SUBNETS)
    words = ("--nsg", "app-nsg", "--direction", "inbound", "--exactness", "1", "--store", store)
    assert run("rules", "decide", RULE, "--accept", "--sources", "10.0.1.0/24", *words)[0] == 0
    store_of(tmp_path / "later.duckdb", rows("app-nsg"), SUBNETS).save_setting(
        "rule-decisions/Inbound/nsg/app-nsg", _kept(store)
    )
    words = (*words[:-1], tmp_path / "later.duckdb")
    for command in ("draft", "decide"):
        review = ("--review", "kept") if command == "draft" else ()
        status, _, said = run("rules", command, *words, *review)
        assert (status, "widened by hand, would allow" in said) == (2, True), said
    assert run("rules", "decide", RULE, "--sources", "", *words)[0] == 0
    assert run("rules", "draft", *words, "--review", "kept")[0] == 0


def _kept(path: Path) -> str:
    return LocalStore(path).setting("rule-decisions/Inbound/nsg/app-nsg") or ""
