"""Quick filters and the views that a team kept by name, behind one button beside the line."""

from __future__ import annotations

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from nsgflow_core.analysis.views import (
    LONGEST_NAME,
    QUICK,
    QuickFilter,
    SavedView,
    delete_view,
    save_view,
    saved_views,
    view_named,
)
from nsgflow_core.ask.filters import FlowFilter
from nsgflow_core.errors import InputError
from nsgflow_core.ui.frame import known, navigation, params, session, url
from nsgflow_core.ui.frame.plain import plain
from nsgflow_core.ui.frame.sign_in import access

_NAME, _SAID, _TAKEN = "view_name", "_view_said", "_view_taken"


def show(place: DeltaGenerator, shown: FlowFilter, left_out: frozenset[str]) -> None:
    """Draw the button; what is in it when it is open. Quick filters for `left_out` dimensions are not offered."""
    box = place.popover("Views", icon=":material/bookmark:", key="views", on_change="rerun")
    if not box.open:
        return
    with box:
        st.caption("Quick filters, on top of what is shown")
        row = st.container(horizontal=True, gap="small")
        for quick in QUICK:
            asked = quick.flow_filter
            if left_out.isdisjoint(condition.dimension for condition in asked.conditions):
                _quick(row, quick, _with(shown, asked) == shown)
        st.caption("Saved for everybody who uses this store")
        _saved()


def _quick(row: DeltaGenerator, quick: QuickFilter, is_on: bool) -> None:
    row.button(
        plain(quick.name),
        on_click=_narrow,
        args=(quick,),
        disabled=is_on,
        help=plain(quick.help),
        key=f"quick_{quick.name}",
    )


def _with(shown: FlowFilter, asked: FlowFilter) -> FlowFilter:
    for condition in asked.conditions:
        shown = shown.where(condition.dimension, *condition.values, operator=condition.operator)
    return shown


def _narrow(quick: QuickFilter) -> None:
    """Put the conditions of a quick filter in place of those on the same columns; a callback, one step."""
    params.put(quick.flow_filter.to_params() | {"page": ""})


def _saved() -> None:
    notes = known.settings_of(session.current_store())
    views, may = saved_views(notes), known.may_keep(notes)
    if not views:
        st.markdown("None yet.")
    for place, view in enumerate(views):
        row = st.container(horizontal=True, vertical_alignment="center", gap="small")
        page = navigation.row_named(view.page)
        if page:
            row.page_link(
                navigation.page_file(page.name),
                label=plain(view.name),
                icon=f":material/{page.icon}:",
                query_params=dict(view.params),
            )
        else:
            row.markdown(plain(view.name))
        if may:
            row.button(
                "", icon=":material/delete:", type="tertiary", on_click=_delete, args=(view.name,),
                help=plain(f"Delete {view.name}"), key=f"delete_view_{place}",
            )  # fmt: skip
    if may:
        _form()


def _form() -> None:
    row = st.container(horizontal=True, vertical_alignment="bottom", gap="small")
    row.text_input("Name of the view that is shown", key=_NAME, max_chars=LONGEST_NAME, placeholder="Denied on Mondays")
    row.button("Save", on_click=_save, icon=":material/bookmark_add:", key="view_save")
    said = st.session_state.pop(_SAID, None)
    if said:
        st.warning(plain(said.hint), title=plain(said.message), icon=":material/info:")
    if st.session_state.get(_TAKEN):
        st.button("Replace it", on_click=_save, kwargs={"replaces": True}, key="view_replace")


@access.refused_in_words
def _save(*, replaces: bool = False) -> None:
    """Keep what is shown under the name that was typed; a callback."""
    name = str(st.session_state.get(_NAME, ""))
    kept = {key: ",".join(params.get_all(key)) for key in params.names() if key != "page"}
    view = SavedView(name, url.page_shown(), kept)
    notes = known.settings_of(session.current_store())
    try:
        save_view(notes, view, replaces=replaces)
    except InputError as error:
        st.session_state[_SAID] = error
        st.session_state[_TAKEN] = _is_taken(saved_views(notes), name)
        return
    st.session_state.pop(_TAKEN, None)
    st.session_state[_NAME] = ""


@access.refused_in_words
def _delete(name: str) -> None:
    delete_view(known.settings_of(session.current_store()), name)


def _is_taken(views: list[SavedView], name: str) -> bool:
    try:
        view_named(views, name)
    except InputError:
        return False
    return True
