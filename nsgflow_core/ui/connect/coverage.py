"""What the local store covers: hour by hour, with gaps, freshness in words, and Refresh."""

from __future__ import annotations

from datetime import UTC, datetime

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from nsgflow_core.analysis import coverage
from nsgflow_core.analysis.compared import news
from nsgflow_core.analysis.compared.ended import SILENT_AFTER
from nsgflow_core.charts import heatmaps
from nsgflow_core.stores.local.store import LocalStore
from nsgflow_core.ui.connect import cards, listing
from nsgflow_core.ui.connect.state import start_import, state
from nsgflow_core.ui.frame import session
from nsgflow_core.ui.frame.busy import running
from nsgflow_core.ui.frame.plain import plain
from nsgflow_core.ui.frame.sign_in import access
from nsgflow_core.ui.parts import said, tables
from nsgflow_core.ui.parts.pictures import drawing
from nsgflow_core.words.numbers import counted

DAYS_SHOWN = 31
_ALL = "All flow logs"


def show() -> None:
    """The card; words alone while the local store holds nothing."""
    store = session.local_store()
    with cards.card("What the local store covers", _where(store), key="coverage") as row:
        if not store.knows_blobs():
            st.caption("Nothing was imported yet. Imported flows are kept here until you delete the file.")
            return
        _refresh(row)
        held, now = store.extent(), datetime.now(UTC)
        blobs = store.blobs()
        logs = coverage.by_log(blobs)
        if held.first and held.last:
            st.markdown(
                f"**{counted(held.tuples, 'log entry')}**, "
                f"{held.first:%Y-%m-%d %H:%M} to {held.last:%Y-%m-%d %H:%M} UTC. "
                f"The newest was logged **{plain(coverage.age(held.last, now))}**."
            )
            _say_silent(logs, held.last)
            _heatmap(store, blobs, logs)
        else:
            st.markdown("The blobs that were read hold no log entry, so nothing is covered yet.")
        _tables(store, logs, now)


def _where(store: LocalStore) -> str:
    return str(store.path.name)


def _refresh(row: DeltaGenerator) -> None:
    """Read what is new since the last import of this session, from the same source and window."""
    held = state()
    row.button(
        "Refresh",
        on_click=start_import,
        args=held.imported or (),
        disabled=held.imported is None or running.desk().running is not None or not access.may_edit(),
        icon=":material/refresh:",
        key="refresh",
        help="Reads only what is new from the same source."
        if held.imported
        else "Open the source again above: sign-ins are kept in memory only, for one session.",
    )


def _say_silent(logs: pd.DataFrame, newest: datetime) -> None:
    """The flow logs that ended before the others did: hours of all logs together do not show them."""
    silent = news.silent_logs(logs, newest, SILENT_AFTER)
    if silent.empty:
        return
    rows = zip(silent["flow_log"], silent["last"], strict=True)
    said.silent([f"{name}: its last entry is of {last:%Y-%m-%d %H:%M} UTC" for name, last in rows])


def _heatmap(store: LocalStore, blobs: pd.DataFrame, logs: pd.DataFrame) -> None:
    names = {name: log for log, name in zip(logs["log"], logs["flow_log"], strict=True) if log}
    place = st.container(horizontal=True, vertical_alignment="center", gap="small")
    chosen = _ALL
    if len(names) > 1:
        chosen = place.selectbox(
            "Flow log", [_ALL, *names], key="coverage_log", width=280, label_visibility="collapsed"
        )
    hours = coverage.all_logs().ask(store) if chosen == _ALL else coverage.of_log(blobs, names[chosen])
    if hours.empty:
        place.caption("This flow log holds no log entry yet, so it covers no hour.")
        return
    days = hours["hour"].dt.floor("D")
    latest = hours[days > days.max() - pd.Timedelta(days=DAYS_SHOWN)]
    words = "One square an hour; the stronger its blue, the more log entries."
    silent = int(latest["tuples"].eq(0).sum())
    words += (
        f" Orange: {silent:,} hour{'' if silent == 1 else 's'} without any." if silent else " No hour is without any."
    )
    if len(latest) < len(hours):
        words += f" The latest {DAYS_SHOWN} days are shown."
    place.caption(words)
    drawing.plotly(heatmaps.coverage_by_hour(latest), "coverage_hours", "Log entries by day and hour")


def _tables(store: LocalStore, logs: pd.DataFrame, now: datetime) -> None:
    shown = logs.copy()
    ages = [coverage.age(moment, now) for moment in logs["last"].dt.to_pydatetime()]
    shown.insert(list(shown).index("last_read"), "newest", ages)
    hidden, named = ("log", "first"), listing.names_of(shown)
    tables.show(shown, tables.TableView("Flow logs in the store", "flow-logs-stored", hide=hidden, on_screen=named))
    gaps = coverage.gaps().ask(store)
    if not gaps.empty:
        tables.show(gaps, tables.TableView("Gaps", "gaps", note="quiet, switched off, or not imported", height=300))
    rejected = store.rejections()
    if not rejected.empty:
        tables.show(rejected.rename(columns={"tuples": "entries"}), tables.TableView("Rejected so far", "rejected"))
