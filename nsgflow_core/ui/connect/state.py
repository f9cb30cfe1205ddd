"""What the Connect page remembers for one session: opened sources with their credentials, and the work on them.

It lives in `st.session_state` alone, so that no other session, cache, link or file ever sees a credential.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import streamlit as st

from nsgflow_core.intake.importing import import_flows
from nsgflow_core.intake.report import ImportReport
from nsgflow_core.sources.base import BlobInfo, Source
from nsgflow_core.stores.log_analytics.overview import WorkspaceOverview
from nsgflow_core.stores.log_analytics.store import LogAnalyticsStore
from nsgflow_core.ui.connect.work import Work
from nsgflow_core.ui.frame import access, session

_KEY = "_connect"


@dataclass(frozen=True)
class Opened:
    """A source that answered, how it was signed in to, and all that its listing showed."""

    source: Source
    signed_in: str
    blobs: tuple[BlobInfo, ...]


@dataclass(frozen=True)
class OpenedWorkspace:
    """A workspace that answered, and what it holds."""

    store: LogAnalyticsStore
    overview: WorkspaceOverview


@dataclass(frozen=True)
class Window:
    """The part of a source to import, [since, until); None is an open end."""

    since: datetime | None = None
    until: datetime | None = None


@dataclass
class State:
    """Of one session. `imported` is where the last import read from, for Refresh."""

    opening: Work[Opened] | None = None
    opened: Opened | None = None
    importing: Work[ImportReport] | None = None
    imported: tuple[Source, Window] | None = None
    asking: Work[OpenedWorkspace] | None = None
    workspace: OpenedWorkspace | None = None


def state() -> State:
    """This session's own."""
    held = st.session_state.get(_KEY)
    if not isinstance(held, State):
        held = st.session_state[_KEY] = State()
    if held.opening and held.opening.is_done and held.opening.result:
        held.opened, held.opening = held.opening.result, None
    if held.asking and held.asking.is_done and held.asking.result:
        held.workspace, held.asking = held.asking.result, None
    return held


@access.refused_in_words
def start_import(source: Source, window: Window) -> None:
    """Import in the background, and let the session look at the local store as soon as it holds flows."""
    held, store = state(), session.store_to_change()
    if held.importing and not held.importing.is_done:
        return

    def run(work: Work[ImportReport]) -> ImportReport:
        def tell(progress: object) -> None:
            work.note = progress

        return import_flows(
            source, store, since=window.since, until=window.until, on_progress=tell, cancelled=lambda: work.is_cancelled
        )

    held.imported = (source, window)
    held.importing = Work(source.name, run)
    session.forget_choice()
