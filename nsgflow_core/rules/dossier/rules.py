"""Chapters on the rules: as drafted with their evidence, what changes in the NSG, what they open, and the way back."""

from __future__ import annotations

from nsgflow_core.errors import NsgflowError
from nsgflow_core.inventory.rule import Rule
from nsgflow_core.rules import export
from nsgflow_core.rules.dossier.base import Chapter, Table, moment
from nsgflow_core.rules.dossier.case import Case
from nsgflow_core.rules.draft.asking.answers import UNSIGNED, Signature
from nsgflow_core.rules.review.decisions import RuleDecision
from nsgflow_core.rules.review.plan import Plan, plan_draft
from nsgflow_core.words.numbers import counted

_RULE = ("Priority", "Rule", "Access", "Protocol", "Sources", "Destinations", "Ports")
_EVIDENCE = ("Rule", "Flows", "Days", "First seen", "Last seen", "Admitted by", "Confidence", "Look at it because")
_DECIDED = ("Rule", "Decision", "Owner", "Ticket", "Until", "Decided by", "At", "Note")


def rules(case: Case) -> Chapter:
    """The rules to write, in order, then what speaks for each."""
    draft = case.draft
    listed = [_rule_row(rule) for rule in draft.own_rules]
    evidence = [
        (rule.name, found.flows, found.days, moment(found.first_seen), moment(found.last_seen),
         ", ".join(found.admitted_by), found.confidence,
         "; ".join([*found.review, *(f"let in {answer.signature.words}" for answer in found.let_in)]))
        for rule in draft.own_rules
        if (found := draft.evidence.get(rule.name))
    ]  # fmt: skip
    tables = (
        Table.of("Rules in order", _RULE, [*listed]),
        Table.of("What was seen of each", _EVIDENCE, [*evidence]),
    )
    refused = tuple(each.sentence for each in draft.refused)
    return Chapter("rules", "The rules", tables=tables, open_points=refused)


def _rule_row(rule: Rule) -> tuple[str, ...]:
    return (
        *(str(rule.priority), rule.name, str(rule.access), rule.protocol),
        ", ".join(rule.sources or rule.source_asgs),
        ", ".join(rule.destinations or rule.destination_asgs),
        ", ".join(map(str, rule.destination_ports)),
    )


def decisions(case: Case) -> Chapter:
    """What people decided on each rule: owner, ticket, end, note; what was rejected; what waits."""
    decided, today = case.decided, case.made_at.date()
    rules = decided.drafted.to_decide
    rows = [_decided_row(decided.decisions.on(rule.name)) for rule in rules]
    open_rules = [rule.name for rule in rules if not decided.decisions.on(rule.name).approval]
    points = [f"{counted(len(open_rules), 'rule')} nobody accepted or rejected."] if open_rules else []
    past = [made.rule for made in decided.decisions.rules if made.is_past(today) and made not in decided.unmatched]
    points += [f"{name} was to end before today." for name in past]
    waiting = tuple(each.waits for each in decided.unmatched)
    table = Table.of("Every rule that a person decides on", _DECIDED, [*rows])
    return Chapter("decisions", "Decisions on rules", waiting, tables=(table,), open_points=tuple(points))


def _decided_row(made: RuleDecision) -> tuple[str, ...]:
    word = str(made.approval) or "open"
    signature: Signature = made.signature if not made.says_nothing else UNSIGNED
    return (
        *(f"{made.rule} as {made.name}" if made.name else made.rule, word, made.owner, made.ticket),
        made.expires.isoformat() if made.expires else "",
        *(signature.by, moment(signature.at), made.note),
    )


def changes(case: Case) -> Chapter:
    """What the draft changes in the NSG as it is."""
    made = plan_of(case)
    if made is None:
        return Chapter("plan", "What changes in the NSG", ("The NSG as it is was not given.",))
    rows = [
        (str(change.action), str(rule.priority), change.name, str(rule.access), "; ".join(change.difference))
        for change in made.changes
        if (rule := change.after or change.before)
    ]
    still_open = tuple(each.sentence for each in made.still_open())
    table = Table.of(f"Against {made.nsg} as it is", ("Action", "Priority", "Rule", "Access", "Difference"), [*rows])
    return Chapter(
        "plan", "What changes in the NSG", (f"{made.nsg}: {made.summary}.",), tables=(table,), open_points=still_open
    )


def plan_of(case: Case) -> Plan | None:
    """The plan against the NSG as it is, where it is known."""
    return None if case.existing is None else plan_draft(case.existing, case.draft, case.space)


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
    table = Table.of("The dial, from exact to simple", ("Point", "Rules", "Opened per seen", "Passes a limit"), [*rows])
    return Chapter("opened", "What it opens beyond what was seen", (words,), tables=(table,))


def undo(case: Case) -> Chapter:
    """The script that applies the draft and takes it back."""
    title = "Applying and undoing it"
    try:
        script = export.export(case.draft, "az", case.target, plan_of(case))
    except NsgflowError as error:
        point = f"There is no script: {error.message}"
        return Chapter("undo", title, (error.hint,) if error.hint else (), open_points=(point,))
    words = "This script applies the changes; run with the word undo it restores exactly what stood."
    return Chapter("undo", title, (words,), code=script)
