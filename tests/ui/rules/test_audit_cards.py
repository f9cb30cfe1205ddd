"""The cards of what an audit finds, worst first."""

from __future__ import annotations

from nsgflow_core.rules.audit.finding import Finding, FindingKind
from nsgflow_core.ui.rules import audit
from nsgflow_core.ui.rules.audit import FindingOnRule


def test_rules_of_which_the_same_is_found_share_a_card() -> None:
    silent, hidden = (
        Finding(FindingKind.NEVER_HIT, words, "") for words in ("No flow since Monday", "No flow since May")
    )
    found = [FindingOnRule(each, name, 100, "Allow") for name, each in (("a", silent), ("b", hidden), ("c", silent))]
    assert [[each.rule for each in same] for same in audit.said_once(found)] == [["a", "c"], ["b"]]
