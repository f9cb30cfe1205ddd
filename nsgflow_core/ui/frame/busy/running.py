"""The import that runs, in the frame of every page and every session: how far it is, Cancel, and what it brought.

It is drawn by one fragment: each second while it runs, each few seconds otherwise, so that a session sees what another
one started, and why a file was not made. When something was imported, the page runs once more and shows it.
"""

from __future__ import annotations

from contextlib import suppress

import streamlit as st

from nsgflow_core.charts.flows import bytes_in_words
from nsgflow_core.errors import StoreBusy
from nsgflow_core.intake.job import ImportDesk, ImportJob, desk_of
from nsgflow_core.intake.report import ImportReport
from nsgflow_core.ui.frame import navigation, reached, session
from nsgflow_core.ui.frame.asking import links
from nsgflow_core.ui.frame.busy import failed_files
from nsgflow_core.ui.frame.busy import waiting as waits
from nsgflow_core.ui.frame.sign_in import access
from nsgflow_core.watch.keeper import keeper_of
from nsgflow_core.words.numbers import counted
from nsgflow_core.words.visible import visible

WHILE_RUNNING, OTHERWISE = 1.0, 5.0
"""Seconds between two looks."""
_SEEN = "_imports_seen"
_CALM = '<style>.st-key-importing [data-stale="true"] { opacity: 1; transition: none; }</style>'
"""Streamlit greys what a run may replace; on a busy server this line would flicker with each look."""


def desk() -> ImportDesk:
    """Where imports into the local store are asked for; the same for all sessions."""
    return desk_of(session.local_store().path)


def show(page: str) -> None:
    """The line of the import that runs, or of one that ended and that this session has not seen yet."""
    at = desk()
    reached.reach()  # the rounds of the server are told, before the first of them, that others reach it
    with suppress(StoreBusy):  # which the page says
        waits.opened(keeper_of(session.local_store().path, reached.lends_unattended).begin)
    if _SEEN not in st.session_state or page == "connect":  # Connect shows the report itself
        _see(at)
    changes, was_running = at.changes, at.running is not None

    @access.live(WHILE_RUNNING if was_running else OTHERWISE)
    def look() -> None:
        has_ended = was_running and not at.running
        if has_ended or at.changes != changes or (page == "connect" and _number(at.ended) != st.session_state[_SEEN]):
            links.let_stand()
            st.rerun()
        failed_files.show()
        if running := at.running:
            _show_running(at, running)
        elif at.ended and at.ended.number != st.session_state[_SEEN]:
            _show_ended(at, at.ended)

    look()


def progress_words(job: ImportJob) -> str:
    """How far an import is: blobs, bytes, log entries and their speed, and the time left where it is known."""
    if job.is_cancelled:
        return "stopping; what is read is being stored"
    if job.how_far is None:
        return "listing blobs"
    progress, left = job.how_far.progress, job.how_far.seconds_left
    words = [
        f"{progress.blobs_done:,} of {counted(progress.blobs_total, 'blob')}",
        f"{bytes_in_words(progress.bytes_done)} of {bytes_in_words(progress.bytes_total)}",
        counted(progress.tuples, "log entry"),
        f"{progress.tuples_per_second:,.0f} a second",
    ]
    return " · ".join(words if left is None else [*words, f"{_seconds_in_words(left)} left"])


def ended_words(job: ImportJob) -> str:
    """What an import brought, or why it brought nothing, in a sentence."""
    report = job.result
    if report is None:
        return str(job.error)
    if report.exit_status == 2:
        return "nothing could be read."
    brought = f"{counted(report.tuples, 'new log entry')}{_not_taken(report)}."
    return f"stopped after {brought}" if report.cancelled else brought


def _not_taken(report: ImportReport) -> str:
    parts = [(report.blobs_failed, "blob", "could not be read"), (report.rejected, "log entry", "rejected")]
    said = [f"{counted(count, name)} {words}" for count, name, words in parts if count]
    return f"; {', '.join(said)}" if said else ""


def _show_running(at: ImportDesk, job: ImportJob) -> None:
    with st.container(key="importing", gap=None):
        st.html(_CALM)
        row = st.container(horizontal=True, wrap=False, vertical_alignment="center", gap="small")
        row.text(visible(f"Importing {job.name}: {progress_words(job)}"), width="stretch")
        if access.may_edit():
            row.button(
                "Cancel",
                on_click=_cancel,
                args=(at, job.number),
                disabled=job.is_cancelled,
                icon=":material/stop:",
                type="tertiary",
                key="cancel_import",
            )
        progress = job.how_far.progress if job.how_far else None
        st.progress(min(progress.bytes_done / progress.bytes_total, 1.0) if progress and progress.bytes_total else 0.0)


def _show_ended(at: ImportDesk, job: ImportJob) -> None:
    row = st.container(horizontal=True, wrap=False, vertical_alignment="center", gap="small", key="imported")
    row.text(visible(f"{job.name}: {ended_words(job)}"), width="stretch")
    row.page_link(navigation.page_file("connect"), label="Report", icon=":material/receipt_long:")
    row.button("Close", on_click=_see, args=(at,), icon=":material/close:", type="tertiary", key="close_imported")


def _cancel(at: ImportDesk, number: int) -> None:
    if access.may_edit():
        at.cancel(number)


def _see(at: ImportDesk) -> None:
    st.session_state[_SEEN] = _number(at.ended)


def _number(job: ImportJob | None) -> int:
    return job.number if job else 0


def _seconds_in_words(seconds: float) -> str:
    minutes = int(seconds // 60)
    return f"about {minutes:,} min" if minutes >= 2 else f"{max(1, int(seconds))} s"
