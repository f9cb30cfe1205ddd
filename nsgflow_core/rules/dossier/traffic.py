"""Chapters on what the draft does to the traffic that was seen: what it newly allows first, then what it cuts."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from nsgflow_core.rules.compare.coverage import Covered, coverage
from nsgflow_core.rules.dossier.base import Cell, Chapter, Table
from nsgflow_core.rules.dossier.case import Case
from nsgflow_core.rules.replay.replay import Outcome, totals
from nsgflow_core.rules.replay.services import amount, by_service
from nsgflow_core.rules.replay.verdict import made_already
from nsgflow_core.words.vocabulary import DEFAULT_RULE_NAMES

_ORDER = {
    Outcome.NEWLY_ALLOWED: "Newly allowed: was denied, and would get in",
    Outcome.NEWLY_DENIED: "Newly denied: was allowed, and would be cut",
    Outcome.INDETERMINATE: "Indeterminate: turns on a name whose addresses are not known",
    Outcome.STILL_ALLOWED: "Still allowed",
    Outcome.STILL_DENIED: "Still denied",
}
_CHANGES = (Outcome.NEWLY_ALLOWED, Outcome.NEWLY_DENIED, Outcome.INDETERMINATE)
_COUNTS = {"flows": "Flows", "services": "Services", "pairs": "Pairs"}
_COLUMNS = ("Source", "Destination", "Protocol", "Port", "Flows", "Logged under", "Decided by", "Today")


def replayed(case: Case) -> Chapter:
    """The outcomes of the replay on the draft's own window, and each flow whose fate changes."""
    found = {str(row["outcome"]): row for row in totals(case.outcomes).to_dict("records")}
    counts: list[tuple[Cell, ...]] = [
        (words, *(int(found[each][name]) for name in _COUNTS)) for each, words in _ORDER.items()
    ]
    tables = [Table.of("Outcomes", ("Outcome", *_COUNTS.values()), counts)]
    points = list[str]()
    for outcome in _CHANGES:
        rows = case.outcomes[case.outcomes["outcome"] == str(outcome)].sort_values("flows", ascending=False)
        if len(rows):
            words, once = _ORDER[outcome], by_service(rows)
            if len(once) < len(rows):
                tables.append(
                    Table.of_traffic(f"{words}, by rule and port", (*_COLUMNS, "Pairs"), _rows(once, "pairs"))
                )
                tables.append(Table.of_traffic(f"{words}, each pair of addresses", _COLUMNS, _rows(rows)))
            else:
                tables.append(Table.of_traffic(words, _COLUMNS, _rows(rows)))
            points += _points(words, rows)
    if case.outcomes.empty:
        points.append("The window holds no flow to replay the draft on.")
    said = [str(sentence) for sentence in case.outcomes.attrs.get("said", ())]
    title = "What it does to the traffic that was seen"
    return Chapter("replay", title, tuple(said), tables=tuple(tables), open_points=tuple(points))


def _points(words: str, rows: pd.DataFrame) -> Iterator[str]:
    """How much of one change speaks against signing: what is still to be made, and what is so today already."""
    is_made = (rows["today"] != "").to_numpy()
    if not is_made.all():
        yield f"{words}: {amount(rows[~is_made])}."
    if is_made.any():
        yield f"{words}, and is so already: {made_already(rows[is_made])}"


def covered(case: Case) -> Chapter:
    """The share of flows and of services that named rules admit, by the draft and in the NSG as it is."""
    admitted = case.outcomes[case.outcomes["outcome"].isin([str(each) for each in _ADMITTED])]
    is_named = ~admitted["decided_by"].astype(str).str.casefold().isin(DEFAULT_RULE_NAMES)
    counts = (int(admitted.loc[is_named, "flows"].sum()), int(admitted["flows"].sum()), int(is_named.sum()))
    others = tuple(sorted(set(admitted.loc[~is_named, "decided_by"].astype(str))))
    by_draft = Covered(case.draft.scope.name, str(case.draft.direction), *counts, len(admitted), others)
    sentences = [f"By the draft, {by_draft.sentence}."]
    if case.existing is not None:
        _, as_it_is = coverage(case.store, case.flow_filter, (case.existing,))
        own = [each for each in as_it_is if each.direction == str(case.draft.direction)]
        sentences += [f"As the NSG is, {each.sentence}." for each in own]
    return Chapter("coverage", "How much named rules admit", tuple(sentences))


_ADMITTED = (Outcome.STILL_ALLOWED, Outcome.NEWLY_ALLOWED)


def _rows(outcomes: pd.DataFrame, *more: str) -> list[tuple[Cell, ...]]:
    """In the order of _COLUMNS; the sides of a service are `source` and `destination`, and `more` are counts."""
    sides = ["source", "destination"] if more else ["source_ip", "destination_ip"]
    columns = [*sides, "protocol", "port", "flows", "logged_rule", "decided_by", "today"]
    return [
        (*map(str, row[:4]), int(row[4]), *map(str, row[5:8]), *map(int, row[8:]))
        for row in outcomes[[*columns, *more]].itertuples(index=False, name=None)
    ]
