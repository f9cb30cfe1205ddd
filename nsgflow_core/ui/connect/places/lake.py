"""A folder of Parquet files on the server: asked where it lies, and where the local store's flows are written to."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import streamlit as st

from nsgflow_core import COMMAND
from nsgflow_core.credentials import STORAGE
from nsgflow_core.errors import Cancelled, InputError
from nsgflow_core.stores.base import keeps
from nsgflow_core.stores.lake.exporting import Exported, export_parquet
from nsgflow_core.stores.lake.store import LakeStore
from nsgflow_core.stores.lake.traffic_analytics.store import answering
from nsgflow_core.ui.connect import cards, status
from nsgflow_core.ui.connect import work as connect_work
from nsgflow_core.ui.connect.places import container, folder, step
from nsgflow_core.ui.connect.state import OpenedLake, state
from nsgflow_core.ui.connect.work import Work
from nsgflow_core.ui.frame import session
from nsgflow_core.ui.frame.plain import plain
from nsgflow_core.ui.frame.sign_in import access
from nsgflow_core.ui.parts import tables
from nsgflow_core.words.numbers import counted


def show(words: str) -> None:
    """The form, how far reading or writing is, and what the folder holds once it was read."""
    with cards.card(words, "Of an export, ours or Log Analytics', asked where it lies.", number=1, key="lake"):
        _fields()
        held = state()
        _follow(held.reading_lake, "stop_reading_lake", _drop)
        _follow(held.writing_lake, "stop_writing_lake", _stop)
        if held.writing_lake and held.writing_lake.result:
            st.success(plain(_written(held.writing_lake.result)), icon=":material/check:")
    opened = state().lake
    if opened is not None:
        with cards.card("What it holds", opened.store.name, number=2, key="lake_holds"):
            _show_held(opened)


def _fields() -> None:
    if not folder.is_offered():
        folder.show_why_not()
        return
    with st.form("connect_lake_form", border=False):
        st.text_input(
            "Folder, or container's URL", key=step.key_of(container.URL), autocomplete="off",
            placeholder=f"/mnt/team/flows or {STORAGE.example}/CONTAINER/FOLDER",
        )  # fmt: skip
        container.show_fields()
        row = st.container(horizontal=True, gap="small")
        row.form_submit_button("See what is there", type="primary", icon=":material/search:", on_click=_read)
        row.form_submit_button(
            "Write the local store's flows here", icon=":material/output:", on_click=_write,
            help=f"An hour a file; hours that are there as they are stay. Also {plain(COMMAND)} export FOLDER|URL.",
        )  # fmt: skip


def _named() -> str:
    return str(st.session_state.get(step.key_of(container.URL)) or "").strip().strip('"')


def _place(typed: str, *, is_offered: bool) -> Path:
    if not is_offered:
        raise InputError("Folders are not offered here.", "Choose another place that the logs are in.")
    return Path(step.needed(typed, "No folder is named.", "Write its whole path."))


def open_again(place: str) -> None:
    """Fill the field with what is remembered, and look through it; a container may need its SAS first. A callback."""
    st.session_state[step.key_of(container.URL)] = place
    if folder.is_offered() and container.opens_alone(place):
        _read()


@access.refused_in_words
def _read() -> None:
    """Look through the files in the background: what is new is read once."""
    access.editor()
    typed, is_offered = _named(), folder.is_offered()
    there = container.named(typed)

    def run(work: Work[OpenedLake]) -> OpenedLake:
        def tell_bytes(done: int, every: int) -> None:
            work.words = f"{done / 1e6:,.1f} of {every / 1e6:,.1f} MB fetched…"

        path, words, missing = _place(typed, is_offered=is_offered), "", dict[str, str]()
        if there:
            path, words, missing = there.near(tell_bytes, lambda: work.is_cancelled)
        lake = LakeStore(path, editor=access.editor, words=words)

        def tell(done: int, every: int) -> None:
            work.words = f"{done:,} of {every:,} files looked through…"
            if work.is_cancelled:
                raise Cancelled("Reading was stopped.", "What was read is kept; the next look goes on.")

        lake.look(tell)
        store = answering(lake)
        return OpenedLake(lake, store, store.extent(), missing | lake.left_out(), typed, there.sign_in if there else "")

    held = state()
    connect_work.leave(held.reading_lake)
    held.lake = None
    held.reading_lake = Work("Looking for Parquet files…", run)


@access.refused_in_words
def _write() -> None:
    access.editor()
    typed, is_offered, store = _named(), folder.is_offered(), session.local_store()
    there = container.named(typed)

    def run(work: Work[Exported]) -> Exported:
        def tell(done: int, every: int) -> None:
            work.words = f"{done:,} of {every:,} hours written…"

        path = _place(typed, is_offered=is_offered)
        place = there.destination() if there else path
        return export_parquet(store, place, tell=tell, cancelled=lambda: work.is_cancelled)

    state().writing_lake = Work("Comparing with what is there…", run)


def _follow(work: Work[OpenedLake] | Work[Exported] | None, key: str, stop: Callable[[], None]) -> None:
    if work is None:
        return
    if work.is_done and work.error:
        cards.show_error(work.error)
    elif not work.is_done:
        connect_work.follow(work, cards.show_waiting)
        st.button("Stop", on_click=stop, icon=":material/close:", key=key)


def _drop() -> None:
    connect_work.leave(state().reading_lake)


def _stop() -> None:
    connect_work.leave(state().writing_lake)


def _written(done: Exported) -> str:
    stayed = f"; {counted(done.as_before, 'hour')} stayed as they were" if done.as_before else ""
    held = f"{counted(done.tuples, 'log entry')}, {done.bytes / 1e6:,.1f} MB"
    return f"{counted(done.hours, 'hour')} written, {held}{stayed}."


def _show_held(opened: OpenedLake) -> None:
    extent, missing = opened.extent, opened.left_out
    rows = pd.DataFrame({"tuples": [extent.tuples], "first": [extent.first], "last": [extent.last]})
    for end in ("first", "last"):
        rows[end] = pd.to_datetime(rows[end], utc=True)
    tables.show(rows, tables.TableView("Flows", "lake-holds"))
    if missing:
        left = pd.DataFrame({"file": list(missing), "reason": list(missing.values())})
        verb = "is" if len(left) == 1 else "are"
        st.caption(plain(f"{counted(len(left), 'file')} cannot be used and {verb} left out:"))
        tables.show(left, tables.TableView("Left out", "lake-left-out"))
    if opened.store is not opened.lake:
        st.caption("Rows of Traffic Analytics, which adds flows up: source ports, states and single entries are gone.")
    shown = keeps(session.current_store())
    is_used = isinstance(shown, LakeStore) and shown.lake == opened.lake.lake
    st.button(
        "The pages ask this folder" if is_used else "Use this folder",
        on_click=session.use_store,
        args=(opened.store,),
        type="secondary" if is_used else "primary",
        disabled=is_used or not extent.tuples,
        icon=":material/folder_check:",
        key="use_lake",
    )
    if is_used:
        status.next_links()
