"""A draft as a table for pages and CSV, and as JSON that is a rule file too."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import pandas as pd

from nsgflow_core.ask.times import format_time
from nsgflow_core.inventory.rule import Rule
from nsgflow_core.inventory.things.rule_sets import write_rule_set
from nsgflow_core.rules.draft.draft import Draft
from nsgflow_core.rules.draft.evidence import Evidence
from nsgflow_core.rules.review.plan import Plan, plan_frame

RULE_COLUMNS = ("name", "priority", "direction", "access", "protocol", "sources", "destinations", "ports")
EVIDENCE_COLUMNS = (
    *("flows", "packets", "bytes", "days", "first_seen", "last_seen"),
    *("source_addresses", "destination_addresses", "admitted_by", "confidence", "review"),
)
DRAFT_COLUMNS = (*RULE_COLUMNS, *EVIDENCE_COLUMNS, "description")


def rules_frame(rules: Iterable[Rule], evidence: Mapping[str, Evidence] | None = None) -> pd.DataFrame:
    """One row per rule, columns DRAFT_COLUMNS, with the evidence of those that have some.

    Lists are joined with ", " (addresses, ports, names) or "; " (review). `source_addresses` and
    `destination_addresses` count what was seen. A closing rule has no evidence: 0 flows, no times, no confidence.
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
        "protocol": rule.protocol,
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
        "confidence": found.confidence,
        "review": "; ".join(found.review),
        "description": rule.description,
    }


def draft_json(draft: Draft, plan: Plan | None = None) -> str:
    """The draft as JSON in the shape of `az network nsg show`, so that `read_rule_sets` reads it, with its story.

    The story is under `draft`: scope, direction, exactness, over_permission, evidence by rule name, flows set apart,
    decisions to make and warnings; with a plan also what it changes in the NSG, and what stays and still opens more.
    """
    document = json.loads(write_rule_set(draft.rule_set))
    document["draft"] = {
        "scope": {"nsg": draft.scope.nsg, "subnet": draft.scope.subnet},
        "direction": str(draft.direction),
        "exactness": draft.exactness,
        "over_permission": draft.over_permission,
        "evidence": {name: _evidence(found) for name, found in draft.evidence.items()},
        "kept": sorted(draft.kept),
        "set_apart": _records(draft.set_apart),
        "decisions_to_make": [
            {
                "kind": question.kind,
                "rule": question.rule,
                "question": question.question,
                "addresses": [{"address": address, "flows": flows} for address, flows in question.addresses],
                "total": question.total,
            }
            for question in draft.decisions_to_make
        ],
        "warnings": list(draft.warnings),
    }
    if plan is not None:
        document["draft"]["plan"] = {
            "changes": _records(plan_frame(plan)),
            "still_open": [each.sentence for each in plan.still_open()],
        }
    return json.dumps(document, indent=2, ensure_ascii=False, default=_plain) + "\n"


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
    }


def _records(flows: pd.DataFrame) -> list[dict[str, Any]]:
    return [dict(zip(flows.columns, row, strict=True)) for row in flows.itertuples(index=False)]


def _plain(value: Any) -> Any:
    """numpy numbers and times, as JSON has them."""
    if isinstance(value, datetime):
        return format_time(value)
    return value.item() if hasattr(value, "item") else str(value)
