"""The lines that would close the gaps, in one language, to copy or download. Nothing here reaches Azure."""

from __future__ import annotations

import streamlit as st

from nsgflow_core.coverage.closing import LANGUAGES, written
from nsgflow_core.coverage.closing.wanted import Wish
from nsgflow_core.ui.coverage.made import CoverageDesk
from nsgflow_core.ui.frame import url
from nsgflow_core.ui.frame.plain import plain
from nsgflow_core.ui.parts import written as file_text
from nsgflow_core.words.numbers import counted

_PREVIEW = 300
_DAYS = {"90": "Keep 90 days", "30": "Keep 30 days", "180": "Keep 180 days", "365": "Keep a year"}
_MINUTES = {"10": "Traffic Analytics each 10 minutes", "60": "each 60 minutes", "0": "without Traffic Analytics"}


def wish() -> Wish:
    """How flow logs are wanted, as chosen."""
    row = st.container(horizontal=True, vertical_alignment="center", gap="small")
    days = url.pick_one(row, "Retention", tuple(_DAYS), "retention", _DAYS.__getitem__)
    minutes = url.pick_one(row, "Traffic Analytics", tuple(_MINUTES), "interval", _MINUTES.__getitem__)
    with row.popover("Where they go", icon=":material/database:"):
        st.caption("Left empty, they are found in the files: the account of the region, and the workspace, most used.")
        account = st.text_input("Id of a storage account", key="coverage_account")
        workspace = st.text_input("Id of a workspace", key="coverage_workspace")
    return Wish(int(days), int(minutes), account.strip(), workspace.strip())


def show(desk: CoverageDesk) -> None:
    """The lines; nothing where there is none to write."""
    if not desk.wanted:
        has_gaps = bool(desk.truth.gaps)
        st.caption("No line can close these: they need a person's eyes." if has_gaps else "There is nothing to close.")
        return
    st.info("It writes lines; it never changes Azure.", icon=":material/verified_user:")
    labels = {key: each.label for key, each in LANGUAGES.items()}
    row = st.container(horizontal=True, vertical_alignment="center", gap="small")
    language = LANGUAGES[url.choice(row, "Language", tuple(labels), "language", labels.__getitem__)]
    text = written(desk.wanted, language.key)
    file_text.download(row, text, f"flow-logs.{language.extension}", language.media_type, "coverage_lines")
    lines = text.splitlines()
    cut = f", the first {_PREVIEW} shown" if len(lines) > _PREVIEW else ""
    row.caption(plain(f"{counted(len(desk.wanted), 'flow log')} in {counted(len(lines), 'line')}{cut}"))
    st.code(file_text.beginning(lines, _PREVIEW), language=language.colours, wrap_lines=True, height=360)
