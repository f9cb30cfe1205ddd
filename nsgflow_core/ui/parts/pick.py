"""What was picked on a page: a heatmap cell, a pair, a bar. It lives in the URL beside the filter, and narrows it.

A pick is dimension -> value. Its URL parameters have the prefix `at_`, so that they are no filter of their own and
go when another page is opened.
"""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
import streamlit as st

from nsgflow_core.ask.columns import dimension
from nsgflow_core.ask.filters import FlowFilter
from nsgflow_core.ask.operators import parse_value, write_value
from nsgflow_core.errors import BadFilter
from nsgflow_core.ui.frame import params
from nsgflow_core.ui.frame.asking import clock
from nsgflow_core.ui.frame.page import View
from nsgflow_core.ui.frame.plain import plain
from nsgflow_core.words.vocabulary import Decision

PREFIX = "at_"
_ENDS = {"source": "src_ip", "destination": "dst_ip"}


def picked(*dimensions: str) -> dict[str, str]:
    """The values picked for these dimensions; empty unless all of them are, and have a meaning."""
    values = {name: params.get(PREFIX + name) for name in dimensions}
    if not all(values.values()):
        return {}
    try:
        for name, value in values.items():
            parse_value(dimension(name), value)
    except BadFilter as error:
        st.warning(plain(error.hint), title=f"Left out: {plain(error.message)}", icon=":material/filter_alt_off:")
        return {}
    return values


def put(values: Mapping[str, object]) -> None:
    """Pick these values, in place of what was picked."""
    drop()
    params.put({PREFIX + name: str(value) for name, value in values.items()})


def drop(*dimensions: str) -> None:
    """Drop what was picked: these dimensions, or all."""
    picks = [name for name in params.names() if name.startswith(PREFIX)]
    params.drop([name for name in picks if not dimensions or name.removeprefix(PREFIX) in dimensions])


def narrow(flow_filter: FlowFilter, values: Mapping[str, str]) -> FlowFilter:
    """The filter and the pick together. Raises BadFilter for a pick that has no meaning.

    A picked subnet is asked of the address, so that it adds to what the bar asks of source and destination.
    """
    finer = {_ENDS[name] for name in values if name in _ENDS and _ENDS[name] in values}
    for name, value in values.items():
        if _ENDS.get(name) in finer:
            continue
        target = _ENDS.get(name, name) if flow_filter.values_of(name) else name
        flow_filter = flow_filter.where(target, value)
    return flow_filter


def narrowed(view: View, values: Mapping[str, str]) -> View:
    """The view with the pick, which it says in a sentence."""
    if not values:
        return view
    made = view.narrowed(narrow(view.flow_filter, values))
    st.caption(f"Below: {plain(made.flow_filter.describe(clock.zone()))}")
    return made


def texts(frame: pd.DataFrame, position: int, *columns: str) -> dict[str, str]:
    """Those columns of one row as parameters of a link."""
    return {column: str(frame.iloc[position][column]) for column in columns}


def link_to_flows(services: pd.DataFrame, position: int) -> dict[str, str]:
    """The parameters under which the Flows page shows the address pairs behind one required port."""
    asked = texts(services, position, "source", "destination", "protocol", "port") | {"decision": str(Decision.ALLOWED)}
    return {name: write_value("is", text) for name, text in asked.items()} | {"level": "pairs"}
