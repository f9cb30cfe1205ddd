"""What becomes of a flow under a rule set, and what holds for it today already.

A flow that a deny has closed since it was logged is not what the rules break, and one that was let in since is not what
they open: the outcome is held against what was logged, `today` says that the change was made before.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from nsgflow_core.inventory.rule import Access, RuleSet
from nsgflow_core.rules.decide.ends import is_same
from nsgflow_core.rules.decide.evaluate import decide_all
from nsgflow_core.rules.decide.path import ADMIN, PATH_SIDES
from nsgflow_core.rules.replay.denied_by_others import denied_by_others
from nsgflow_core.rules.replay.last_decided import OfLog
from nsgflow_core.rules.replay.logged import PACKET
from nsgflow_core.rules.replay.paths_met import PathsMet
from nsgflow_core.words.vocabulary import Decision


class Outcome(StrEnum):
    """What a flow meets under the rule set, against what the log says it met; what needs a look first comes first."""

    NEWLY_ALLOWED = "newly-allowed"
    NEWLY_DENIED = "newly-denied"
    INDETERMINATE = "indeterminate"
    STILL_ALLOWED = "still-allowed"
    STILL_DENIED = "still-denied"


def is_new(outcomes: pd.DataFrame, change: Outcome) -> NDArray[np.bool_]:
    """True for rows of a change that is not made yet: nothing decides them so today."""
    found: NDArray[np.bool_] = ((outcomes["outcome"] == str(change)) & (outcomes["today"] == "")).to_numpy(np.bool_)
    return found


def is_decided_by(rule_set: RuleSet, outcomes: pd.DataFrame) -> NDArray[np.bool_]:
    """True for rows that this NSG decides, whatever else of the path has an NSG with rules of the same names."""
    places = outcomes["decided_at"].astype("str").str.casefold()
    found: NDArray[np.bool_] = (" " + places).str.endswith(f" {rule_set.called.casefold()}").to_numpy(dtype=np.bool_)
    return found


def today_of(
    found: pd.DataFrame, met: PathsMet, rule_set: RuleSet, of_log: OfLog, as_it_is: RuleSet | None
) -> pd.Series[str]:
    """What decides rows (`outcome`, PACKET, decided_by, decided_at) today already as these rules would, "" for others.

    That is what the log decided last on a packet that it decided both ways (`of_log`: the rows of this NSG), unless the
    NSG `as_it_is` decides otherwise now. Of what was allowed last, it is what the files deny as they are: that NSG,
    another one, or an admin rule; of what was denied last, what they let pass on its whole path. Of what no file tells,
    it is what has denied it since by the log.
    """
    today = pd.Series("", index=found.index, dtype="str")
    for change, than, turned in (
        (Outcome.NEWLY_DENIED, Decision.ALLOWED, Access.ALLOW),
        (Outcome.NEWLY_ALLOWED, Decision.DENIED, Access.DENY),
    ):
        rows = found[(found["outcome"] == str(change)).to_numpy()]
        if rows.empty:
            continue
        said = met.last.otherwise(rows, than, of_log)
        told = rows[(said != "").to_numpy()]
        if as_it_is is not None and len(told):
            access = decide_all(as_it_is, told[list(PACKET)], met.space(as_it_is))["access"]
            said = said.where(~said.index.isin(access.index[access == str(turned)]), "")
        today[rows.index] = said
    if as_it_is is not None and as_it_is.rules != rule_set.rules:
        for change, said_of in (
            (Outcome.NEWLY_ALLOWED, _allowed_as_it_is),
            (Outcome.NEWLY_DENIED, _denied_as_it_is),
        ):
            rows = found[is_new(found.assign(today=today), change)]
            if len(rows):
                today[rows.index] = said_of(rows, met, as_it_is)
    rows = found[is_new(found.assign(today=today), Outcome.NEWLY_DENIED)]
    if len(rows) and met.are_known:
        today[rows.index] = _denied_elsewhere(rows, met, rule_set, as_it_is)
        rows = rows[(today[rows.index] == "").to_numpy()]
    if len(rows):
        today[rows.index] = denied_by_others(met, rows, of_log(met.logged))
    return today


def _allowed_as_it_is(rows: pd.DataFrame, met: PathsMet, as_it_is: RuleSet) -> pd.Series[str]:
    """By which rule these flows get in with the NSG as it is, "" where they do not: all of their path has to let them.

    A file that lacks rules lets nothing in surely.
    """
    if as_it_is.doubt:
        return pd.Series("", index=rows.index, dtype="str")
    said = _decided_as_it_is(rows, met, as_it_is, Access.ALLOW)
    if not met.are_known:
        return said
    whole_path = met.as_they_are(rows, as_it_is)["access"]
    return said.where((whole_path == str(Access.ALLOW)).to_numpy(), "")


def _denied_as_it_is(rows: pd.DataFrame, met: PathsMet, as_it_is: RuleSet) -> pd.Series[str]:
    """By which rule the NSG denies these flows as it is, "" where it does not."""
    return _decided_as_it_is(rows, met, as_it_is, Access.DENY)


def _decided_as_it_is(rows: pd.DataFrame, met: PathsMet, as_it_is: RuleSet, access: Access) -> pd.Series[str]:
    verdicts = decide_all(as_it_is, rows[list(PACKET)], met.space(as_it_is))
    done = "allowed" if access is Access.ALLOW else "denied"
    words = f"{done} by " + verdicts["decided_by"].astype(str) + f", {as_it_is.called}, as it is"
    return words.where((verdicts["access"] == str(access)).to_numpy(), "")


def _denied_elsewhere(rows: pd.DataFrame, met: PathsMet, rule_set: RuleSet, as_it_is: RuleSet | None) -> pd.Series[str]:
    """By what another NSG or an admin rule denies these flows already, whatever the NSG itself does: as the log has it,
    else as the files have it, but not by other rules that are tried as the files have them."""
    verdicts = met.beside(rows, rule_set, as_it_is)
    denied = (verdicts["access"] == str(Access.DENY)).to_numpy(dtype=np.bool_)
    rows, by, at = rows[denied], verdicts["decided_by"][denied], verdicts["decided_at"][denied]
    said = ("denied by " + by + ", " + at + ", as it is").mask(met.are_tried_as_they_are(at), "")
    for direction, side in PATH_SIDES.items():
        is_there = at.str.startswith((f"{side} ", ADMIN)).to_numpy(dtype=np.bool_)
        logged = met.last.denied_there(rows[is_there].assign(direction=str(direction)), by[is_there])
        said.update(logged[logged != ""])
    return said.reindex(verdicts.index, fill_value="")


def the_same(rule_set: RuleSet, states: Sequence[RuleSet]) -> RuleSet | None:
    """The state of the same NSG among these; None where there is none, or several of that name."""
    found = [each for each in states if is_same(each, rule_set)]
    return found[0] if len(found) == 1 else None
