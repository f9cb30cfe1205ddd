"""What changed between two windows: services, sources of denials, and flow logs and NICs that fell silent or began.

A service is a pair of endpoints with a protocol and a port. What is compared stands in one table, a row each; all of it
is asked of the store as one kind of question (`ask/compared.py`), so that only what changed leaves the store.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import pandas as pd

from nsgflow_core.analysis.denied import denied
from nsgflow_core.analysis.question import Question, Shape
from nsgflow_core.analysis.required_ports import END_NAMES, ENDS, EndsAs, required
from nsgflow_core.ask.compared import ComparedQuery, GroupChange, Notable
from nsgflow_core.ask.filters import FlowFilter
from nsgflow_core.words.vocabulary import Decision

LOUDNESS: Mapping[GroupChange, str] = {
    GroupChange.NEW: "new",
    GroupChange.GONE: "gone",
    GroupChange.LOUDER: "louder",
    GroupChange.QUIETER: "quieter",
}
SILENCE: Mapping[GroupChange, str] = {GroupChange.GONE: "fell silent", GroupChange.NEW: "began"}
"""Of logs and NICs, where more or less says little."""
IN_ALL = "of"
"""The column that tells how many changed that way in all."""


def compare(
    before: FlowFilter,
    after: FlowFilter,
    by: EndsAs = "address",
    decision: Decision = Decision.ALLOWED,
    notable: Notable | None = None,
    limit: int | None = None,
) -> Question:
    """One row per service that is new, gone, louder or quieter; services that stayed the same are left out.

    `by` is what ends are: single addresses, or subnets. Allowed flows leave out Azure's platform rule, as required
    ports do. With a limit, so many of each change, those that changed most.
    """
    part = required if decision is Decision.ALLOWED else denied
    by_ends = (*ENDS[by], "protocol", "port")
    query = ComparedQuery(part(before), part(after), by_ends, notable=notable or Notable(), limit=limit)
    return Question("changes.compare", query, Shape.of_compared(query).renamed(END_NAMES))


def denied_sources(
    before: FlowFilter, after: FlowFilter, notable: Notable | None = None, limit: int | None = None
) -> Question:
    """One row per address of which denials are new, gone, louder or quieter, with its label."""
    query = ComparedQuery(
        denied(before), denied(after), ("src_ip", "source"), notable=notable or Notable(), limit=limit
    )
    return Question("changes.denied_sources", query, Shape.of_compared(query))


def logs(before: FlowFilter, after: FlowFilter, limit: int | None = None) -> Question:
    """One row per flow log that wrote in one of the windows alone: its kind, what it is set on, its log entries."""
    return _silence("changes.logs", before, after, ("log_kind", "target"), limit)


def nics(before: FlowFilter, after: FlowFilter, limit: int | None = None) -> Question:
    """One row per NIC that logged in one of the windows alone, by its MAC address, and its log entries."""
    return _silence("changes.nics", before, after, ("mac",), limit)


def _silence(name: str, before: FlowFilter, after: FlowFilter, by: tuple[str, ...], limit: int | None) -> Question:
    """Of all that was logged in the windows: a condition would call silent what only stopped to meet it."""
    was, now = (FlowFilter(part.since, part.until) for part in (before, after))
    query = ComparedQuery(was, now, by, "tuples", changes=tuple(SILENCE), limit=limit)
    return Question(name, query, Shape.of_compared(query))


def counts(found: pd.DataFrame) -> Mapping[GroupChange, int]:
    """How many changed in each way, from an answer with or without a limit."""
    many = dict(zip(found["change"], found[IN_ALL], strict=True))
    return {change: int(many.get(str(change), 0)) for change in GroupChange}


def counts_in_words(subject: ComparedSubject, many: Mapping[GroupChange, int]) -> str:
    """Like "3 new, 1,200 gone", or "none new, gone, louder or quieter"."""
    told = [f"{many[each]:,} {word}" for each, word in subject.words.items() if many[each]]
    *words, last = subject.words.values()
    return ", ".join(told) or f"none {', '.join(words)} or {last}"


@dataclass(frozen=True, slots=True)
class ComparedSubject:
    """One kind of thing whose changes can be asked for."""

    title: str
    help: str
    words: Mapping[GroupChange, str]
    """The changes that are told, each in a word."""
    decision: Decision | None
    """That of the flows that are compared; None for both."""
    asked: Callable[[FlowFilter, FlowFilter, EndsAs, int | None], Question]
    """From the window before, the one after, what ends of services are, and a limit of each change."""


SUBJECTS: Mapping[str, ComparedSubject] = {
    "services": ComparedSubject(
        "Required ports",
        "Allowed services: a source, a destination, a protocol and a port.",
        LOUDNESS,
        Decision.ALLOWED,
        lambda before, after, by, limit: compare(before, after, by, limit=limit),
    ),
    "denials": ComparedSubject(
        "Denials",
        "What was denied: a source, a destination, a protocol and a port.",
        LOUDNESS,
        Decision.DENIED,
        lambda before, after, by, limit: compare(before, after, by, Decision.DENIED, limit=limit),
    ),
    "sources": ComparedSubject(
        "Sources of denials",
        "Addresses of which something was denied.",
        LOUDNESS,
        Decision.DENIED,
        lambda before, after, _, limit: denied_sources(before, after, limit=limit),
    ),
    "logs": ComparedSubject(
        "Flow logs",
        "Flow logs that fell silent or began, whatever the filter.",
        SILENCE,
        None,
        lambda before, after, _, limit: logs(before, after, limit),
    ),
    "nics": ComparedSubject(
        "NICs",
        "NICs that fell silent or began to log, whatever the filter.",
        SILENCE,
        None,
        lambda before, after, _, limit: nics(before, after, limit),
    ),
}
"""What can be compared, by its word on the command line and in links."""
