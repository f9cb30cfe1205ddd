"""A Log Analytics workspace: sign in, see what it holds, and let the pages ask it."""

from __future__ import annotations

import os
from collections import Counter
from datetime import timedelta

import pandas as pd
import streamlit as st

from nsgflow_core.charts.pointed import over_time
from nsgflow_core.charts.pointed.intervals import window_of
from nsgflow_core.credentials import CLOUDS, SignIn, TokenCredential, check_sign_in, current_cloud, sign_in
from nsgflow_core.errors import InputError, StoreMissing, StoreSignIn
from nsgflow_core.stores.log_analytics.client import WorkspaceClient
from nsgflow_core.stores.log_analytics.endpoint import choose_endpoint
from nsgflow_core.stores.log_analytics.overview import HOW_TO_START, TableOverview
from nsgflow_core.stores.log_analytics.store import LogAnalyticsStore
from nsgflow_core.ui.connect import cards, status
from nsgflow_core.ui.connect import work as connect_work
from nsgflow_core.ui.connect.places import folder
from nsgflow_core.ui.connect.state import OpenedWorkspace, state
from nsgflow_core.ui.connect.work import Work
from nsgflow_core.ui.frame import known, session
from nsgflow_core.ui.frame.plain import plain
from nsgflow_core.ui.frame.sign_in import access
from nsgflow_core.ui.parts import tables

_WAYS = {
    SignIn.DEFAULT: "Microsoft Entra, as this machine is signed in",
    SignIn.DEVICE_CODE: "Microsoft Entra, as you, with a device code",
}
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
    state().asking = None


def _fixed_endpoint() -> str:
    return os.environ.get("NSGFLOW_LOGS_ENDPOINT", "").strip()


def _offered_ways() -> list[SignIn]:
    """With the server's own identity only where the server lends it."""
    return [way for way in _WAYS if way is SignIn.DEVICE_CODE or folder.is_identity_offered()]


def _is_test_server() -> bool:
    """True when whoever runs the server set an endpoint on this machine, and lends the token for it."""
    return bool(_fixed_endpoint()) and choose_endpoint(None).is_loopback and folder.is_identity_offered()


def _form() -> None:
    clouds, ways = [cloud.name for cloud in CLOUDS.values()], _offered_ways()
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
                st.selectbox("Cloud", clouds, index=clouds.index(current_cloud().name), key="connect_cloud")
                st.selectbox("How to sign in", ways, format_func=_WAYS.__getitem__, key="connect_workspace_way")
                st.text_input(
                    "Tenant (optional)", key="connect_workspace_tenant", placeholder="for the device code",
                    autocomplete="off",
                )  # fmt: skip
        st.form_submit_button("See what is there", type="primary", icon=":material/search:", on_click=_ask)


@access.refused_in_words
def _ask() -> None:
    """Sign in and ask in the background; the maps kept with the local store label this store, too."""
    workspace_id = str(st.session_state.get("connect_workspace_id", "")).strip()
    way = SignIn(st.session_state.get("connect_workspace_way", _offered_ways()[0]))
    if way is SignIn.DEFAULT:  # the server's own identity, which may see more than this person
        access.editor()
    is_test_server, is_offered = _is_test_server(), way in _offered_ways()
    cloud = CLOUDS[str(st.session_state.get("connect_cloud", current_cloud().name)).lower()]
    tenant = str(st.session_state.get("connect_workspace_tenant", "")).strip() or None
    local = session.local_store()

    def run(work: Work[OpenedWorkspace]) -> OpenedWorkspace:
        if not workspace_id:
            raise InputError("No workspace ID is given.", "Copy it from the workspace's Overview page in the portal.")
        if not is_offered:
            raise InputError("This way to sign in is not offered here.", "Choose another one.")
        credential: TokenCredential | None = None
        if not is_test_server:
            credential = sign_in(way, tenant=tenant, cloud=cloud, show_code=lambda code: setattr(work, "note", code))
        client = WorkspaceClient(workspace_id, credential=credential, cloud=cloud)  # judges the host, before a sign-in
        if credential is not None:
            check_sign_in(credential, cloud.logs_scope, StoreSignIn)
        work.note, work.words = None, "Asking the workspace what it holds…"
        store = LogAnalyticsStore(workspace_id, client=client, subnets=local.subnets, nsg_names=local.nsg_names)
        return OpenedWorkspace(store, store.overview(cancelled=lambda: work.is_cancelled))

    held = state()
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
            drawn = over_time.parts(daily, "table", "rows", window_of(daily), height=200)
            option = over_time.to_look_at(drawn)
            st.echarts_chart(option, key="workspace_daily", height=drawn.height, alt="Rows per day and table")
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
