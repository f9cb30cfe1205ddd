"""What the buttons of remembered connections do. A failure is said on the card; nothing is written that is a secret."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import wraps
from typing import ParamSpec

import streamlit as st

from nsgflow_core.credentials import SignIn, current_cloud
from nsgflow_core.errors import InputError, NsgflowError
from nsgflow_core.sources.base import Source
from nsgflow_core.ui.connect.places import account, cluster, folder, lake, workspace
from nsgflow_core.ui.connect.state import OpenedSource, state
from nsgflow_core.ui.frame import params, reached, session
from nsgflow_core.watch.connections import Connection, of_source
from nsgflow_core.watch.keeper import Keeper, keeper_of
from nsgflow_core.watch.opening import check_lent

P = ParamSpec("P")
_ASKED_WAYS = {SignIn.DEFAULT: "entra", SignIn.DEVICE_CODE: "device"}
_FORMS = {"workspace": "connect_workspace", "cluster": "connect_cluster"}
_CLOUDS = {"workspace": "connect_cloud", "cluster": "connect_cluster_cloud"}
"""How the keys of the fields for signing in begin, and that of the cloud's."""
_SPANS = {"-1d": "day", "-7d": "week", "": "all"}


def keeper() -> Keeper:
    """Of the local store, the same for all sessions."""
    return keeper_of(session.local_store().path, reached.lends_unattended)


def source_here(connection: Connection) -> Source | None:
    """What this session has open of the same place, with its credential."""
    opened = state().opened
    if opened is None or opened.source.place.text != connection.place:
        return None
    return opened.source


def _said(callback: Callable[P, None]) -> Callable[P, None]:
    """A callback whose failure is kept for the card."""

    @wraps(callback)
    def done(*args: P.args, **kwargs: P.kwargs) -> None:
        held = state()
        held.failed = None
        try:
            callback(*args, **kwargs)
        except NsgflowError as error:
            held.failed = error

    return done


@_said
def remember(opened: OpenedSource, since: str, until: str, named: str, rhythm: str) -> None:
    """Keep what is open under the name and rhythm in these fields; lend its credential where it has a rhythm."""
    name, every = str(st.session_state[named]), int(st.session_state[rhythm])
    made = of_source(opened.source, name, account.way_of(opened.signed_in), since, until, every)
    keeper().remember(made, session.local_store(), opened.source)


@_said
def remember_asked(opened: Connection, named: str) -> None:
    """Keep what is asked where it lies, under the name in this field, with what its form says of signing in."""
    made = replace(opened, name=str(st.session_state[named]).strip())
    if opened.asked in _FORMS:
        start = _FORMS[opened.asked]
        made = replace(
            made,
            sign_in=_ASKED_WAYS[SignIn(st.session_state.get(f"{start}_way") or SignIn.DEFAULT)],
            cloud=str(st.session_state.get(_CLOUDS[opened.asked]) or current_cloud().name),
            tenant=str(st.session_state.get(f"{start}_tenant") or ""),
        )
    keeper().remember(made, session.local_store())


@_said
def import_now(connection: Connection) -> None:
    """Start a round of it, with what is open here, what was lent, or the server's own identity."""
    store, here = session.store_to_change(), source_here(connection)
    keeper().start(connection, here, store=store, lends=reached.lends())
    session.forget_choice()


@_said
def set_every(connection: Connection, every: int) -> None:
    """Another rhythm; what is open here of the same place is lent to it."""
    if connection not in keeper().connections:
        raise InputError(f"{connection.name} was changed or removed meanwhile.", "Look at it again.")
    if every:
        check_lent(connection, reached.lends())
    keeper().remember(replace(connection, every=every), session.local_store(), source_here(connection))


@_said
def forget(connection: Connection) -> None:
    """Remove it."""
    keeper().forget(connection.name, session.local_store())


@_said
def open_again(connection: Connection) -> None:
    """Fill the fields, and open at once where no secret has to be typed."""
    if connection.asked:
        params.put({"from": connection.asked})
        if connection.asked == "lake":
            return lake.open_again(connection.place)
        way = next(key for key, name in _ASKED_WAYS.items() if name == connection.sign_in)
        if connection.asked == "cluster":
            return cluster.open_again(connection.place, connection.database, way, connection.cloud, connection.tenant)
        return workspace.open_again(connection.place, way, connection.cloud, connection.tenant)
    if connection.since in _SPANS and not connection.until:
        st.session_state["connect_window"] = _SPANS[connection.since]
    if connection.sign_in:
        params.put({"from": "account"})
        return account.open_again(connection.sign_in, connection.place, connection.containers)
    params.put({"from": "folder"})
    return folder.open_again(connection.place)
