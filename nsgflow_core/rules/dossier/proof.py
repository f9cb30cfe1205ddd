"""The chapter on what speaks for the draft: days left out in turn, what the last days taught, days that are missing."""

from __future__ import annotations

from nsgflow_core.rules.dossier.base import Chapter, Table
from nsgflow_core.rules.dossier.case import Case
from nsgflow_core.rules.proof.days import Calendar
from nsgflow_core.rules.proof.held_out import prove
from nsgflow_core.rules.proof.learning import learn

_COLUMNS = ("Day left out", "Rules", "Flows", "Would have been cut", "Newly allowed", "Busiest of what was cut")


def proved(case: Case) -> Chapter:
    """Held-out totals and the learning curve of the draft with what was answered, before decisions on its rules."""
    drafted = case.decided.drafted
    proof, learned = prove(case.store, case.flow_filter, drafted), learn(drafted)
    rows = [
        (each.day.isoformat(), each.rules, each.flows, each.cut_flows, each.newly_allowed_flows, each.busiest)
        for each in proof.days
    ]
    sentences = (proof.sentence, *proof.notes, learned.sentence, Calendar(proof.window).sentence)
    points = [proof.sentence] if not proof.is_green else []
    points += [] if learned.is_long_enough else [learned.sentence]
    tables = (Table.of("Each day left out in turn", _COLUMNS, rows),) if rows else ()
    return Chapter("proof", "What speaks for it", sentences, tables=tables, open_points=tuple(points))
