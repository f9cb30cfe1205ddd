"""Chapters on the rules: as drafted with their evidence, what changes in the NSG, what they open, and the way back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import tzinfo

import pandas as pd

from nsgflow_core import COMMAND
from nsgflow_core.errors import NsgflowError
from nsgflow_core.rules import export
from nsgflow_core.rules.dossier.base import Chapter, Table, moment
from nsgflow_core.rules.dossier.case import Case
from nsgflow_core.rules.review.decisions import Approval, RuleDecision
from nsgflow_core.rules.review.plan import plan_frame
from nsgflow_core.rules.review.tables import rules_frame
from nsgflow_core.words.numbers import counted, first_of

_RULE = {
    "priority": "Priority", "name": "Rule", "access": "Access", "protocol": "Protocol", "sources": "Sources",
    "destinations": "Destinations", "ports": "Ports",
}  # fmt: skip
_EVIDENCE = ("Rule", "Flows", "Days", "First seen", "Last seen", "Admitted by", "Confidence", "Look at it because")
_CHANGE = {"action": "Action", "priority": "Priority", "name": "Rule", "access": "Access", "difference": "Difference"}
_DECIDED = ("Rule", "Review", "Owner", "Ticket", "Until", "Reviewed by", "At", "Note")
_NAMED = 3


def rules(case: Case) -> Chapter:
    """The rules to write, in order, then what speaks for each."""
    draft, zone = case.draft, case.zone
    evidence = [
        (rule.name, found.flows, found.days, moment(found.first_seen, zone), moment(found.last_seen, zone),
         ", ".join(found.admitted_by), found.confidence,
         "; ".join([*found.review, *(f"let in {answer.signature.words}" for answer in found.let_in)]))
        for rule in draft.own_rules
        if (found := draft.evidence.get(rule.name))
    ]  # fmt: skip
    tables = (
        _table("Rules in order", _RULE, rules_frame(draft.own_rules)),
        Table.of("What was seen of each", _EVIDENCE, evidence),
    )
    refused = tuple(each.sentence for each in draft.refused)
    return Chapter("rules", "The rules", tables=tables, open_points=refused)


def _table(title: str, columns: dict[str, str], frame: pd.DataFrame) -> Table:
    """Columns of a frame as text, under their words here."""
    rows = frame[[*columns]].astype(str).itertuples(index=False, name=None)
    return Table.of(title, tuple(columns.values()), list(rows))


def decisions(case: Case) -> Chapter:
    """What people decided on each rule: owner, ticket, end, note; what was rejected; what waits."""
    decided, today = case.decided, case.made_at.date()
    made = [decided.decisions.on(rule.name) for rule in decided.drafted.to_decide]
    waiting = sum(not each.approval for each in made)
    points = [f"{counted(waiting, 'rule')} nobody accepted or rejected."] if waiting else []
    past = [made.rule for made in decided.decisions.rules if made.is_past(today) and made not in decided.unmatched]
    points += [f"{name} was to end before today." for name in past]
    points += _unowned(made)
    table = Table.of("Every rule that a person decides on", _DECIDED, [_decided_row(each, case.zone) for each in made])
    unmatched = tuple(each.waits for each in decided.unmatched)
    return Chapter("review", "Review of the rules", unmatched, tables=(table,), open_points=tuple(points))


def _unowned(made: Sequence[RuleDecision]) -> list[str]:
    """Who answers for an accepted rule and which change it came with, where nobody said: a board asks for both."""
    points = []
    for what in ("owner", "ticket"):
        lacking = [each.rule for each in made if each.approval is Approval.ACCEPT and not getattr(each, what)]
        if lacking:
            points.append(
                f"{counted(len(lacking), 'accepted rule')} without {what}: {first_of(lacking, _NAMED)}. "
                f"'{COMMAND} rules decide NAME --{what} TEXT' gives it, or the table of Rules › Draft."
            )
    return points


def _decided_row(made: RuleDecision, zone: tzinfo) -> tuple[str, ...]:
    name = f"{made.rule} as {made.name}" if made.name else made.rule
    return (
        *(name, str(made.approval) or "open", made.owner, made.ticket),
        made.expires.isoformat() if made.expires else "",
        *(made.signature.by, moment(made.signature.at, zone), made.note),
    )


def changes(case: Case) -> Chapter:
    """What the draft changes in the NSG as it is."""
    made, title = case.plan, "What changes in the NSG"
    if made is None:
        return Chapter("plan", title, ("The NSG as it is was not given.",))
    still_open = tuple(each.sentence for each in made.still_open())
    table = _table(f"Against {made.nsg} as it is", _CHANGE, plan_frame(made))
    return Chapter(
        "plan",
        title,
        (f"{made.nsg}: {made.summary}.", *filter(None, [made.as_of])),
        tables=(table,),
        open_points=still_open,
    )


def opened(case: Case) -> Chapter:
    """What the rules open beyond what was seen, here and at the other points of the dial."""
    draft = case.draft
    curve = draft.curve()
    columns = zip(curve["name"], curve["rules"], curve["opened"], curve["passes_limit"], strict=True)
    rows = [(f"{name}{' (this one)' if name == draft.fit.rung.name else ''}", int(many), opened, limit)
            for name, many, opened, limit in columns]  # fmt: skip
    words = (
        f"Opened per seen, in addresses times ports: {draft.opened.words}. 1× opens nothing that was not seen; IPv4 "
        "and IPv6 are measured apart, and the Internet tag counts as one address."
    )
    table = Table.of("The dial, from exact to simple", ("Point", "Rules", "Opened per seen", "Passes a limit"), rows)
    return Chapter("opened", "What it opens beyond what was seen", (words,), tables=(table,))


def undo(case: Case) -> Chapter:
    """The script that applies the draft and takes it back."""
    title = "Applying and undoing it"
    try:
        script = export.export(case.draft, "az", case.target, case.plan)
    except NsgflowError as error:
        point = f"There is no script: {error.message}"
        return Chapter("undo", title, (error.hint,) if error.hint else (), open_points=(point,))
    words = "This script applies the changes; run with the word undo it restores exactly what stood."
    return Chapter("undo", title, (words,), code=script)
