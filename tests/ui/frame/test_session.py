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


def opened(store: Counting, *, is_personal: bool = False) -> AppTest:
    """A session of its own."""
    app = AppTest.from_function(page)
    app.session_state["store"], app.session_state["is_personal"] = store, is_personal
    return app


def shown(app: AppTest) -> str:
    app.run()
    assert not app.exception
    return str(app.text[0].value)


def test_questions_of_one_query_ask_once_and_in_every_session() -> None:
    store = Counting("kept by query")
    assert [shown(opened(store)), shown(opened(store))] == ["1", "1"]
    assert len(store.asked) == 1


def test_a_changed_store_is_asked_again() -> None:
    store = Counting("before")
    assert shown(opened(store)) == "1"
    store.identity = "after"
    assert shown(opened(store)) == "2"


def test_an_answer_read_with_a_users_own_credential_stays_in_the_session_that_asked() -> None:
    store = Counting("personal")
    mine = opened(store, is_personal=True)
    assert shown(mine) == "1"
    assert shown(opened(store)) == "2", "not what all may read"
    assert shown(opened(store, is_personal=True)) == "3", "not another session's"
    assert shown(mine) == "1"
