"""Answers are kept by query and by the state of the store, and never reach a session that may not see them."""

from __future__ import annotations

import pandas as pd
from streamlit.testing.v1 import AppTest

from nsgflow_core.ask.query import FlowQuery


class Counting:
    """A store that counts what it is asked, and answers with an hour that says how often."""

    name, unsupported = "counting", frozenset[str]()

    def __init__(self, identity: str) -> None:
        self.identity = identity
        self.asked: list[FlowQuery] = []

    def fetch(self, query: FlowQuery) -> pd.DataFrame:
        self.asked.append(query)
        hour = pd.Series(pd.to_datetime(["2026-11-20T10:00Z"]))
        return pd.DataFrame({"hour": hour, "log_kind": "VNet", "tuples": len(self.asked)})


def page() -> None:
    import streamlit as st

    from nsgflow_core.analysis import coverage
    from nsgflow_core.ui.frame import session

    session.use_store(st.session_state["store"], is_personal=st.session_state["is_personal"])
    asked = [session.ask(question) for question in (coverage.hourly(), coverage.gaps(), coverage.all_logs())]
    st.text(str(asked[2]["tuples"].sum()))


def shown(store: Counting, *, is_personal: bool = False) -> str:
    app = AppTest.from_function(page)
    app.session_state["store"], app.session_state["is_personal"] = store, is_personal
    app.run()
    assert not app.exception
    return str(app.text[0].value)


def test_questions_of_one_query_ask_once_and_in_every_session() -> None:
    store = Counting("kept by query")
    assert [shown(store), shown(store)] == ["1", "1"]
    assert len(store.asked) == 1


def test_a_changed_store_is_asked_again() -> None:
    store = Counting("before")
    assert shown(store) == "1"
    store.identity = "after"
    assert shown(store) == "2"


def test_an_answer_read_with_a_users_own_credential_is_not_in_the_cache_of_all() -> None:
    """AppTest has one session for all its runs, so the shared cache is looked at from there."""
    store = Counting("personal")
    assert shown(store, is_personal=True) == "1"
    assert shown(store) == "2"
    assert shown(store, is_personal=True) == "1"
