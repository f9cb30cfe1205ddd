"""The dossier on the step Export: made on request, then two files of the same moment."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import streamlit as st

from nsgflow_core.rules.dossier import as_html, as_json
from nsgflow_core.rules.dossier.base import Dossier
from nsgflow_core.rules.dossier.case import Case, command_for
from nsgflow_core.rules.dossier.chapters import dossier
from nsgflow_core.rules.export import default_target
from nsgflow_core.ui.frame.asking import clock
from nsgflow_core.ui.frame.plain import plain
from nsgflow_core.ui.rules import cache
from nsgflow_core.ui.rules.drafting.desk import Desk
from nsgflow_core.words.numbers import counted

_MADE = "_rules_dossier"
_FILES: dict[str, tuple[str, Callable[[Dossier], str], str]] = {
    "html": ("HTML, to print and sign", as_html.write, "text/html"),
    "json": ("JSON, for a ticket or a pipeline", as_json.write, "application/json"),
}


def show(desk: Desk) -> None:
    """The button that makes it, and what came of it for this draft and these decisions."""
    row = st.container(horizontal=True, vertical_alignment="center", gap="small")
    words = "Everything a change board signs: rules, evidence, questions, review, replay, plan and undo"
    row.button("Make the dossier", on_click=_make, args=(desk,), icon=":material/approval:", help=words, key="dossier")
    kept: tuple[str, Dossier] | None = st.session_state.get(_MADE)
    if kept is None or kept[0] != _mark(desk):
        return
    made = kept[1]
    name = f"{desk.subject.scope.name.replace('/', '_')}-{desk.subject.direction.lower()}-dossier"
    for key, (label, write, media_type) in _FILES.items():
        row.download_button(
            plain(label), data=write(made).encode(), file_name=f"{name}.{key}", mime=media_type, key=f"dossier_{key}",
            icon=":material/download:", on_click="ignore",
        )  # fmt: skip
    points = made.open_points
    if points:
        with st.expander(plain(f"{counted(len(points), 'point')} to settle before signing"), icon=":material/rule:"):
            for point in points:
                st.markdown(f"- {plain(point)}")
    else:
        row.caption("Nothing speaks against signing.")


def _make(desk: Desk) -> None:
    """Make it of the draft as decided; a callback."""
    subject, draft = desk.subject, desk.decided.draft
    outcomes = cache.replayed(subject, draft.rule_set)
    asked = subject.view.flow_filter
    zone = clock.zone()
    command = command_for(draft, subject.exactness, asked, zone=zone)
    case = Case(
        subject.view.store,
        asked,
        desk.decided,
        subject.space,
        subject.network.known,
        outcomes,
        default_target(draft),
        command,
        datetime.now(UTC),
        zone,
    )
    st.session_state[_MADE] = (_mark(desk), dossier(case))


def _mark(desk: Desk) -> str:
    """What a dossier is of: with another draft, decision or clock it is another one."""
    marked = cache.mark(desk.subject, desk.subject.exactness, desk.decisions, desk.decided.draft.rule_set)
    return f"{desk.subject.view.store.identity} {marked} {clock.words()}"
