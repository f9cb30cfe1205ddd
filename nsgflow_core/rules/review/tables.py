"""A draft as a table for pages and CSV, and as JSON that is a rule file too."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import pandas as pd

from nsgflow_core.ask.text.times import format_time
from nsgflow_core.inventory.rule import Rule
from nsgflow_core.inventory.things.rule_sets import write_rule_set
from nsgflow_core.rules.draft.asking.answers import UNSIGNED, Signature
from nsgflow_core.rules.draft.asking.question import DraftQuestion
from nsgflow_core.rules.draft.draft import Draft
from nsgflow_core.rules.draft.seen.evidence import Evidence
from nsgflow_core.rules.review.decisions import Decisions, RuleDecision
from nsgflow_core.rules.review.plan import Plan, plan_frame
from nsgflow_core.words.numbers import and_more

RULE_COLUMNS = ("name", "priority", "direction", "access", "protocol", "sources", "destinations", "ports")
EVIDENCE_COLUMNS = (
    *("flows", "packets", "bytes", "days", "first_seen", "last_seen"),
    *("source_addresses", "destination_addresses", "admitted_by", "let_in", "confidence", "review"),
)
DRAFT_COLUMNS = (*RULE_COLUMNS, *EVIDENCE_COLUMNS, "description")


def rules_frame(rules: Iterable[Rule], evidence: Mapping[str, Evidence] | None = None) -> pd.DataFrame:
    """One row per rule, columns DRAFT_COLUMNS, with the evidence of those that have some.

    Lists are joined with ", " (addresses, ports, names) or "; " (review). `source_addresses` and
    `destination_addresses` count what was seen. Protocols read as those of flows, TCP. A closing rule has no evidence:
    0 flows, no times, no confidence.
    """
    found = evidence or {}
    rows = [_row(rule, found.get(rule.name, Evidence())) for rule in rules]
    frame = pd.DataFrame(rows, columns=list(DRAFT_COLUMNS))
    for column in ("first_seen", "last_seen"):
        frame[column] = pd.to_datetime(frame[column], utc=True).astype("datetime64[us, UTC]")
    return frame


def _row(rule: Rule, found: Evidence) -> dict[str, object]:
    return {
        "name": rule.name,
        "priority": rule.priority,
        "direction": str(rule.direction),
        "access": str(rule.access),
        "protocol": rule.protocol_words,
        "sources": ", ".join(rule.sources or rule.source_asgs),
        "destinations": ", ".join(rule.destinations or rule.destination_asgs),
        "ports": ", ".join(str(ports) for ports in rule.destination_ports),
        "flows": found.flows,
        "packets": found.packets,
        "bytes": found.bytes,
        "days": found.days,
        "first_seen": found.first_seen,
        "last_seen": found.last_seen,
        "source_addresses": found.sources,
        "destination_addresses": found.destinations,
        "admitted_by": ", ".join(found.admitted_by),
        "let_in": "; ".join(answer.signature.words for answer in found.let_in),
        "confidence": found.confidence,
        "review": "; ".join(found.review),
        "description": rule.description,
    }


OWNER_COLUMNS = ("decision", "owner", "ticket", "expires", "decided_by", "decided_at", "note")


def owners_frame(rules: Iterable[Rule], decided: Mapping[str, RuleDecision]) -> pd.DataFrame:
    """One row per rule, columns OWNER_COLUMNS: what was decided on it, by whom and until when; "" where nothing was.

    `decided` is by the rule's name, without case.
    """
    held = {name.casefold(): made for name, made in decided.items()}
    made_on = [held.get(rule.name.casefold(), RuleDecision(rule.name)) for rule in rules]
    rows = [
        (
            str(made.approval),
            made.owner,
            made.ticket,
            made.expires.isoformat() if made.expires else "",
            *_signature(made.signature).values(),
            made.note,
        )
        for made in made_on
    ]
    return pd.DataFrame(rows, columns=list(OWNER_COLUMNS))


QUESTION_COLUMNS = (
    *("id", "kind", "state", "question", "allow", "leave_out", "rule", "undoes", "flows", "addresses"),
    *("by", "at", "note"),
)


def questions_frame(questions: Iterable[DraftQuestion]) -> pd.DataFrame:
    """One row per question, columns QUESTION_COLUMNS: `state` is the answer, or "open (...)" with what holds till then.

    `addresses` are the busiest of those concerned, with how many more there are.
    """
    rows = []
    for question in questions:
        answer = question.answer
        rows.append(
            {
                "id": question.id,
                "kind": question.kind,
                "state": str(answer.choice) if answer else f"open ({question.standing} until answered)",
                "question": question.words,
                "allow": question.yes,
                "leave_out": question.no,
                "rule": question.rule,
                "undoes": question.deny,
                "flows": question.flows,
                "addresses": ", ".join(a for a, _ in question.addresses) + and_more(question.unlisted),
                **_signature(answer.signature if answer else UNSIGNED),
                "note": answer.note if answer else "",
            }
        )
    return pd.DataFrame(rows, columns=list(QUESTION_COLUMNS))


DECISION_COLUMNS = (
    *("rule", "decision", "name", "sources", "destinations", "ports"),
    *("owner", "ticket", "expires", "by", "at", "note"),
)


def decisions_frame(rules: Iterable[Rule], decisions: Decisions) -> pd.DataFrame:
    """One row per rule to decide on, columns DECISION_COLUMNS; sources, destinations and ports are what was added."""
    rows = []
    for rule in rules:
        made = decisions.on(rule.name)
        sides = {side: ", ".join(getattr(made, side)) for side in ("sources", "destinations", "ports")}
        rows.append(
            {
                "rule": rule.name,
                "decision": str(made.approval) or "open",
                "name": made.name,
                **sides,
                "owner": made.owner,
                "ticket": made.ticket,
                "expires": made.expires.isoformat() if made.expires else "",
                **_signature(made.signature),
                "note": made.note,
            }
        )
    return pd.DataFrame(rows, columns=list(DECISION_COLUMNS))


def _signature(signature: Signature) -> dict[str, str]:
    return {"by": signature.by, "at": format_time(signature.at)}


def draft_json(draft: Draft, plan: Plan | None = None, decided: Mapping[str, RuleDecision] | None = None) -> str:
    """The draft as JSON in the shape of `az network nsg show`, so that `read_rule_sets` reads it, with its story.

    The story is under `draft`: scope, direction, exactness, over_permission, evidence by rule name, flows set apart,
    questions that are open and answered, what was decided on rules, and warnings; with a plan also what it changes in
    the NSG, and what stays and still opens more.
    """
    document = json.loads(write_rule_set(draft.rule_set))
    document["draft"] = {
        "scope": {"nsg": draft.scope.nsg, "subnet": draft.scope.subnet},
        "direction": str(draft.direction),
        "exactness": draft.exactness,
        "over_permission": draft.opened.v4.ratio,
        "over_permission_v6": draft.opened.v6.ratio,
        "opened": draft.opened.words,
        "evidence": {name: _evidence(found) for name, found in draft.evidence.items()},
        "kept": sorted(draft.kept),
        "set_apart": _records(draft.set_apart),
        "decisions_to_make": [question_record(question) for question in draft.questions if question.answer is None],
        "answered": [question_record(question) for question in draft.questions if question.answer is not None],
        "decided": _records(_by_rule(draft.own_rules, decided or {})),
        "warnings": list(draft.warnings),
    }
    if plan is not None:
        document["draft"]["plan"] = {
            "changes": _records(plan_frame(plan)),
            "still_open": [each.sentence for each in plan.still_open()],
        }
    return json.dumps(document, indent=2, ensure_ascii=False, default=_plain) + "\n"


def _by_rule(rules: Sequence[Rule], decided: Mapping[str, RuleDecision]) -> pd.DataFrame:
    """The rules on which something was decided: rule, and OWNER_COLUMNS."""
    on = {name.casefold() for name in decided}
    chosen = [rule for rule in rules if rule.name.casefold() in on]
    frame = owners_frame(chosen, decided)
    frame.insert(0, "rule", [rule.name for rule in chosen])
    return frame


def question_record(question: DraftQuestion) -> dict[str, object]:
    """A question as JSON has it, with its answer where it has one."""
    answer = question.answer
    return {
        "id": question.id,
        "kind": question.kind,
        "rule": question.rule,
        "question": question.words,
        "yes": question.yes,
        "no": question.no,
        "holds": str(question.holds),
        "undoes": question.deny,
        "flows": question.flows,
        "addresses": [{"address": address, "flows": flows} for address, flows in question.addresses],
        "total": question.total,
        "answer": str(answer.choice) if answer else "",
        **_signature(answer.signature if answer else UNSIGNED),
        "note": answer.note if answer else "",
    }


def _evidence(found: Evidence) -> dict[str, object]:
    return {
        "flows": found.flows,
        "packets": found.packets,
        "bytes": found.bytes,
        "days": found.days,
        "first_seen": format_time(found.first_seen) or None,
        "last_seen": format_time(found.last_seen) or None,
        "sources": found.sources,
        "destinations": found.destinations,
        "admitted_by": list(found.admitted_by),
        "confidence": found.confidence,
        "review": list(found.review),
        "let_in": [answer.signature.words for answer in found.let_in],
    }


def _records(flows: pd.DataFrame) -> list[dict[str, Any]]:
    return [dict(zip(flows.columns, row, strict=True)) for row in flows.itertuples(index=False)]


def _plain(value: Any) -> Any:
    """numpy numbers and times, as JSON has them."""
    if isinstance(value, datetime):
        return format_time(value)
    return value.item() if hasattr(value, "item") else str(value)
