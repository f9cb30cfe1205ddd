"""The verdict on a replay in one sentence, the same on the page and on the command line."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from nsgflow_core.rules.replay.outcome import Outcome, is_new
from nsgflow_core.rules.replay.services import amount, count_services
from nsgflow_core.words.numbers import counted

GREEN = "Nothing breaks and nothing is opened"
DOUBTED = "By the rules that could be read nothing breaks"
UNDECIDED = "Of what could be decided nothing breaks and nothing is opened"
NAMED = 3
"""How many denies a sentence names before it only counts the others."""


@dataclass(frozen=True, slots=True)
class ReplayVerdict:
    """Whether the rules may be applied as far as the replay goes: its title and its sentence.

    Green only with newly allowed and newly denied both zero, and never where anything could not be decided, nor where
    an NSG on the way lacks rules of its file.
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
    open_words = not_decided(outcomes)
    if len(unsure) == len(outcomes):
        return ReplayVerdict(False, "Nothing could be decided", f"All of it is indeterminate: {amount(unsure)}.")
    if opened.empty and broken.empty:
        doubts = [f"{doubt}." for doubt in outcomes.attrs.get("doubts", ())]
        title = DOUBTED if doubts else UNDECIDED if open_words else GREEN
        return ReplayVerdict(title == GREEN, title, " ".join(filter(None, (*doubts, open_words))))
    parts, titles = [], []
    is_opened, is_broken = is_new(opened, Outcome.NEWLY_ALLOWED), is_new(broken, Outcome.NEWLY_DENIED)
    if is_opened.any():
        titles.append(f"{_services(opened[is_opened])} would be opened")
        undone = denies_undone(opened[is_opened])
        parts.append(f"{amount(opened[is_opened])} would get in, which {undone} had denied.")
    if is_broken.any():
        titles.append(f"{_services(broken[is_broken])} would break")
        parts.append(f"{amount(broken[is_broken])} would be cut, which had been allowed.")
    for made, word in ((opened[~is_opened], "let in"), (broken[~is_broken], "denied")):
        if len(made):
            titles.append(f"{_services(made)} {'is' if count_services(made) == 1 else 'are'} {word} already")
            parts.append(made_already(made))
    return ReplayVerdict(False, ", ".join(titles), " ".join([*parts, open_words]).strip())


def not_decided(outcomes: pd.DataFrame) -> str:
    """The sentence on what could not be decided, the same beside every figure; "" where all was."""
    unsure = outcomes[outcomes["outcome"] == str(Outcome.INDETERMINATE)]
    return f"Not decided (indeterminate): {amount(unsure)}." if len(unsure) else ""


def made_already(made: pd.DataFrame) -> str:
    """The sentence on rows of one change that something makes today already, whatever the rules do."""
    before = "allowed" if made["outcome"].iloc[0] == str(Outcome.NEWLY_DENIED) else "denied"
    return f"{amount(made)} had been {before} when logged; today: {_most(made, 'today')}."


def denies_undone(opened: pd.DataFrame) -> str:
    """The denies that newly allowed rows undo, those of the most flows first."""
    return _most(opened, "undoes")


def _most(rows: pd.DataFrame, column: str) -> str:
    flows = rows.groupby(column, sort=False)["flows"].sum().sort_values(ascending=False, kind="stable")
    names = [str(name) for name in flows.index]
    more = f" and {len(names) - NAMED:,} more" if len(names) > NAMED else ""
    return ", ".join(names[:NAMED]) + more


def _services(rows: pd.DataFrame) -> str:
    return counted(count_services(rows), "service")
