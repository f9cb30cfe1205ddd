"""The chapters of a dossier in reading order, a row each. A new chapter is a function and a row here."""

from __future__ import annotations

from collections.abc import Callable

from nsgflow_core import __version__
from nsgflow_core.ask.text.times import zone_words
from nsgflow_core.rules.dossier import about, asked, proof, rules, traffic
from nsgflow_core.rules.dossier.base import Chapter, Dossier, moment
from nsgflow_core.rules.dossier.case import Case

CHAPTERS: tuple[Callable[[Case], Chapter], ...] = (
    about.scope,
    traffic.replayed,
    proof.proved,
    about.completeness,
    traffic.covered,
    asked.questions,
    rules.rules,
    rules.decisions,
    rules.changes,
    rules.opened,
    about.warnings,
    rules.undo,
    about.how_made,
)


def dossier(case: Case) -> Dossier:
    """The whole dossier of a decided draft. Raises what the store raises."""
    draft = case.draft
    title = f"{draft.direction} rules for {draft.scope.name}"
    told = tuple(write(case) for write in CHAPTERS)
    return Dossier(title, moment(case.made_at, case.zone), zone_words(case.zone), __version__, told)
