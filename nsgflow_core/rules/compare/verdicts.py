"""What is found of an intent, a row for each way of checking it."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

import pandas as pd

from nsgflow_core.analysis.question import NUMBER, TEXT, Shape
from nsgflow_core.rules.compare.intents import Intent


class IntentVerdict(StrEnum):
    """What was found of an intent."""

    KEPT = "kept"
    VIOLATED = "violated"
    MAY_BE = "may be violated"
    NOT_DECIDED = "not decided"
    CONTRADICTED = "contradicted"
    MAY_BE_CONTRADICTED = "may be contradicted"


CHECKED = Shape.of(
    line=NUMBER, intent=TEXT, verdict=TEXT, checked=TEXT, nsg=TEXT, rule=TEXT, decided_at=TEXT, witness=TEXT
)
"""`checked` is rules, traffic, or intents (another line wants the opposite of a packet); `rule` the one that decides
the witness, of that `nsg` ("" for an admin rule), and `decided_at` where it stands, as a replay says it. What is kept
by rules names all NSGs that were asked."""
RULES, TRAFFIC, INTENTS = "rules", "traffic", "intents"


class CheckedRow(NamedTuple):
    """One row in the shape `CHECKED`."""

    line: int
    intent: str
    verdict: str
    checked: str
    nsg: str = ""
    rule: str = ""
    decided_at: str = ""
    witness: str = ""


def row(intent: Intent, verdict: IntentVerdict, checked: str, *found: str) -> CheckedRow:
    """The row of an intent; `found` are nsg, rule, decided_at and witness."""
    return CheckedRow(intent.line, intent.text, str(verdict), checked, *found)


def is_kept(checked: pd.DataFrame) -> bool:
    """True when every intent is kept, in every way it was checked."""
    return bool((checked["verdict"] == str(IntentVerdict.KEPT)).all())
