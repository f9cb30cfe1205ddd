"""Step 3: the import as it runs, with Cancel, and then an honest report of what was taken and what was not."""

from __future__ import annotations

from collections import Counter

import pandas as pd
import streamlit as st

from nsgflow_core.charts.flows import bytes_in_words
from nsgflow_core.intake.report import ImportReport, Progress
from nsgflow_core.sources.left_out import describe_left_out
from nsgflow_core.ui.connect import cards, folder, status
from nsgflow_core.ui.connect import work as connect_work
from nsgflow_core.ui.connect.state import state
from nsgflow_core.ui.connect.work import Work
from nsgflow_core.ui.frame import access, session
from nsgflow_core.ui.frame.plain import Markdown, plain
from nsgflow_core.ui.parts import tables


def show() -> None:
    """The step; nothing before the first import of this session."""
    importing = state().importing
    if importing is None:
        return
    with cards.card("Import", importing.words, number=3, key="import"):
        if not importing.is_done:
            connect_work.follow(importing, show_progress)
        elif importing.error:
            cards.show_error(importing.error)
        elif importing.result:
            show_report(importing.result)


def show_progress(work: Work[ImportReport]) -> None:
    """The bar, what was done so far and how fast, the time left, and Cancel."""
    progress = work.note
    if isinstance(progress, Progress):
        share = progress.bytes_done / progress.bytes_total if progress.bytes_total else 0.0
        st.progress(min(share, 1.0))
        st.markdown(" · ".join(_progress_words(progress)))
    else:
        st.progress(0.0)
        st.markdown("Listing blobs…")
    row = st.container(horizontal=True, vertical_alignment="center")
    is_off = work.is_cancelled or not access.may_edit()
    row.button("Cancel", on_click=work.cancel, disabled=is_off, icon=":material/stop:", key="cancel_import")
    row.caption("Stopping; what is read is being stored…" if work.is_cancelled else "It goes on when you open a page.")


def _progress_words(progress: Progress) -> list[Markdown]:
    words = [
        Markdown(f"**{progress.blobs_done:,}** of {progress.blobs_total:,} blobs"),
        Markdown(f"**{plain(bytes_in_words(progress.bytes_done))}** of {plain(bytes_in_words(progress.bytes_total))}"),
        Markdown(f"**{progress.tuples:,}** log entries"),
        Markdown(f"{progress.tuples_per_second:,.0f} a second"),
    ]
    if progress.seconds_left is not None:
        words.append(Markdown(f"{plain(_seconds_in_words(progress.seconds_left))} left"))
    return words


def _seconds_in_words(seconds: float) -> str:
    minutes = int(seconds // 60)
    return f"{minutes} min {int(seconds % 60)} s" if minutes else f"{max(1, int(seconds))} s"


def show_report(report: ImportReport) -> None:
    """What was read and stored, what was rejected or failed and why, and where to go."""
    _headline(report)
    if report.incomplete:
        st.info(
            "Azure was still writing. Refresh reads the rest once it is there.",
            title=f"{report.incomplete:,} blob{_s(report.incomplete)} ended in the middle of a record",
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
    )
    for title, key, members in outcomes:
        if members:
            blobs = pd.DataFrame([{"reason": each.reason, "blob": each.blob} for each in members])
            tables.show(blobs, tables.TableView(title, key))
    if report.failures:
        st.caption("The rest was imported; Refresh tries the blobs again that could not be read.")
    if report.left_out:
        st.caption("Left out: " + plain(" ".join(describe_left_out(report.left_out))))


def _headline(report: ImportReport) -> None:
    words = (
        f"{report.blobs_read:,} of {report.blobs_seen:,} blob{_s(report.blobs_seen)} had something new: "
        f"{bytes_in_words(report.bytes_read)} read"
    )
    if report.first and report.last:
        words += f", from {report.first:%Y-%m-%d %H:%M} to {report.last:%Y-%m-%d %H:%M} UTC"
    if report.rejected:
        words += f"; {report.rejected:,} log entr{'y' if report.rejected == 1 else 'ies'} rejected"
    if report.cancelled:
        st.info(
            f"{plain(words)}. What was stored stays; importing again goes on from there.",
            title=f"Stopped after {report.tuples:,} log entries",
            icon=":material/stop_circle:",
        )
    elif report.exit_status == 2:
        st.warning("The reasons are below.", title="Nothing could be read", icon=":material/info:")
    elif not report.blobs_read and report.exit_status:
        st.warning("The others have not grown since the last import.", title="Some blobs could not be read")
    elif not report.blobs_read:
        seen = f"{report.blobs_seen:,} blob{_s(report.blobs_seen)} looked at, none has grown since the last import."
        st.success(seen, title="Nothing new", icon=":material/check:")
    else:
        st.success(f"{plain(words)}.", title=f"{report.tuples:,} new log entries", icon=":material/check:")


def _s(count: int) -> str:
    return "" if count == 1 else "s"
