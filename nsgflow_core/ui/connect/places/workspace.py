"""A Log Analytics workspace: sign in, see what it holds, and let the pages ask it."""

from __future__ import annotations

import os
from collections import Counter
from datetime import timedelta

import pandas as pd
import streamlit as st

from nsgflow_core.charts.pointed import over_time
from nsgflow_core.charts.pointed.intervals import drawn_window
from nsgflow_core.credentials import SignIn, check_sign_in, current_cloud
from nsgflow_core.errors import StoreMissing, StoreSignIn
from nsgflow_core.stores.log_analytics.client import WorkspaceClient
from nsgflow_core.stores.log_analytics.endpoint import choose_endpoint, workspace_id_of
from nsgflow_core.stores.log_analytics.overview import HOW_TO_START, TableOverview
from nsgflow_core.stores.log_analytics.store import LogAnalyticsStore
from nsgflow_core.ui.connect import cards, status
from nsgflow_core.ui.connect import work as connect_work
from nsgflow_core.ui.connect.places import folder, step
from nsgflow_core.ui.connect.places.signing_in import Choices
from nsgflow_core.ui.connect.state import OpenedWorkspace, state
from nsgflow_core.ui.connect.work import Work
from nsgflow_core.ui.frame import known, session
from nsgflow_core.ui.frame.plain import plain
from nsgflow_core.ui.frame.sign_in import access
from nsgflow_core.ui.parts import tables
from nsgflow_core.ui.parts.pictures import drawing

_SIGN_IN = Choices(cloud="connect_cloud", way="connect_workspace_way", tenant="connect_workspace_tenant")
_NSGS_SHOWN = 20


def show(words: str) -> None:
    """The form, and what the workspace holds once it answered."""
    note = "Needs the role Log Analytics Reader. Only answers travel, no rows are kept."
    with cards.card(words, note, number=1, key="workspace"):
        _form()
        asking = state().asking
        if asking and asking.is_done and asking.error:
            cards.show_error(asking.error)
            if isinstance(asking.error, StoreMissing) and HOW_TO_START not in asking.error.hint:
                st.caption(plain(HOW_TO_START))
        elif asking and not asking.is_done:
            connect_work.follow(asking, cards.show_waiting)
            st.button("Stop", on_click=_drop, icon=":material/close:", key="stop_asking")
    workspace = state().workspace
    if workspace is not None:
        with cards.card("What it holds", workspace.overview.workspace_id, number=2, key="holds"):
            _show_overview(workspace)


def use_maps() -> None:
    """Let the workspace of this session label with the maps that are kept now."""
    held = state()
    if held.workspace is None:
        return
    was_shown = session.current_store() is held.workspace.store
    held.workspace = OpenedWorkspace(_with_maps(held.workspace.store), held.workspace.overview)
    if was_shown:
        _use(held.workspace.store)


def _with_maps(store: LogAnalyticsStore) -> LogAnalyticsStore:
    held = known.imported(known.settings_of(store))
    return LogAnalyticsStore(
        store.client.workspace_id, client=store.client, subnets=held.subnet_map, nsg_names=held.nsg_names
    )


def _drop() -> None:
    held = state()
    connect_work.leave(held.asking)
    held.asking = None


def _fixed_endpoint() -> str:
    return os.environ.get("NSGFLOW_LOGS_ENDPOINT", "").strip()


def _is_test_server() -> bool:
    """True when whoever runs the server set an endpoint on this machine, and lends the token for it."""
    return bool(_fixed_endpoint()) and choose_endpoint(None).is_loopback and folder.is_identity_offered()


def _form() -> None:
    folder.show_whose_sign_in()
    with st.form("connect_workspace", border=False):
        with st.grid(3, min_column_width=240):
            st.text_input(
                "Workspace ID",
                key="connect_workspace_id",
                placeholder="a GUID, on the workspace's Overview page",
                autocomplete="off",
            )
            if _is_test_server():
                st.text_input("Endpoint", value=_fixed_endpoint(), disabled=True, key="connect_endpoint")
            else:
                _SIGN_IN.show()
        st.form_submit_button("See what is there", type="primary", icon=":material/search:", on_click=_ask)


@access.refused_in_words
def _ask() -> None:
    """Sign in and ask in the background; the maps kept with the local store label this store, too."""
    given = str(st.session_state.get("connect_workspace_id", ""))
    chosen, is_test_server = _SIGN_IN.chosen(), _is_test_server()
    local = session.local_store()

    def run(work: Work[OpenedWorkspace]) -> OpenedWorkspace:
        workspace_id = workspace_id_of(given)
        chosen.check_offered()
        credential = None if is_test_server else chosen.sign_in(work)
        # Judges the host, before a sign-in.
        client = WorkspaceClient(workspace_id, credential=credential, cloud=chosen.cloud)
        if credential is not None:
            check_sign_in(credential, chosen.cloud.logs_scope, StoreSignIn, chosen.cloud)
        work.note, work.words = None, "Asking the workspace what it holds…"
        store = LogAnalyticsStore(workspace_id, client=client, **step.names_of(local))
        return OpenedWorkspace(store, store.overview(cancelled=lambda: work.is_cancelled))

    held = state()
    _drop()
    held.workspace = None
    held.asking = Work("Signing in…", run)


def _use(store: LogAnalyticsStore) -> None:
    session.use_store(store, is_personal=True)


def _show_overview(workspace: OpenedWorkspace) -> None:
    overview = workspace.overview
    if overview.advice:
        st.info(plain(overview.advice), title="No flows to ask for", icon=":material/inbox:")
    if overview.tables:
        tables.show(_table_rows(overview.tables), tables.TableView("Tables", "workspace-tables"))
        daily = pd.concat([table.daily.assign(table=table.name) for table in overview.tables], ignore_index=True)
        if len(daily):
            st.markdown("**Rows per day**")
            drawn = over_time.parts(daily, "table", "rows", drawn_window(daily), height=200)
            drawing.echarts(over_time.to_look_at(drawn), drawn.height, "workspace_daily", "Rows per day and table")
        _show_left_out(overview.tables)
        _show_nsgs(sorted({nsg for table in overview.tables for nsg in table.nsgs}))
    is_used = session.current_store() is workspace.store
    row = st.container(horizontal=True, vertical_alignment="center", gap="small")
    row.button(
        "The pages ask this workspace" if is_used else "Use this workspace",
        on_click=_use,
        args=(workspace.store,),
        type="secondary" if is_used else "primary",
        disabled=is_used or bool(overview.advice),
        icon=":material/cloud_done:",
        key="use_workspace",
    )
    if is_used:
        status.next_links()


def _table_rows(found: tuple[TableOverview, ...]) -> pd.DataFrame:
    """One row a table: table, holds, rows, schema, interval, first_interval, last_interval (UTC)."""
    rows = [
        {
            "table": table.name,
            "holds": table.holds,
            "rows": table.rows,
            "schema": ", ".join(table.schema_versions),
            "interval": ", ".join(_minutes(each) for each in table.processing),
            "first_interval": table.first,
            "last_interval": table.last,
        }
        for table in found
    ]
    logs = pd.DataFrame(rows)
    for end in ("first_interval", "last_interval"):
        logs[end] = pd.to_datetime(logs[end], utc=True)
    return logs


def _minutes(interval: timedelta) -> str:
    return f"{int(interval.total_seconds() // 60)} min"


def _show_left_out(found: tuple[TableOverview, ...]) -> None:
    said = [
        f"{rows:,} with an {reason}" if reason.startswith("unknown") else f"{rows:,} of a {reason}"
        for reason, rows in sum((Counter(table.left_out) for table in found), Counter[str]()).most_common()
    ]
    if said:
        st.caption(f"Rows that are left out: {plain(', '.join(said))}.")


def _show_nsgs(names: list[str]) -> None:
    shown = plain(", ".join(names[:_NSGS_SHOWN]))
    more = f" and {len(names) - _NSGS_SHOWN:,} more" if len(names) > _NSGS_SHOWN else ""
    if names:
        st.caption(f"{len(names):,} NSG{'' if len(names) == 1 else 's'}: {shown}{more}")


def open_again(workspace_id: str, way: str, cloud: str, tenant: str) -> None:
    """Fill the form with what is remembered, and ask; a device code is then shown. A callback."""
    given = {"connect_workspace_id": workspace_id, "connect_workspace_tenant": tenant}
    st.session_state.update(
        given | {"connect_cloud": cloud or current_cloud().name, "connect_workspace_way": SignIn(way)}
    )
    _ask()
