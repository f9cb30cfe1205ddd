"""The table of drafted rules that a person edits: what each edit of a cell means as a decision."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator
from streamlit.elements.lib.column_types import ColumnConfig

from nsgflow_core.ask.text.spelling import port_ends
from nsgflow_core.charts.flows import ALLOWED_COLOUR
from nsgflow_core.inventory.rule import Rule
from nsgflow_core.rules.draft.seen.evidence import Evidence, ReviewReason
from nsgflow_core.rules.review.applying import TAGS
from nsgflow_core.rules.review.decisions import Approval, Decisions, RuleDecision
from nsgflow_core.rules.review.kept import read_decisions, read_last_day, write_decisions
from nsgflow_core.rules.review.tables import rules_frame
from nsgflow_core.ui.frame.asking import clock
from nsgflow_core.ui.frame.browser.scripts import is_narrow, least_width
from nsgflow_core.ui.parts import tables
from nsgflow_core.ui.rules.drafting import layout
from nsgflow_core.ui.rules.drafting.desk import ROUND, Desk, by_this_person, keep
from nsgflow_core.words.prefixes import is_prefix, parse_prefix

APPROVALS = {Approval.OPEN: "Open", Approval.ACCEPT: "Accept", Approval.REJECT: "Reject"}
_BY_WORDS = {words: approval for approval, words in APPROVALS.items()}
_EDITABLE = ("decision", "name", "sources", "destinations", "ports", "note", "owner", "ticket", "expires")
ORDER = (
    *("decision", "priority", "name", "access", "protocol", "sources", "destinations", "ports", "flows", "days"),
    *("confidence", "review", "note", "owner", "ticket", "expires", "decided", "let_in", "admitted_by"),
    *("source_addresses", "destination_addresses", "first_seen", "last_seen", "description"),
)
"""The columns of both tables, before those that one of them hides."""
_TEXTS = ("note", "owner", "ticket")
_SIDES = ("sources", "destinations", "ports")


def show(desk: Desk, rules: Sequence[Rule], key: str, hide: Sequence[str] = ()) -> None:
    """The table of these drafted rules; an edit becomes a decision and is kept."""
    cells = layout.on_screen(_cells(desk, rules).drop(columns=list(hide)))
    round_key = f"{key}_{least_width()}_{st.session_state.get(ROUND, 0)}"  # one that is there keeps its widths
    st.data_editor(
        cells,
        key=round_key,
        hide_index=True,
        column_config=_fitted(cells),
        disabled=[name for name in cells.columns if name not in _EDITABLE] if desk.may_decide else True,
        on_change=_changed,
        args=(desk, tuple(rules), round_key),
        row_height=tables.ROW_HEIGHT,
        height=640 if len(cells) > 18 else "auto",
        alt="Closing rules" if key.startswith("closing") else "Drafted rules",
    )


def accept_all(desk: Desk) -> None:
    """Accept every rule that nobody decided on; a callback."""
    shown = [rule.name for rule in desk.drafted.to_decide if desk.on(rule).approval is Approval.OPEN]

    def accept(held: Decisions) -> Decisions:
        still_open = [made for name in shown if (made := held.on(name)).approval is Approval.OPEN]
        return held.with_rules(*(by_this_person(replace(made, approval=Approval.ACCEPT)) for made in still_open))

    keep(desk, accept)


def forget_all(desk: Desk) -> None:
    """Forget every decision of this scope and direction that is shown; a callback."""
    keep(desk, lambda held: held.without(desk.decisions))


def as_file(row: DeltaGenerator, desk: Desk) -> None:
    """The decisions as a file, out and in: what the command line takes as --decisions."""
    with row.popover("As a file", icon=":material/description:", type="tertiary", key="decisions_file"):
        st.caption("For another store, or for `rules draft --review FILE`.")
        st.download_button(
            "Download the review",
            data=write_decisions(desk.decisions).encode(),
            file_name=f"{desk.subject.scope.name.replace('/', '_')}-{desk.subject.direction.lower()}-review.json",
            mime="application/json",
            icon=":material/download:",
            disabled=desk.decisions.is_empty,
            on_click="ignore",
            key="download_decisions",
        )
        if not desk.may_decide:
            return
        key = f"decisions_upload_{st.session_state.get(ROUND, 0)}"
        st.file_uploader("Take a review from a file", "json", key=key, on_change=_take_file, args=(desk, key))


def _take_file(desk: Desk, key: str) -> None:
    """Keep the decisions of a file, in place of others on the same rules; a callback."""
    given = st.session_state[key]
    if given is None:
        return
    keep(desk, lambda held: held.updated(read_decisions(given.getvalue())))


def _cells(desk: Desk, rules: Sequence[Rule]) -> pd.DataFrame:
    edited = [desk.edited(rule) for rule in rules]
    evidence = {
        after.name: desk.drafted.evidence[rule.name]
        for rule, after in zip(rules, edited, strict=True)
        if rule.name in desk.drafted.evidence
    }
    cells = rules_frame(edited, evidence)
    cells["review"] = ["; ".join(reason.seen for reason in _reasons(evidence.get(rule.name))) for rule in edited]
    cells.insert(0, "decision", [APPROVALS[desk.on(rule).approval] for rule in rules])
    made = [desk.on(rule) for rule in rules]
    for text in _TEXTS:
        cells[text] = [getattr(each, text) for each in made]
    cells["expires"] = pd.Series([each.expires for each in made], dtype="object")
    cells["decided"] = [each.signature.words if each.signature.at else "" for each in made]
    return cells[list(ORDER)]


def _reasons(seen: Evidence | None) -> tuple[ReviewReason, ...]:
    return seen.review if seen else ()


def _changed(desk: Desk, rules: tuple[Rule, ...], key: str) -> None:
    edits = [(rules[int(place)], cells) for place, cells in st.session_state[key]["edited_rows"].items()]
    said: dict[str, str] = {}

    def edit(held: Decisions) -> Decisions:
        edited = []
        for rule, cells in edits:
            made, dropped = decision_of(rule, held.on(rule.name), cells)
            edited.append(by_this_person(made))
            if dropped:
                told = f"{rule.name} still holds {', '.join(dropped)}"
                said[told] = "Editing widens a rule. To narrow it, turn the dial towards exact, or reject it."
        return held.with_rules(*edited)

    keep(desk, edit, said)


def decision_of(rule: Rule, before: RuleDecision, cells: Mapping[str, object]) -> tuple[RuleDecision, list[str]]:
    """What the edited cells of a rule's row mean; and which drafted parts they left out, which stay.

    Raises BadFilter for a day that is none, or over.
    """
    made, dropped = before, []
    for column, value in cells.items():
        text = str(value or "").strip()
        if column == "decision":
            made = replace(made, approval=_BY_WORDS.get(text, Approval.OPEN))
        elif column == "name":
            made = replace(made, name="" if text == rule.name else text)
        elif column in _TEXTS:
            made = replace(made, **{column: text})  # type: ignore[arg-type]
        elif column == "expires":
            made = replace(made, expires=read_last_day(text[:10], datetime.now(UTC).date()))
        elif column in _SIDES:
            drafted = _terms_of(rule, column)
            asked = [word for part in text.split(",") for word in part.split()]
            added = tuple(word for word in asked if word not in drafted)
            made = replace(made, **{column: added})  # type: ignore[arg-type]
            if asked:
                dropped += [term for term in drafted if term not in asked and not _is_covered(term, added)]
    return made, dropped


def _terms_of(rule: Rule, column: str) -> tuple[str, ...]:
    held = {"sources": rule.sources, "destinations": rule.destinations, "ports": map(str, rule.destination_ports)}
    return tuple(held[column])


def _is_covered(term: str, added: Sequence[str]) -> bool:
    """True when something wider stands for a drafted term now."""
    if any(word.casefold() == tag.casefold() for word in added for tag in TAGS):
        return True
    if ports := port_ends(term):
        return any(low <= ports[0] and ports[1] <= high for low, high in filter(None, map(port_ends, added)))
    prefixes = [parse_prefix(word) for word in added if is_prefix(word)]
    return is_prefix(term) and any(prefix.covers(parse_prefix(term)) for prefix in prefixes)


def _fitted(cells: pd.DataFrame) -> dict[str, ColumnConfig]:
    """How each column is shown; but on a phone its texts share the room that there is."""
    made = _columns(cells)
    if is_narrow():
        return made
    least = {name: int(str(column["width"])) for name, column in made.items()}
    return made | {name: {**made[name], "width": width} for name, width in layout.shared(cells, least).items()}


def _columns(cells: pd.DataFrame) -> dict[str, ColumnConfig]:
    """Each with its width, of texts the least: no heading is cut there (see the test)."""
    to = st.column_config
    most = max(float(cells["flows"].max()), 1) if len(cells) and "flows" in cells else 1
    stamp, zone = "YYYY-MM-DD HH:mm", clock.column_zone()
    narrow = is_narrow()
    one, other = (104, 100) if narrow else (124, 124)
    return {
        "decision": to.SelectboxColumn(
            "Review", options=list(_BY_WORDS), required=True, width=76 if narrow else 96, pinned=True,
            help="What you say of the rule: accept, reject, or leave it open"
        ),
        "priority": to.NumberColumn("Priority", format="%d", width=64),
        "name": to.TextColumn(
            "Rule", width=284 if narrow else 120,
            help="Double-click to read it whole, or to rename: up to 80 letters, digits, _ . -"
        ),
        "access": to.TextColumn("Access", width=64),
        "protocol": to.TextColumn("Protocol", width=70),
        "sources": to.TextColumn("Sources", width=one, help="Widen: prefixes, or a tag (Internet, VirtualNetwork, *)"),
        "destinations": to.TextColumn("Destinations", width=other, help="Widen: prefixes, or one tag"),
        "ports": to.TextColumn("Ports", width=74 if narrow else 84, help="Widen: 443, 8000-8100"),
        "flows": to.ProgressColumn(
            "Flows", format="localized", min_value=0, max_value=most, width=104, color=ALLOWED_COLOUR
        ),
        "days": to.NumberColumn("Days", format="%d", width=54),
        "confidence": to.TextColumn("Confidence", width=84, help="From the number of days on which it was seen"),
        "review": to.TextColumn("Look at it because", width=146),
        "note": to.TextColumn("Note", width=160, help="Becomes the rule's description"),
        "owner": to.TextColumn("Owner", width=96, help="Who answers for the rule"),
        "ticket": to.TextColumn("Ticket", width=88, help="The change that it came with"),
        "expires": to.DateColumn("Until", format="YYYY-MM-DD", width=88, help="The last day on which it is wanted"),
        "decided": to.TextColumn("Reviewed", width=200, help="By whom, and when"),
        "let_in": to.TextColumn("Let in", width=200, help="Who allowed traffic that would have been set apart"),
        "admitted_by": to.TextColumn("Admitted by", width=180, help="The rule that let this traffic through"),
        "source_addresses": to.NumberColumn("Sources seen", format="localized", width=100),
        "destination_addresses": to.NumberColumn("Destinations seen", format="localized", width=122),
        "first_seen": to.DatetimeColumn(f"First seen ({clock.words()})", format=stamp, timezone=zone, width=132),
        "last_seen": to.DatetimeColumn(f"Last seen ({clock.words()})", format=stamp, timezone=zone, width=132),
        "description": to.TextColumn("Why", width=520),
    }  # fmt: skip
