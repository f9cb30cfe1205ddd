"""JSON in the shape of `az network nsg show`, a draft with its story: our own readers take it as a rule file."""

from __future__ import annotations

from nsgflow_core.inventory.things.rule_sets import write_rule_set
from nsgflow_core.rules.draft.draft import Draft
from nsgflow_core.rules.export.base import Sheet
from nsgflow_core.rules.review.tables import draft_json


def write(sheet: Sheet) -> str:
    """The whole of what the rules are from, whatever part of it a plan would write."""
    subject = sheet.subject
    return draft_json(subject, sheet.plan, sheet.decided) if isinstance(subject, Draft) else write_rule_set(subject)
