"""The card of remembered connections: each with its last round, what was new in it, and its buttons."""

from __future__ import annotations

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from nsgflow_core.ui.connect import cards
from nsgflow_core.ui.connect.remembered import doing, offer
from nsgflow_core.ui.connect.state import state
from nsgflow_core.ui.frame import session
from nsgflow_core.ui.frame.busy import running
from nsgflow_core.ui.frame.sign_in import access
from nsgflow_core.ui.parts import tables
from nsgflow_core.watch.connections import Connection
from nsgflow_core.watch.rounds import Round
from nsgflow_core.watch.watcher import last_round
from nsgflow_core.words.visible import visible

_TIMES = ("first_seen", "last")


def show() -> None:
    """The card; nothing while no connection is remembered and no workspace could be."""
    if failed := state().failed:
        cards.show_error(failed)
    kept = doing.keeper().connections
    opened = [each for each in offer.asked_here() if each.opens[1:4] not in [one.opens[1:4] for one in kept]]
    if not (kept or opened):
        return
    with cards.card("Remembered connections", "Without keys, SAS or passwords.", key="remembered") as title:
        for each in opened:
            offer.show_for_asked(title, each)
        for number, connection in enumerate(kept):
            with st.container(border=True, key=f"remembered_{number}"):
                _show_one(connection, number)


def _show_one(connection: Connection, number: int) -> None:
    row = st.container(horizontal=True, vertical_alignment="center", gap="small")
    words = row.container(gap=None, width="stretch")
    words.text(visible(connection.name))
    words.text(visible(connection.words))
    _buttons(row, connection, number)
    if connection.asked:
        return
    if last := doing.keeper().last(connection):
        st.text(visible(f"{last.at:%Y-%m-%d %H:%M} UTC: {last.words}"))
        _show_news(last, number)
    elif (told := last_round(session.local_store(), connection.place)).words:
        st.text(visible(f"{told.at}: {told.words}"))
    if connection.every and (needed := doing.keeper().waits_for(connection)):
        st.text(visible(f"Its rounds wait for the {needed}: open it, then let it go on."))


def _buttons(row: DeltaGenerator, connection: Connection, number: int) -> None:
    is_off, is_open = not access.may_edit(), doing.source_here(connection) is not None
    is_waiting = bool(doing.keeper().waits_for(connection))
    if not connection.asked and (is_open or not is_waiting):
        is_busy = running.desk().running is not None
        row.button(
            "Import now", on_click=doing.import_now, args=(connection,), disabled=is_off or is_busy,
            icon=":material/refresh:", key=f"remembered_import_{number}",
        )  # fmt: skip
    row.button(
        "Open", on_click=doing.open_again, args=(connection,), disabled=is_off and not connection.asked,
        icon=":material/folder_open:", key=f"remembered_open_{number}",
    )  # fmt: skip
    if not connection.asked:
        _rhythm(row, connection, number, is_off, is_open and is_waiting)
    row.button(
        "Remove", on_click=doing.forget, args=(connection,), disabled=is_off, icon=":material/delete:",
        type="tertiary", key=f"remembered_remove_{number}",
    )  # fmt: skip


def _rhythm(row: DeltaGenerator, connection: Connection, number: int, is_off: bool, can_lend: bool) -> None:
    """How often the server reads it, and, once it is open again, the button that lends what its rounds wait for."""
    if connection.every and can_lend:
        row.button(
            "Go on", on_click=doing.set_every, args=(connection, connection.every), disabled=is_off,
            icon=":material/play_arrow:", key=f"remembered_lend_{number}",
        )  # fmt: skip
    chosen = row.menu_button(
        offer.rhythm_words(connection.every), offer.EVERY, format_func=offer.rhythm_words, disabled=is_off,
        icon=":material/schedule:", key=f"remembered_every_{number}",
    )  # fmt: skip
    if chosen is not None and chosen != connection.every:
        doing.set_every(connection, chosen)
        st.rerun()


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
