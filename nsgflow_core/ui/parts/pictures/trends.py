"""The small trends of a table's rows: asked once for all of them, and shown on screen alone."""

from __future__ import annotations

import pandas as pd
from streamlit.delta_generator import DeltaGenerator

from nsgflow_core.analysis import trends
from nsgflow_core.analysis.question import Question
from nsgflow_core.ask.query import FlowQuery
from nsgflow_core.ui.frame import session, url
from nsgflow_core.ui.frame.page import View
from nsgflow_core.ui.parts.pictures.over_time import DEAR

Trends = list[list[float]]


def of(view: View, question: Question, rows: pd.DataFrame) -> Trends:
    """The trend of each row, the answer to this question; none for none."""
    if rows.empty or not isinstance(question.query, FlowQuery):
        return []
    interval = trends.interval_of(view.window, view.store.unsupported)
    return trends.points(rows, view.ask(trends.by_interval(question.query, interval)), view.window)


def if_cheap(view: View, question: Question, rows: pd.DataFrame) -> Trends:
    """The same where they may be shown unasked; none in a large store."""
    return of(view, question, rows) if _are_cheap() else []


def _are_cheap() -> bool:
    """They take one to three seconds at 50 M log entries."""
    return session.extent().tuples <= DEAR


def wanted(place: DeltaGenerator) -> bool:
    """A switch for them, off in a large store."""
    note = "How each row went over the window."
    return url.switch(place, "Trends", "trends", note, default="yes" if _are_cheap() else "no")
