"""What becomes of a flow under a rule set, and what holds for it today already.

A flow that a deny has closed since it was logged is not what the rules break, and one that was let in since is not what
they open: the outcome is held against what was logged, `today` says that the change was made before.
"""

from __future__ import annotations

from enum import StrEnum

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from nsgflow_core.inventory.rule import Access, RuleSet
from nsgflow_core.rules.decide.ends import is_same
from nsgflow_core.rules.decide.evaluate import decide_all
from nsgflow_core.rules.decide.path import SIDES
from nsgflow_core.rules.replay.last_decided import LastDecided, OfLog
from nsgflow_core.rules.replay.logged import PACKET
from nsgflow_core.rules.replay.paths_met import PathsMet
from nsgflow_core.words.vocabulary import Decision, Direction


class Outcome(StrEnum):
    """What a flow meets under the rule set, against what the log says it met; what needs a look first comes first."""

    NEWLY_ALLOWED = "newly-allowed"
    NEWLY_DENIED = "newly-denied"
    INDETERMINATE = "indeterminate"
    STILL_ALLOWED = "still-allowed"
    STILL_DENIED = "still-denied"


_FACING = {str(Direction.INBOUND): str(Direction.OUTBOUND), str(Direction.OUTBOUND): str(Direction.INBOUND)}


def is_new(outcomes: pd.DataFrame, change: Outcome) -> NDArray[np.bool_]:
    """True for rows of a change that is not made yet: nothing decides them so today."""
    found: NDArray[np.bool_] = ((outcomes["outcome"] == str(change)) & (outcomes["today"] == "")).to_numpy(np.bool_)
    return found


def today_of(
    found: pd.DataFrame, met: PathsMet, rule_set: RuleSet, of_log: OfLog, as_it_is: RuleSet | None
) -> pd.Series[str]:
    """What decides rows (`outcome`, PACKET, decided_by, decided_at) today already as these rules would, "" for others.

    That is what the log decided last on a packet that it decided both ways (`of_log`: the rows of this NSG), unless the
    NSG `as_it_is` decides otherwise now. Of what was allowed last, it is what the files deny as they are: that NSG,
    another one, or an admin rule.
    """
    last = LastDecided(met.store, met.flow_filter, met.logged)
    today = pd.Series("", index=found.index, dtype="str")
    for change, than, turned in (
        (Outcome.NEWLY_DENIED, Decision.ALLOWED, Access.ALLOW),
        (Outcome.NEWLY_ALLOWED, Decision.DENIED, Access.DENY),
    ):
        rows = found[(found["outcome"] == str(change)).to_numpy()]
        if rows.empty:
            continue
        said = last.otherwise(rows, than, of_log)
        told = rows[(said != "").to_numpy()]
        if as_it_is is not None and len(told):
            access = decide_all(as_it_is, told[list(PACKET)], met.space(as_it_is))["access"]
            said = said.where(~said.index.isin(access.index[access == str(turned)]), "")
        today[rows.index] = said
    rows = found[is_new(found.assign(today=today), Outcome.NEWLY_DENIED)]
    if len(rows) and (met.are_known or as_it_is is not None):
        logged = _stopped_on_the_path(last, rows, rule_set)
        today[rows.index] = logged.where(logged != "", _denied_as_it_is(rows, met, rule_set, as_it_is))
    return today


def _stopped_on_the_path(last: LastDecided, rows: pd.DataFrame, rule_set: RuleSet) -> pd.Series[str]:
    """By what the log has these flows denied last, where another NSG or an admin rule denies them now."""
    today, is_far = pd.Series("", index=rows.index, dtype="str"), ~_is_at_own_end(rows)
    if (at_own := _is_at(rows, rule_set)).all():
        return today
    there = rows.assign(direction=rows["direction"].astype(str).where(~is_far, rows["direction"].map(_FACING)))
    asked = there[~at_own]
    today[asked.index] = last.denied_there(asked, asked["decided_by"])
    return today


def _denied_as_it_is(rows: pd.DataFrame, met: PathsMet, rule_set: RuleSet, as_it_is: RuleSet | None) -> pd.Series[str]:
    """By what the files deny these flows already; "" where that is the rules tried alone."""
    at_own, told = _is_at(rows, rule_set), rows["decided_at"].astype(str)
    tried = tuple(each.called.casefold() for each in met.tried)
    elsewhere = ~at_own & ~told.str.casefold().str.endswith(tried).to_numpy(dtype=np.bool_)
    today = ("denied by " + rows["decided_by"].astype(str) + ", " + told + ", as it is").where(elsewhere, "")
    if as_it_is is not None and at_own.any() and as_it_is.rules != rule_set.rules:
        verdicts = decide_all(as_it_is, rows.loc[at_own, list(PACKET)], met.space(as_it_is))
        denied = verdicts[verdicts["access"] == str(Access.DENY)]
        today[denied.index] = "denied by " + denied["decided_by"].astype(str) + f", {as_it_is.called}, as it is"
    return today


def as_files_have(met: PathsMet, rule_set: RuleSet) -> RuleSet | None:
    """The NSG that a rule set is for, as the files have it; None where they have none, or several of that name."""
    found = [each for each in met.known.rule_sets if is_same(each, rule_set)]
    return found[0] if len(found) == 1 else None


def _is_at_own_end(rows: pd.DataFrame) -> NDArray[np.bool_]:
    own = rows["direction"].map({str(direction): word for direction, word in SIDES.items()})
    pairs = zip(rows["decided_at"], own, strict=True)
    return np.array([str(at).startswith(f"{side} ") for at, side in pairs], dtype=np.bool_)


def _is_at(rows: pd.DataFrame, rule_set: RuleSet) -> NDArray[np.bool_]:
    """Where the NSG itself decides at its own end: `decided_at` is its name alone where no paths are known."""
    name = rule_set.called.casefold()
    told = rows["decided_at"].astype(str).str.casefold()
    is_own = (told == name) | (told.str.endswith(f" {name}") & _is_at_own_end(rows))
    found: NDArray[np.bool_] = is_own.to_numpy(dtype=np.bool_)
    return found
