"""Where the rules as they are now say other than what the log says happened, and why that may be.

Replayed against the NSG's own present rules, a flow should meet the decision that was logged. Where it does not, one
of a few things is so; which, can be told from the rule that was logged.
"""

from __future__ import annotations

import pandas as pd

from nsgflow_core.inventory.rule import Access, Rule, RuleSet
from nsgflow_core.rules.replay.outcome import Outcome, is_decided_by
from nsgflow_core.words.prefixes import is_platform, pack

GONE = "The rule that was logged is not in the file: it was removed or renamed, or another NSG logged the flow."
TURNED = "The rule that was logged has the other access now: it was changed."
OVERTAKEN = "A rule ahead of the logged one takes the flow now: it was added, widened or moved up."
NARROWED = "The rule that was logged no longer takes the flow: it was narrowed, or a later rule decides now."
ELSEWHERE = "Another NSG or an admin rule on the path decides it now, whatever this NSG says."
UNFILTERED = "Azure does not filter its own host addresses, whatever the ordinary rules say."


def disagreements(outcomes: pd.DataFrame, rule_set: RuleSet) -> pd.DataFrame:
    """The newly denied and newly allowed rows of a replay against an NSG's present rules, with a `reason`.

    A rule that was changed within the window leaves flows of before. Security admin rules end a matter before the NSG:
    `replay` keeps their rows as they were, so they are never among these.
    """
    changed = outcomes[outcomes["outcome"].isin([str(Outcome.NEWLY_DENIED), str(Outcome.NEWLY_ALLOWED)])].copy()
    rules = {(rule.direction, rule.name.casefold()): rule for rule in rule_set.with_defaults().rules}
    keys = zip(
        changed["direction"],
        changed["logged_rule"],
        changed["priority"],
        changed["outcome"],
        changed["destination_ip"],
        is_decided_by(rule_set, changed),
        strict=True,
    )
    reasons = [
        ELSEWHERE
        if not is_here
        else _reason(rules.get((direction, str(name).casefold())), priority, outcome, destination)
        for direction, name, priority, outcome, destination, is_here in keys
    ]
    changed["reason"] = pd.Series(reasons, index=changed.index, dtype="str")
    return changed.reset_index(drop=True)


def _reason(logged: Rule | None, priority: int, outcome: str, destination: str) -> str:
    packed = pack(str(destination))
    if packed is not None and is_platform(packed):
        return UNFILTERED
    if logged is None:
        return GONE
    was = Access.ALLOW if outcome == str(Outcome.NEWLY_DENIED) else Access.DENY
    if logged.access is not was:
        return TURNED
    return OVERTAKEN if priority < logged.priority else NARROWED
