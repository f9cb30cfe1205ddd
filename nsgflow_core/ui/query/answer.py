"""What a KQL query answered: as a table with its CSV, and as a chart where it has something to draw."""

from __future__ import annotations

import streamlit as st

from nsgflow_core.charts import any_answer, rendered
from nsgflow_core.stores.kql_on_local.engine import KqlOnLocal
from nsgflow_core.stores.local.kept import KeptStore
from nsgflow_core.ui.frame import session, url
from nsgflow_core.ui.memory.answers import KeptAnswers
from nsgflow_core.ui.parts import tables
from nsgflow_core.ui.parts.pictures import drawing
from nsgflow_core.ui.query.editor import KqlQuestion

_ENGINES = KeptAnswers(0, seconds=900, most=3)
"""The tables of a window, by the store's identity, which changes with its content; each is a file."""


def show(asked: KqlQuestion) -> None:
    """Run the query on the session's local store and show the answer."""
    store = session.current_store()
    if not isinstance(store, KeptStore):
        return
    engine = session.kept_once(
        _ENGINES, store.identity, asked.since, lambda: KqlOnLocal(store, asked.since), "Adding the flows up per hour…"
    )
    answer = session.waited(lambda: engine.run(asked.text), "Running the query…")
    render = str(answer.attrs.get("render", ""))
    drawn = rendered.of(answer, render) or any_answer.of(answer)
    shape = _shape(is_asked_for=render not in ("", "table")) if drawn else "table"
    if drawn and shape == "chart":
        drawing.plotly(drawn, "kql_chart", "The answer as a chart")
    else:
        tables.show(answer, tables.TableView("Answer", "kql-answer", raw_names=True, height=520))


def _shape(*, is_asked_for: bool) -> str:
    """Chart or table: the chart first where the query asks for one, else the table."""
    if is_asked_for:
        return url.choice(st.container(), "Show as", ("chart", "table"), "kql_as_chart")
    return url.choice(st.container(), "Show as", ("table", "chart"), "kql_as")
