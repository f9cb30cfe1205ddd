"""Sentences that came of what somebody gave: what was taken in one box, what could not be used in another."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from nsgflow_core.ui.frame.known import Said
from nsgflow_core.ui.frame.plain import Markdown, plain
from nsgflow_core.words.numbers import counted

_SILENT_TOLD = 4


def show(said: Sequence[Said]) -> None:
    """Good news first; nothing where nothing was said."""
    good, bad = ([each.text for each in said if each.is_good is wanted] for wanted in (True, False))
    if good:
        st.success(as_list(good), icon=":material/check:")
    if bad:
        st.warning(as_list(bad), icon=":material/info:")


def silent(logs: Sequence[str]) -> None:
    """The flow logs that ended before others did, a sentence each; nothing where none did."""
    if not logs:
        return
    more = [f"{len(logs) - _SILENT_TOLD:,} more"] if len(logs) > _SILENT_TOLD else []
    st.warning(
        as_list([*logs[:_SILENT_TOLD], *more]),
        title=f"{counted(len(logs), 'flow log')} silent while others went on",
        icon=":material/volume_off:",
    )


def as_list(sentences: Sequence[str]) -> Markdown:
    """One sentence as it is, several as a list; as Markdown that shows each as plain text."""
    return plain(sentences[0]) if len(sentences) == 1 else Markdown("\n".join(f"- {plain(each)}" for each in sentences))
