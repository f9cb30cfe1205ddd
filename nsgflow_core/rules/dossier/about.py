"""Chapters on what the draft is for, from how complete a view it was made, and how the dossier is made again."""

from __future__ import annotations

from nsgflow_core.rules.dossier.base import Cell, Chapter, Table, moment
from nsgflow_core.rules.dossier.case import Case
from nsgflow_core.rules.proof.completeness import completeness as whole_logs
from nsgflow_core.rules.review.shared import elsewhere
from nsgflow_core.words.numbers import counted


def scope(case: Case) -> Chapter:
    """Which NSG or subnet, which direction, which window."""
    draft, existing = case.draft, case.existing
    facts: list[tuple[str, Cell]] = [
        ("NSG" if draft.scope.nsg else "Subnet", draft.scope.name),
        ("Direction", str(draft.direction)),
        ("Resource id", (existing.nsg_id if existing else "") or "not known: the NSG was not given"),
        ("Set on", _set_on(case)),
        ("Window asked for", _window(case)),
        ("Traffic behind the rules", _span(moment(draft.first_seen, case.zone), moment(draft.last_seen, case.zone))),
        ("Days with traffic", draft.material.window_days),
        ("Point of the dial", f"{draft.fit.rung.name} ({draft.exactness:g}): {draft.fit.rung.meaning}"),
    ]
    return Chapter("scope", "What this is about", facts=tuple(facts))


def _set_on(case: Case) -> str:
    if case.existing is None:
        return "not known"
    return ", ".join(case.known.set_on(case.existing)) or "no subnet and no NIC that a file names"


def _window(case: Case) -> str:
    asked = case.flow_filter
    since, until = moment(asked.since, case.zone), moment(asked.until, case.zone)
    return _span(since or "the first flow", until or "the last flow") if since or until else "everything that is logged"


def _span(first: str, last: str) -> str:
    return f"{first} to {last}" if first or last else "none"


def completeness(case: Case) -> Chapter:
    """What may be missing from the view: partial answers, short windows, an NSG that serves others, rules left out."""
    draft, existing = case.draft, case.existing
    extent = case.store.extent()
    logs = whole_logs(case.store, case.flow_filter, case.known, draft.scope, draft.direction)
    points = [f"The traffic is not complete: {draft.material.partial}"] if draft.material.partial else []
    if partial := str(case.outcomes.attrs.get("partial") or ""):
        points.append(f"The replay is not complete: {partial}")
    if existing is None:
        points.append("The NSG as it is was not given, so nothing says what is replaced, removed or still opens.")
    else:
        points += elsewhere(case.store, draft, case.flow_filter, existing)
        if existing.left_out:
            points.append(f"{counted(len(existing.left_out), 'rule')} of {existing.called} could not be read.")
    own = existing.doubt if existing is not None else ""
    points += [f"On the way {doubt}." for doubt in case.outcomes.attrs.get("doubts", ()) if doubt != own]
    facts = (
        ("Log entries held", extent.tuples),
        ("They reach", _span(moment(extent.first, case.zone), moment(extent.last, case.zone))),
        ("Window of the draft", counted(draft.material.window_days, "day") + " with traffic"),
    )
    sentences = (logs.sentence, *logs.notes, *draft.material.unlogged)
    points += logs.open_points
    return Chapter("completeness", "How complete the view is", sentences, facts, open_points=tuple(points))


def warnings(case: Case) -> Chapter:
    """What the draft warns of, and the flows set apart by reason."""
    apart = case.draft.set_apart
    sums = apart.groupby("reason", sort=True)["flows"].agg(["size", "sum"]) if len(apart) else apart.head(0)
    rows = [(str(reason), int(row["size"]), int(row["sum"])) for reason, row in sums.iterrows()]
    tables = (Table.of("Traffic that became no rule", ("Why", "Kinds", "Flows"), rows),) if rows else ()
    return Chapter("warnings", "Warnings", case.draft.warnings, tables=tables)


def how_made(case: Case) -> Chapter:
    """The command that makes the dossier again; it holds no secret, for the tool takes none there."""
    words = "On the same store and files, this makes it again; only the moment of making differs."
    return Chapter("made", "How it was made", (words,), code=case.command)
