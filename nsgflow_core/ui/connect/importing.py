"""Step 3: an honest report of what the last import took and what it did not, whichever session asked for it."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime

import pandas as pd
import streamlit as st

from nsgflow_core.charts.flows import bytes_in_words
from nsgflow_core.intake.report import ImportReport
from nsgflow_core.sources.left_out import describe_left_out
from nsgflow_core.ui.connect import cards, status
from nsgflow_core.ui.connect.places import folder
from nsgflow_core.ui.connect.state import state
from nsgflow_core.ui.frame import session
from nsgflow_core.ui.frame.busy import running
from nsgflow_core.ui.frame.plain import plain
from nsgflow_core.ui.parts import tables
from nsgflow_core.words.numbers import counted


def show(*, after_listing: bool) -> None:
    """The step; nothing before the first import since the server was started. While one runs, the frame shows it.

    It has a number `after_listing`, where the step before it is shown.
    """
    if (refused := state().refused) and not refused.job.is_done:
        cards.show_error(refused)
    ended = running.desk().ended
    if ended is None:
        return
    note = f"{ended.name} · {ended.window.words}"
    if ended.ended:
        note += f" · ended {ended.ended:%Y-%m-%d %H:%M} UTC"
    number = 3 if after_listing and state().opened else None
    with cards.card("Last import", note, number=number, key="import"):
        if ended.error:
            cards.show_error(ended.error)
        elif ended.result:
            show_report(ended.result)


def show_report(report: ImportReport) -> None:
    """What was read and stored, what was rejected or failed and why, and where to go."""
    _headline(report)
    if report.still_written:
        st.info(
            "Azure was still writing. Refresh reads the rest once it is there.",
            title=f"{counted(report.still_written, 'blob')} ended in the middle of a record",
            icon=":material/hourglass_bottom:",
        )
    _show_what_was_not_taken(report)
    if report.reasons:
        rejected = pd.DataFrame(Counter(report.reasons).most_common(), columns=["reason", "entries"])
        tables.show(rejected, tables.TableView("Log entries that were rejected", "rejected-now"))
    if report.tuples:
        status.next_links()
    if not folder.is_on_loopback():
        path = session.local_store().path
        st.caption(f"Imported flows lie in {plain(path.name)} on the server: all who can open this dashboard see them.")


def _show_what_was_not_taken(report: ImportReport) -> None:
    """A table for each outcome that is none, and what was left out in a line."""
    outcomes = (
        ("Blobs that could not be read", "failed-blobs", report.failures),
        ("Blobs of which everything was rejected", "rejected-blobs", report.rejected_blobs),
        ("Records too large to read", "large-records", report.passed_over),
        ("Blobs that were cut short", "cut-short", report.cut_short),
        ("Files beside logs that describe the network", "network-files-met", report.network_files),
    )
    for title, key, members in outcomes:
        if members:
            blobs = pd.DataFrame([{"reason": each.reason, "blob": each.blob} for each in members])
            tables.show(blobs, tables.TableView(title, key))
    if report.failures:
        st.caption("The rest was imported; Refresh tries the blobs again that could not be read.")
    if report.replaced:
        st.caption(plain(report.replaced_words))
    if report.namesakes:
        st.caption(plain(report.namesakes_words))
    if report.counted_twice:
        st.warning(plain(report.counted_twice_words), icon=":material/warning:")
    if ahead := report.future_words(datetime.now(UTC)):
        st.warning(plain(ahead), icon=":material/schedule:")
    if report.retention_words:
        st.caption(plain(" ".join(report.retention_words)))
    if report.left_out:
        st.caption("Left out: " + plain(" ".join(describe_left_out(report.left_out))))


def _headline(report: ImportReport) -> None:
    of_all = f"{report.blobs_read:,} of {counted(report.blobs_seen, 'blob')}"
    size = bytes_in_words(report.bytes_read)
    words = f"{of_all} had been read: {size}" if report.cancelled else f"{of_all} had something new: {size} read"
    if report.first and report.last:
        words += f", from {report.first:%Y-%m-%d %H:%M} to {report.last:%Y-%m-%d %H:%M} UTC"
    if report.rejected:
        words += f"; {counted(report.rejected, 'log entry')} rejected"
    if report.cancelled:
        st.info(
            f"{plain(words)}. What was stored stays; importing again goes on from there.",
            title=f"Stopped after {counted(report.tuples, 'log entry')}",
            icon=":material/stop_circle:",
        )
    elif report.exit_status == 2:
        st.warning("The reasons are below.", title="Nothing could be read", icon=":material/info:")
    elif not report.blobs_read and report.exit_status:
        st.warning("The others have not grown since the last import.", title="Some blobs could not be read")
    elif not report.blobs_read:
        seen = f"{counted(report.blobs_seen, 'blob')} looked at, none has grown since the last import."
        st.success(seen, title="Nothing new", icon=":material/check:")
    elif missed := report.blobs_failed + report.blobs_rejected:
        st.warning(
            f"{plain(words)}. The reasons are below.",
            title=f"{counted(report.tuples, 'new log entry')}; nothing was taken of {counted(missed, 'blob')}",
            icon=":material/warning:",
        )
    else:
        st.success(f"{plain(words)}.", title=counted(report.tuples, "new log entry"), icon=":material/check:")
