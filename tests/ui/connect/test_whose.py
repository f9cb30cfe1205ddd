"""Whose is what two sessions of one server keep: of everybody who reaches the store, or of the one that made it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from nsgflow_core.inventory import kept
from nsgflow_core.inventory.scope import Scope
from nsgflow_core.rules.review.kept import settings_key
from nsgflow_core.stores.local.store import LocalStore
from nsgflow_core.watch import connections
from nsgflow_core.words.vocabulary import Direction
from tests.ui.frame.test_session import Counting

KINDS = {
    "what the network is": kept.INVENTORY_SETTING,
    "decisions on rules": settings_key(Scope(subnet="web"), Direction.INBOUND),
    "remembered connections": connections.SETTING,
}


def notes() -> None:
    """Keep what this session is given, and show what it finds."""
    import streamlit as st

    from nsgflow_core.ui.frame import known

    settings = known.settings_of(st.session_state["store"])
    key = st.session_state["key"]
    if "given" in st.session_state:
        settings.save_setting(key, st.session_state["given"])
    st.text(str(settings.setting(key)))


def choices_made() -> None:
    """A filter in the link and a choice on Connect, which is all that a view consists of."""
    import streamlit as st

    from nsgflow_core.ui.frame import choices

    choices.keep(("connect_account",))
    st.text_input("Storage account", key="connect_account")
    st.text(f"{st.query_params.to_dict()}")


def session_of(script: Callable[[], None], **state: object) -> AppTest:
    app = AppTest.from_function(script)
    for name, value in state.items():
        app.session_state[name] = value
    return app


def said(app: AppTest) -> str:
    app.run()
    assert not app.exception
    return str(app.text[0].value)


@pytest.mark.parametrize("key", KINDS.values(), ids=KINDS)
def test_notes_on_the_local_store_are_of_all_who_reach_it(key: str, tmp_path: Path) -> None:
    store = LocalStore(tmp_path / "flows.duckdb")
    assert said(session_of(notes, store=store, key=key, given="kept")) == "kept"
    assert said(session_of(notes, store=LocalStore(store.path), key=key)) == "kept"


@pytest.mark.parametrize("key", KINDS.values(), ids=KINDS)
def test_notes_beside_a_workspace_are_of_the_session_that_made_them(key: str) -> None:
    ours, theirs = (session_of(notes, store=Counting("workspace"), key=key) for _ in range(2))
    ours.session_state["given"] = "ours"
    assert said(ours) == "ours"
    assert said(theirs) == "None"


def test_a_view_is_in_its_link_and_nowhere_else() -> None:
    ours, theirs = (session_of(choices_made) for _ in range(2))
    ours.query_params["port"] = "443"
    said(ours)
    ours.text_input[0].set_value("contosologs")
    assert "443" in said(ours)
    assert ours.text_input[0].value == "contosologs"
    assert said(theirs) == "{}"
    assert theirs.text_input[0].value == ""
