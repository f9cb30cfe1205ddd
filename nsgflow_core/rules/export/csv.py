"""CSV: the table of rules with their evidence, for a spreadsheet or a change request."""

from __future__ import annotations

import pandas as pd

from nsgflow_core.exports import to_csv
from nsgflow_core.rules.draft.draft import Draft
from nsgflow_core.rules.export.base import Sheet
from nsgflow_core.rules.review.plan import Action
from nsgflow_core.rules.review.tables import owners_frame, rules_frame


def write(sheet: Sheet) -> str:
    """One line per rule; cells that a spreadsheet would run are defused.

    A draft's table says who owns each rule, with which ticket and until when. Where the plan is known, two more columns
    tell what happens to each rule. What the plan removes is no line here:
    who reads the file would take it for a rule that stands.
    """
    frame = rules_frame(sheet.rules, sheet.evidence).assign(protocol=[rule.protocol for rule in sheet.rules])
    if isinstance(sheet.subject, Draft):
        frame = pd.concat([frame, owners_frame(sheet.rules, sheet.decided)], axis=1)
    if sheet.plan is not None:
        changes = {change.name.casefold(): change for change in sheet.plan.changes}
        shown = [changes.get(rule.name.casefold()) for rule in sheet.rules]
        frame["plan"] = [str(change.action) if change else str(Action.ADD) for change in shown]
        frame["difference"] = ["; ".join(change.difference) if change else "" for change in shown]
    return to_csv(frame).decode()
