"""The verdict on a replay in one sentence, the same on the page and on the command line."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from nsgflow_core.rules.replay.replay import Outcome
from nsgflow_core.rules.replay.services import amount, services
from nsgflow_core.words.numbers import counted

GREEN = "Nothing breaks and nothing is opened"
NAMED = 3
"""How many denies a sentence names before it only counts the others."""


@dataclass(frozen=True, slots=True)
class ReplayVerdict:
    """Whether the rules may be applied as far as the replay goes: its title and its sentence.

    Green only with newly allowed and newly denied both zero, and never where nothing at all could be decided.
    """

    is_green: bool
    title: str
    sentence: str

    def __str__(self) -> str:
        return f"{self.title}. {self.sentence}".strip()


def verdict_on(outcomes: pd.DataFrame) -> ReplayVerdict:
    """The verdict on the outcomes of `replay`."""
    if outcomes.empty:
        names = ", ".join(outcomes.attrs.get("not_logged", ()))
        return ReplayVerdict(False, "Nothing to replay", f"The window holds no flow that {names or 'the NSG'} logged.")
    opened, broken, unsure = (
        outcomes[outcomes["outcome"] == str(each)]
        for each in (Outcome.NEWLY_ALLOWED, Outcome.NEWLY_DENIED, Outcome.INDETERMINATE)
    )
    open_words = f"Not decided (indeterminate): {amount(unsure)}." if len(unsure) else ""
    if len(unsure) == len(outcomes):
        return ReplayVerdict(False, "Nothing could be decided", f"All of it is indeterminate: {amount(unsure)}.")
    if opened.empty and broken.empty:
        return ReplayVerdict(True, GREEN, open_words)
    parts, titles = [], []
    if len(opened):
        titles.append(f"{_services(opened)} would be opened")
        parts.append(f"{amount(opened)} would get in, which {denies_undone(opened)} had denied.")
    if len(broken):
        titles.append(f"{_services(broken)} would break")
        parts.append(f"{amount(broken)} would be cut, which had been allowed.")
    return ReplayVerdict(False, ", ".join(titles), " ".join([*parts, open_words]).strip())


def denies_undone(opened: pd.DataFrame) -> str:
    """The denies that newly allowed rows undo, those of the most flows first."""
    flows = opened.groupby("undoes", sort=False)["flows"].sum().sort_values(ascending=False, kind="stable")
    names = [str(name) for name in flows.index]
    more = f" and {len(names) - NAMED:,} more" if len(names) > NAMED else ""
    return ", ".join(names[:NAMED]) + more


def _services(rows: pd.DataFrame) -> str:
    return counted(services(rows), "service")
