"""What the Connect page remembers for one session: opened sources with their credentials, and the work on them.

It lives in `st.session_state` alone, so that no other session, cache, link or file ever sees a credential.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import streamlit as st

from nsgflow_core.errors import NsgflowError
from nsgflow_core.intake.importing import import_flows
from nsgflow_core.intake.job import ImportJob, ImportRuns, ImportWindow
from nsgflow_core.intake.rebuilding import rebuild
from nsgflow_core.intake.report import ImportReport
from nsgflow_core.sources.base import BlobInfo, Source
from nsgflow_core.stores.base import Extent
from nsgflow_core.stores.data_explorer.store import DataExplorerStore
from nsgflow_core.stores.lake.exporting import Exported
from nsgflow_core.stores.lake.store import LakeStore
from nsgflow_core.stores.lake.traffic_analytics.store import TrafficAnalyticsLake
from nsgflow_core.stores.local.store import LocalStore
from nsgflow_core.stores.log_analytics.overview import WorkspaceOverview
from nsgflow_core.stores.log_analytics.store import LogAnalyticsStore
from nsgflow_core.ui.connect.work import Work
from nsgflow_core.ui.frame import session
from nsgflow_core.ui.frame.busy import running
from nsgflow_core.ui.frame.sign_in import access

_KEY = "_connect"


@dataclass(frozen=True)
class OpenedSource:
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
class OpenedCluster:
    """A Kusto database that answered: which of its tables are asked, what they hold, and what could not be read."""

    store: DataExplorerStore
    tables: tuple[str, ...]
    extent: Extent
    unread: Mapping[str, int]
    """Reason -> log entries."""


@dataclass(frozen=True)
class OpenedLake:
    """A folder that was looked through, the store that answers for it, what it holds, and what it cannot use."""

    lake: LakeStore
    store: LakeStore | TrafficAnalyticsLake
    extent: Extent
    left_out: Mapping[str, str]
    """File -> why, to end a sentence that names it."""
    place: str
    """The folder or URL that was typed."""
    sign_in: str
    """As a remembered connection spells it: "" for a folder."""


@dataclass
class ConnectState:
    """Of one session. `imported` is where the last import read from, for Refresh; `refused` why none was started, and
    `failed` why a remembered connection could not be opened, kept or removed."""

    opening: Work[OpenedSource] | None = None
    opened: OpenedSource | None = None
    imported: tuple[Source, ImportWindow] | None = None
    refused: ImportRuns | None = None
    failed: NsgflowError | None = None
    asking: Work[OpenedWorkspace] | None = None
    workspace: OpenedWorkspace | None = None
    asking_cluster: Work[OpenedCluster] | None = None
    cluster: OpenedCluster | None = None
    reading_lake: Work[OpenedLake] | None = None
    lake: OpenedLake | None = None
    writing_lake: Work[Exported] | None = None


def state() -> ConnectState:
    """This session's own."""
    held = st.session_state.get(_KEY)
    if not isinstance(held, ConnectState):
        held = st.session_state[_KEY] = ConnectState()
    if held.opening and held.opening.is_done and held.opening.result:
        held.opened, held.opening = held.opening.result, None
    if held.asking and held.asking.is_done and held.asking.result:
        held.workspace, held.asking = held.asking.result, None
    if held.asking_cluster and held.asking_cluster.is_done and held.asking_cluster.result:
        held.cluster, held.asking_cluster = held.asking_cluster.result, None
    if held.reading_lake and held.reading_lake.is_done and held.reading_lake.result:
        held.lake, held.reading_lake = held.reading_lake.result, None
    return held


@access.refused_in_words
def start_import(source: Source, window: ImportWindow, *, anew: bool = False) -> None:
    """Import on the server, and let the session look at the local store as soon as it holds flows. A callback.

    The job holds the source while it runs; this session keeps it for Refresh. `anew` rebuilds the store from it.
    """
    held, store = state(), session.store_to_change()

    def run(job: ImportJob) -> ImportReport:
        def fill(into: LocalStore) -> ImportReport:
            return import_flows(
                source,
                into,
                since=window.since,
                until=window.until,
                on_progress=job.tell,
                cancelled=lambda: job.is_cancelled,
            )

        return rebuild(store, fill) if anew else fill(store)

    held.refused = None
    try:
        running.desk().start(source.name, window, run)
    except ImportRuns as error:
        held.refused = error
        return
    held.imported = (source, window)
    session.forget_choice()
