"""Step 2: what a source holds, before a byte of it is downloaded, and the window to import."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from datetime import UTC, datetime, timedelta

import pandas as pd
import streamlit as st

from nsgflow_core.ask.text.times import format_time
from nsgflow_core.charts.flows import bytes_in_words
from nsgflow_core.intake.job import ImportWindow
from nsgflow_core.sources.base import BlobInfo, overlaps, summarize_logs
from nsgflow_core.ui.connect import cards
from nsgflow_core.ui.connect.remembered import offer
from nsgflow_core.ui.connect.state import OpenedSource, start_import, state
from nsgflow_core.ui.frame import choices, session
from nsgflow_core.ui.frame.busy import running
from nsgflow_core.ui.frame.plain import plain
from nsgflow_core.ui.frame.sign_in import access
from nsgflow_core.ui.parts import tables

_HOUR = timedelta(hours=1)
SPANS = {"day": "Last 24 hours", "week": "Last 7 days", "all": "Everything", "choose": "From … to …"}
_BACK = {"day": timedelta(hours=24), "week": timedelta(days=7)}


def show() -> None:
    """The step; nothing while no source is open."""
    opened = state().opened
    if opened is None:
        return
    note = f"{opened.source.name} · {opened.signed_in}"
    with cards.card("What is there", note, number=2, key="listing"):
        if not opened.blobs:
            _show_nothing()
            return
        logs = logs_table(opened.blobs)
        note, named = _in_all(opened.blobs), names_of(logs)
        tables.show(logs, tables.TableView("Flow logs", "flow-logs-there", bars=("bytes",), note=note, on_screen=named))
        _choose_window(opened)


def names_of(logs: pd.DataFrame) -> dict[str, list[str]]:
    """How the names of flow logs read on screen; files whose path names none have one, too."""
    return {"flow_log": [name or "other files" for name in logs["flow_log"]]}


def _show_nothing() -> None:
    st.info(
        "Flow logs are written a few minutes after traffic. Check in Network Watcher, Flow logs, that one is enabled "
        "and writes to this account; or name other containers above.",
        title="Nothing is there yet",
        icon=":material/inbox:",
    )


def logs_table(blobs: Iterable[BlobInfo]) -> pd.DataFrame:
    """One row a flow log: kind, flow_log, blobs, hours, bytes, first_hour, last_hour (UTC), container."""
    logs = pd.DataFrame([asdict(log) for log in summarize_logs(blobs)])
    logs["log_kind"] = logs["log_kind"].astype("str")
    for end in ("first", "last"):
        logs[f"{end}_hour"] = pd.to_datetime(logs[end], utc=True)
    logs = logs.rename(columns={"resource": "flow_log", "log_kind": "kind"})
    return logs[["kind", "flow_log", "blobs", "hours", "bytes", "first_hour", "last_hour", "container"]]


def _in_all(blobs: tuple[BlobInfo, ...]) -> str:
    count = f"{len(blobs):,} blob{'' if len(blobs) == 1 else 's'}"
    return f"{count} · {bytes_in_words(sum(blob.size for blob in blobs))}"


def _choose_window(opened: OpenedSource) -> None:
    """A window with the size that it means, and the button that imports it."""
    row = st.container(horizontal=True, vertical_alignment="bottom", gap="small")
    kind = row.segmented_control(
        "Import",
        tuple(SPANS),
        key="connect_window",
        required=True,
        default="day",
        format_func=SPANS.__getitem__,
    )
    hours = [blob.hour for blob in opened.blobs if blob.hour]
    window = ImportWindow()
    if kind == "choose" and hours:
        window = _from_to(row, min(hours), max(hours) + _HOUR)
    elif kind in _BACK and hours:
        window = ImportWindow(max(hours) + _HOUR - _BACK[str(kind)])
    chosen = [blob for blob in opened.blobs if overlaps(blob.hour, window.since, window.until)]
    row = st.container(horizontal=True, vertical_alignment="center", gap="small")
    row.button(
        f"Import {len(chosen):,} blob{'' if len(chosen) == 1 else 's'}",
        on_click=start_import,
        args=(opened.source, window),
        type="primary",
        disabled=not chosen or running.desk().running is not None or not access.may_edit(),
        icon=":material/download:",
        key="start_import",
    )
    offer.show(row, opened, *_window_texts(str(kind), window, hours))
    row.caption(plain(_size_words(chosen, window)))


def _window_texts(kind: str, window: ImportWindow, hours: list[datetime]) -> tuple[str, str]:
    """The window as a connection keeps it: counted from now where the source is still written, else as it is."""
    spans = {"day": "-1d", "week": "-7d"}
    if kind in spans and hours and datetime.now(UTC) - max(hours) < _BACK["day"]:
        return spans[kind], ""
    return format_time(window.since), format_time(window.until)


def _from_to(row: st.delta_generator.DeltaGenerator, first: datetime, last: datetime) -> ImportWindow:
    naive = first.replace(tzinfo=None), last.replace(tzinfo=None)
    for key in ("connect_since", "connect_until"):
        kept = st.session_state.get(key)
        if kept is not None and not naive[0] <= kept <= naive[1]:
            choices.forget(key)  # chosen for another source
    ends = [
        row.datetime_input(
            plain(label), value=value, min_value=naive[0], max_value=naive[1], step=_HOUR, key=key, format="YYYY-MM-DD",
            width=210,
        )
        for label, value, key in (
            ("From (UTC)", max(naive[0], naive[1] - timedelta(hours=24)), "connect_since"),
            ("To (UTC)", naive[1], "connect_until"),
        )
    ]  # fmt: skip
    since, until = (end.replace(tzinfo=UTC) if end else None for end in ends)
    return ImportWindow(since, until)


def _size_words(chosen: list[BlobInfo], window: ImportWindow) -> str:
    """How much a window is, and how much of that was never read."""
    if not chosen:
        return "No blob lies in this window."
    cursors = session.local_store().cursors()
    size = sum(blob.size for blob in chosen)
    fresh = 0
    for blob in chosen:
        cursor = cursors.get(blob.name)
        if cursor is None or cursor.etag != blob.etag:
            fresh += blob.size - min(cursor.offset if cursor else 0, blob.size)
    words = bytes_in_words(size)
    if fresh < size:
        words += f", of which {bytes_in_words(fresh)} are new" if fresh else ", all of it imported already"
    return f"{words} · {window.words}"
