"""A row of a table or a chart that was opened: the filter narrowed to it, as everything that is pointed at narrows."""

from __future__ import annotations

import pandas as pd

from nsgflow_core.analysis import traffic
from nsgflow_core.ui.frame.page import View
from nsgflow_core.ui.frame.pointing import narrowing
from nsgflow_core.ui.frame.pointing.narrowing import Change
from nsgflow_core.words.vocabulary import Decision


def texts(frame: pd.DataFrame, position: int, *columns: str) -> dict[str, str]:
    """Those columns of one row, as text."""
    return {column: str(frame.iloc[position][column]) for column in columns}


def row(view: View, frame: pd.DataFrame, position: int, *columns: str) -> Change:
    """What narrows the bar to those columns of one row of an answer to this view."""
    values = texts(frame, position, *columns)
    asked = view.asked
    if asked.either_way:
        kept = asked.of_row(values, replaces=False)
        is_turned = not int(view.ask(traffic.entries(kept))["tuples"].sum())
        asked = asked.swapped() if is_turned else asked
    return narrowing.between(view.asked, asked.of_row(values))


def pairs_of_service(view: View, services: pd.DataFrame, position: int) -> Change:
    """The same of one required port, for the Flows page: the address pairs behind it."""
    asked = row(view, services, position, "source", "destination", "protocol", "port")
    return asked | {"decision": str(Decision.ALLOWED), "level": "pairs"}
