"""Remembered connections: one click imports what is new or opens the source; the server does rounds where asked to."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from nsgflow_core.errors import NsgflowError
from nsgflow_core.sources.base import Source
from nsgflow_core.ui.connect import cards, source
from nsgflow_core.ui.connect.state import Opened, state
from nsgflow_core.ui.frame import running, session, url
from nsgflow_core.ui.frame.page import plain
from nsgflow_core.ui.parts import tables
from nsgflow_core.watch.connections import LONGEST_NAME, Connection, every_words, of_source
from nsgflow_core.watch.keeper import Keeper, keeper_of
from nsgflow_core.watch.rounds import Round, last_round

EVERY = (0, 5, 15, 60, 6 * 60, 24 * 60)
"""Minutes to choose from."""
_SPANS = {"-1d": "day", "-7d": "week", "": "all"}
_NAMED = "_connect_named"
"""For which source a name was offered."""
_TIMES = ("first_seen", "last")


def show() -> None:
    """The card; nothing while no connection is remembered."""
    if failed := state().failed:
        cards.show_error(failed)
    keeper = _keeper()
    kept = keeper.connections
    if not kept:
        return
    with cards.card("Remembered connections", "Without keys, SAS or passwords.", key="remembered"):
        for number, connection in enumerate(kept):
            _show_one(keeper, connection, number)


def offer(place: DeltaGenerator, opened: Opened, since: str, until: str) -> None:
    """Remember what is open, with the window that is chosen."""
    if not running.may_import():
        return
    with place.popover("Remember", icon=":material/bookmark:", key="remember"):
        if st.session_state.get(_NAMED) != opened.source.name:
            st.session_state[_NAMED] = opened.source.name
            st.session_state["connect_name"] = opened.source.name[:LONGEST_NAME]
        st.text_input("Name", key="connect_name", max_chars=LONGEST_NAME, autocomplete="off")
        st.selectbox("Import what is new", EVERY, format_func=_every_words, key="connect_every")
        st.caption(
            "By this server while it runs. Your key, SAS or sign-in is lent to it for that, in memory; it is never "
            "written down."
        )
        st.button("Remember", on_click=_remember, args=(opened, since, until), type="primary", key="remember_now")


def _keeper() -> Keeper:
    return keeper_of(session.local_store().path)


def _every_words(minutes: int) -> str:
    return every_words(minutes).capitalize() if minutes else "Only when asked"


def _remember(opened: Opened, since: str, until: str) -> None:
    held = state()
    try:
        name, every = str(st.session_state["connect_name"]), int(st.session_state["connect_every"])
        made = of_source(opened.source, name, source.way_of(opened.signed_in), since, until, every)
        _keeper().remember(made, session.local_store(), opened.source)
        held.failed = None
    except NsgflowError as error:
        held.failed = error


def _show_one(keeper: Keeper, connection: Connection, number: int) -> None:
    with st.container(border=True, key=f"remembered_{number}"):
        row = st.container(horizontal=True, vertical_alignment="center", gap="small")
        words = row.container(gap=None, width="stretch")
        words.text(connection.name)
        words.caption(plain(connection.words))
        _buttons(row, keeper, connection, number)
        last = keeper.last(connection.name)
        told = last_round(session.local_store(), connection.place) if last is None else None
        if last:
            st.text(f"{last.at:%Y-%m-%d %H:%M} UTC: {last.words}")
            _show_news(last, number)
        elif told and told.words:
            st.text(f"{told.at}: {told.words}")
        if connection.every and (needed := keeper.waits_for(connection)):
            st.text(f"Its rounds wait for the {needed}: open it, then let it go on.")


def _buttons(row: DeltaGenerator, keeper: Keeper, connection: Connection, number: int) -> None:
    may, here = running.may_import(), _source_here(connection)
    is_ready = here is not None or not keeper.waits_for(connection)
    if is_ready:
        row.button(
            "Import now", on_click=_import_now, args=(connection, here), disabled=not may or _is_busy(),
            icon=":material/refresh:", key=f"remembered_import_{number}",
        )  # fmt: skip
    row.button(
        "Open", on_click=_open, args=(connection,), disabled=not may, icon=":material/folder_open:",
        key=f"remembered_open_{number}",
    )  # fmt: skip
    if connection.every and keeper.waits_for(connection) and here is not None:
        row.button(
            "Go on", on_click=_set_every, args=(connection, connection.every), disabled=not may,
            icon=":material/play_arrow:", key=f"remembered_lend_{number}",
        )  # fmt: skip
    choice = row.menu_button(
        _every_words(connection.every), EVERY, format_func=_every_words, disabled=not may, icon=":material/schedule:",
        key=f"remembered_every_{number}",
    )  # fmt: skip
    if choice is not None and choice != connection.every:
        _set_every(connection, choice)
        st.rerun()
    row.button(
        "Remove", on_click=_forget, args=(connection.name,), disabled=not may, icon=":material/delete:",
        type="tertiary", key=f"remembered_remove_{number}",
    )  # fmt: skip


def _is_busy() -> bool:
    return running.desk().running is not None


def _source_here(connection: Connection) -> Source | None:
    """What this session has open of the same place, with its credential."""
    opened = state().opened
    if opened is None or opened.source.place.text != connection.place:
        return None
    return opened.source


def _import_now(connection: Connection, here: Source | None) -> None:
    held = state()
    try:
        _keeper().start(connection, here)
        held.failed = None
    except NsgflowError as error:
        held.failed = error
        return
    session.forget_choice()


def _set_every(connection: Connection, every: int) -> None:
    held = state()
    try:
        _keeper().remember(replace(connection, every=every), session.local_store(), _source_here(connection))
        held.failed = None
    except NsgflowError as error:
        held.failed = error


def _forget(name: str) -> None:
    held = state()
    try:
        _keeper().forget(name, session.local_store())
        held.failed = None
    except NsgflowError as error:
        held.failed = error


def _open(connection: Connection) -> None:
    """Fill the fields, and open at once where no secret has to be typed."""
    state().failed = None
    if connection.since in _SPANS and not connection.until:
        st.session_state["connect_window"] = _SPANS[connection.since]
    url.put("from", "account" if connection.sign_in else "folder")
    source.open_again(connection.sign_in, connection.place, connection.containers)


def _show_news(last: Round, number: int) -> None:
    if not last.is_news:
        return
    kinds = (
        ("New services", "new-services", last.services),
        ("New denied sources", "new-denied-sources", last.denied_sources),
        ("Silent flow logs", "silent-flow-logs", last.silent_logs),
    )
    with st.expander("What was new", key=f"remembered_news_{number}"):
        for title, name, found in kinds:
            if found.count:
                frame = pd.DataFrame(list(found.rows))
                for column in set(_TIMES) & set(frame.columns):
                    frame[column] = pd.to_datetime(frame[column], utc=True)
                note = f"the busiest of {found.count:,}" if found.count > len(frame) else ""
                tables.show(frame, tables.TableView(title, f"{name}-{number}", note=note))
