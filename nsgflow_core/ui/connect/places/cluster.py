"""A database of Azure Data Explorer or a Fabric Eventhouse: sign in, see what it holds, and let the pages ask it."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import streamlit as st

from nsgflow_core import COMMAND
from nsgflow_core.credentials import CLUSTERS, SignIn, check_sign_in, current_cloud
from nsgflow_core.errors import StoreMissing, StoreSignIn
from nsgflow_core.stores.data_explorer.client import ClusterClient
from nsgflow_core.stores.data_explorer.store import NO_TABLES_IN_CLUSTER, DataExplorerStore
from nsgflow_core.stores.kusto.setup.script import setup_script
from nsgflow_core.ui.connect import cards, status
from nsgflow_core.ui.connect import work as connect_work
from nsgflow_core.ui.connect.places import folder, step
from nsgflow_core.ui.connect.places.signing_in import Choices
from nsgflow_core.ui.connect.state import OpenedCluster, state
from nsgflow_core.ui.connect.work import Work
from nsgflow_core.ui.frame import known, reached, session
from nsgflow_core.ui.frame.plain import plain
from nsgflow_core.ui.frame.sign_in import access
from nsgflow_core.ui.parts import tables

_SIGN_IN = Choices(cloud="connect_cluster_cloud", way="connect_cluster_way", tenant="connect_cluster_tenant")


def show(words: str) -> None:
    """The form, and what the database holds once it answered."""
    note = "Needs the role viewer on the database. Only answers travel, no rows are kept."
    with cards.card(words, note, number=1, key="cluster"):
        _form()
        _offer_script()
        asking = state().asking_cluster
        if asking and asking.is_done and asking.error:
            cards.show_error(asking.error)
        elif asking and not asking.is_done:
            connect_work.follow(asking, cards.show_waiting)
            st.button("Stop", on_click=_drop, icon=":material/close:", key="stop_asking_cluster")
    opened = state().cluster
    if opened is not None:
        with cards.card("What it holds", opened.store.name, number=2, key="cluster_holds"):
            _show_held(opened)


def use_maps() -> None:
    """Let the database of this session label with the maps that are kept now."""
    held = state()
    if held.cluster is None:
        return
    was_shown = session.current_store() is held.cluster.store
    maps = known.imported(known.settings_of(held.cluster.store))
    client = held.cluster.store.client
    store = DataExplorerStore(
        client.cluster, client.database, client=client, subnets=maps.subnet_map, nsg_names=maps.nsg_names
    )
    held.cluster = replace(held.cluster, store=store)
    if was_shown:
        _use(store)


def _drop() -> None:
    held = state()
    connect_work.leave(held.asking_cluster)
    held.asking_cluster = None


def _form() -> None:
    folder.show_whose_sign_in()
    with st.form("connect_cluster_form", border=False):
        with st.grid(3, min_column_width=240):
            st.text_input(
                "Cluster", key="connect_cluster", placeholder=CLUSTERS.example,
                autocomplete="off", help="Its URI; of a Fabric Eventhouse the Query URI.",
            )  # fmt: skip
            st.text_input("Database", key="connect_database", autocomplete="off")
            _SIGN_IN.show()
        st.form_submit_button("See what is there", type="primary", icon=":material/search:", on_click=_ask)


def _offer_script() -> None:
    """For a database that has no flows yet."""
    row = st.container(horizontal=True, vertical_alignment="center", gap="small")
    row.caption("A database can read flow logs by itself, once its admin has run this script there:", width="content")
    row.download_button(
        "Script", setup_script, file_name="setup.kql", mime="text/plain", on_click="ignore", type="tertiary",
        icon=":material/download:", key="download_setup",
        help="Tables, mapping, functions that parse each version, update policy, views; as "
        f"{plain(COMMAND)} kusto setup.",
    )  # fmt: skip


def open_again(cluster: str, database: str, way: str, cloud: str, tenant: str) -> None:
    """Fill the form with what is remembered, and ask; a device code is then shown. A callback."""
    st.session_state.update({"connect_cluster": cluster, "connect_database": database})
    st.session_state.update({_SIGN_IN.cloud: cloud or current_cloud().name, _SIGN_IN.way: SignIn(way)})
    st.session_state[_SIGN_IN.tenant] = tenant
    _ask()


def _typed(key: str) -> str:
    return str(st.session_state.get(key) or "").strip()


@access.refused_in_words
def _ask() -> None:
    """Sign in and ask in the background; the maps kept with the local store label this store, too."""
    cluster, database = _typed("connect_cluster"), _typed("connect_database")
    chosen, reach = _SIGN_IN.chosen(), reached.reach()
    local = session.local_store()

    def run(work: Work[OpenedCluster]) -> OpenedCluster:
        chosen.check_offered()
        credential = chosen.sign_in(work)
        client = ClusterClient(cluster, database, credential=credential, reach=reach, cloud=chosen.cloud)
        if client.is_signed_in:  # the host was judged before
            check_sign_in(credential, chosen.cloud.kusto_scope, StoreSignIn, chosen.cloud)
        work.note, work.words = None, "Asking the database what it holds…"
        store = DataExplorerStore(cluster, database, client=client, **step.names_of(local))
        held = store.asked_tables(cancelled=lambda: work.is_cancelled)
        if not held:
            raise StoreMissing(*NO_TABLES_IN_CLUSTER)
        return OpenedCluster(store, held, store.extent(), store.unread(cancelled=lambda: work.is_cancelled))

    opened = state()
    _drop()
    opened.cluster = None
    opened.asking_cluster = Work("Signing in…", run)


def _use(store: DataExplorerStore) -> None:
    session.use_store(store, is_personal=True)


def _show_held(opened: OpenedCluster) -> None:
    extent = opened.extent
    rows = pd.DataFrame(
        {"asked": [", ".join(opened.tables)], "tuples": [extent.tuples], "first": [extent.first], "last": [extent.last]}
    )
    for end in ("first", "last"):
        rows[end] = pd.to_datetime(rows[end], utc=True)
    tables.show(rows, tables.TableView("Tables", "cluster-tables"))
    if opened.unread:
        said = ", ".join(f"{many:,} × {reason}" for reason, many in opened.unread.items())
        st.caption(f"Not read by the database: {plain(said)}. `FlowLogProblems()` there names a blob of each.")
    is_used = session.current_store() is opened.store
    st.button(
        "The pages ask this database" if is_used else "Use this database",
        on_click=_use,
        args=(opened.store,),
        type="secondary" if is_used else "primary",
        disabled=is_used or not extent.tuples,
        icon=":material/cloud_done:",
        key="use_cluster",
    )
    if is_used:
        status.next_links()
