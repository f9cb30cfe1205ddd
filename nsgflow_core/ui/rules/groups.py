"""The groups of hosts behind a draft: shown, given as an edited file, kept with the store, and forgotten."""

from __future__ import annotations

import streamlit as st

from nsgflow_core.errors import BadInventory
from nsgflow_core.inventory.kept import Settings
from nsgflow_core.rules.draft.grouping.groups import NamedGroups, groups_frame
from nsgflow_core.rules.draft.grouping.kept import GROUPS_SETTING, forget_groups, keep_groups, kept_groups
from nsgflow_core.rules.draft.traffic import Material
from nsgflow_core.ui.frame import known
from nsgflow_core.ui.frame.plain import plain
from nsgflow_core.ui.frame.sign_in import access
from nsgflow_core.ui.parts import said, tables
from nsgflow_core.words.numbers import counted

_ROUND, _SAID = "_groups_round", "_groups_said"


def given(settings: Settings) -> NamedGroups:
    """The groups that somebody gave; none, and it is said, where they cannot be read."""
    try:
        return kept_groups(settings)
    except BadInventory as error:
        st.warning(plain(error.hint), title=plain(f"The kept groups are left out: {error.message}"))
        return ()


def show(material: Material, settings: Settings) -> None:
    """The groups of this draft, and what to do about them."""
    groups = material.groups.groups
    is_given = bool(settings.setting(GROUPS_SETTING))
    hosts = sum(len(group.hosts) for group in groups)
    about = f"{counted(len(groups), 'group')} of hosts, {counted(hosts, 'host')}"
    with st.expander(f"Groups inside subnets: {about if groups else 'none'}", expanded=_SAID in st.session_state):
        said.show(st.session_state.pop(_SAID, []))
        st.caption(
            "Where enough of a group's hosts did the same, the group stands for all of them. Download the table, put "
            "hosts where they belong, name the groups, and give the file back: one address a line, each in one group."
        )
        frame = groups_frame(groups)
        tables.show(frame, tables.TableView("Groups", "groups", note="given" if is_given else "inferred from ports"))
        if not known.may_keep(settings):
            st.caption(plain(access.ASK_FOR_EDITOR))
            return
        st.button(
            "Infer again", on_click=access.refused_in_words(_forget), args=(settings,), disabled=not is_given,
            type="tertiary", icon=":material/undo:", key="forget_groups",
        )  # fmt: skip
        key = f"groups_upload_{st.session_state.get(_ROUND, 0)}"
        st.file_uploader(
            "Take groups from a file", "csv", key=key, on_change=access.refused_in_words(_take), args=(settings, key)
        )


def _take(settings: Settings, key: str) -> None:
    """Keep the groups of a file; a callback."""
    file = st.session_state.get(key)
    if file is None:
        return
    st.session_state[_ROUND] = st.session_state.get(_ROUND, 0) + 1
    try:
        made = keep_groups(settings, file.getvalue())
        words = known.Said(f"{counted(len(made), 'group')} kept; drafts of this store use them.", is_good=True)
    except BadInventory as error:
        words = known.Said(str(error), is_good=False)
    st.session_state[_SAID] = [words]


def _forget(settings: Settings) -> None:
    """Infer the groups again; a callback."""
    forget_groups(settings)
    st.session_state[_SAID] = [known.Said("Groups are inferred again.", is_good=True)]
