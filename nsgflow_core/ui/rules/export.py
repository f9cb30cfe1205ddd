"""The step Export: what would change in the NSG, and the decided draft as a file. Nothing here reaches Azure."""

from __future__ import annotations

import streamlit as st

from nsgflow_core.rules import export
from nsgflow_core.rules.draft.draft import Draft
from nsgflow_core.rules.export import ExportTarget
from nsgflow_core.rules.proof.staging import DraftStage
from nsgflow_core.rules.review.plan import Plan, plan_draft, plan_frame
from nsgflow_core.rules.review.stages import at_stage, not_yet_allowed, plan_at
from nsgflow_core.ui.frame import url
from nsgflow_core.ui.frame.plain import plain
from nsgflow_core.ui.parts import tables, written
from nsgflow_core.ui.rules import cache, dossier, existing
from nsgflow_core.ui.rules.cache import RulesSubject
from nsgflow_core.ui.rules.drafting import draft as rules_draft
from nsgflow_core.words.numbers import counted

_STAGES = {"both": "All at once", "allow": "Allow rules first", "close": "Then the closing deny"}
_PARTS = {"changes": "Only the changes", "all": "The whole draft"}
_PREVIEW = 400


def show(subject: RulesSubject) -> None:
    """The whole step."""
    desk = rules_draft.desk_of(subject)
    draft = desk.decided.draft
    st.info("It writes files; it never changes Azure.", icon=":material/verified_user:")
    dossier.show(desk)
    stage = DraftStage(url.choice(st.container(), "Stage", tuple(_STAGES), "stage", _STAGES.__getitem__))
    made = _plan(subject, draft, stage)
    draft = at_stage(draft, stage)
    row = st.container(horizontal=True, vertical_alignment="bottom", gap="small")
    labels = {key: each.label for key, each in export.EXPORTS.items()}
    form = export.EXPORTS[url.choice(row, "Format", tuple(labels), "format", labels.__getitem__)]
    whole = True
    if made is not None and form.writes_changes:
        whole = url.choice(row, "Part", tuple(_PARTS), "part", _PARTS.__getitem__) == "all"
    text = export.export(draft, form.key, _target(draft), made, whole=whole, decided=desk.decided.by_name)
    file_name = f"{subject.scope.name.replace('/', '_')}-{subject.direction.lower()}.{form.extension}"
    row = st.container(horizontal=True, vertical_alignment="center", gap="small")
    written.download(row, text, file_name, form.media_type, "export_download")
    lines = text.splitlines()
    cut = f" · the first {_PREVIEW} shown" if len(lines) > _PREVIEW else ""
    rejected = len(desk.decided.rejected)
    left_out = f" · {counted(rejected, 'rejected rule')} left out" if rejected else ""
    row.caption(plain(f"{counted(len(lines), 'line')}{cut}{left_out}"))
    shown = written.beginning(lines, _PREVIEW)
    st.code(shown, language=form.language, line_numbers=True, wrap_lines=True, height=520)


def _plan(subject: RulesSubject, draft: Draft, stage: DraftStage) -> Plan | None:
    """What would be added, changed and removed; None, with how to get it, where the NSG is not known."""
    if subject.existing is None:
        with st.expander("Import the existing rules to see what would be added, changed and removed"):
            existing.importer(subject.settings, "rules_plan")
        return None
    whole = plan_draft(subject.existing, draft, subject.space)
    made = plan_at(whole, draft, stage)
    waits = not_yet_allowed(whole, draft) if stage is DraftStage.CLOSE else []
    for sentence in (*waits, *cache.elsewhere(subject, draft)):
        st.warning(plain(sentence), icon=":material/warning:")
    for open_one in made.still_open():
        st.warning(plain(open_one.sentence), icon=":material/lock_open:")
    changes = plan_frame(made)
    tables.show(
        changes.assign(action=changes["action"].str.capitalize()),
        tables.TableView(
            f"Changes in {subject.existing.called}",
            "plan",
            note=f"{made.summary}. {made.as_of}".strip(),
            complete=lambda: changes,
        ),
    )
    return made


def _target(draft: Draft) -> ExportTarget:
    """Resource group and NSG that the file names."""
    known = export.default_target(draft)
    row = st.container(horizontal=True, vertical_alignment="bottom", gap="small")
    group = row.text_input("Resource group", known.resource_group, width=260)
    name = row.text_input("NSG", known.nsg_name, width=260)
    return ExportTarget(group.strip() or known.resource_group, name.strip() or known.nsg_name, known.subscription)
