"""Sentences that came of what somebody gave: what was taken in one box, what could not be used in another."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import streamlit as st

from nsgflow_core.ui.frame.known import Said
from nsgflow_core.ui.frame.page import plain


def show(said: Sequence[Said]) -> None:
    """Good news first; nothing where nothing was said."""
    good, bad = ([each.text for each in said if each.is_good is wanted] for wanted in (True, False))
    if good:
        st.success(as_list(good), icon=":material/check:")
    if bad:
        st.warning(as_list(bad), icon=":material/info:")


def as_list(sentences: Iterable[str]) -> str:
    """One sentence as it is, several as a list; as Markdown that shows each as plain text."""
    texts = [plain(each) for each in sentences]
    return texts[0] if len(texts) == 1 else "\n".join(f"- {text}" for text in texts)
