"""The steps of the Flows page: subnet pairs, address pairs, single rows; opening a row narrows the filter to it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from nsgflow_core import COMMAND
from nsgflow_core.analysis import traffic
from nsgflow_core.ask.answers import label
from nsgflow_core.ask.columns import single_columns
from nsgflow_core.ask.query import RowsQuery
from nsgflow_core.ui.flows import pictures
from nsgflow_core.ui.frame import url
from nsgflow_core.ui.frame.page import View
from nsgflow_core.ui.frame.pointing import narrowing
from nsgflow_core.ui.parts import pick, tables
from nsgflow_core.ui.parts.pictures import over_time

SUBNETS = ("source", "destination")
ADDRESSES = ("src_ip", "dst_ip", "protocol", "port", "decision")
ROWS_ON_A_PAGE = 100
PAIRS_SHOWN = 1_000
ROWS_IN_A_FILE = 500_000
"""Single log entries that the Export menu takes: these hold half a gigabyte while a file is made, and ten million of
them would take all of a server's memory from those beside them."""
_HIDDEN = ("src_to_dst_packets", "dst_to_src_packets", "encryption", "rule_kind", "target")
_WORDS = {"subnets": "Subnets", "pairs": "Address pairs", "rows": "Flow rows"}


def show(view: View) -> None:
    """The step that the URL asks for; what was opened on the way is in the filter, a chip each."""
    LEVELS[url.choice(st.container(), "Step", tuple(_WORDS), "level", words=_WORDS.__getitem__)](view)


def subnet_pairs(view: View) -> None:
    """The traffic between subnets as a picture, and as a table; a row's arrow opens its address pairs."""
    question = traffic.between_subnets(view.flow_filter)
    pairs, files = pictures.show(view, question)
    ordered = pairs.sort_values(["flows", "bytes"], ascending=False, kind="stable").reset_index(drop=True)
    tables.show(
        ordered,
        tables.TableView("Subnet pairs", "subnet-pairs", question, bars=("flows",), offers=files),
        on_pick=lambda place: narrowing.apply(pick.row(view, ordered, place, *SUBNETS) | {"level": "pairs"}),
    )


def address_pairs(view: View) -> None:
    """Who talks to whom on which port; a row's arrow opens its flow rows."""
    _show_when(view)
    busiest = view.named(traffic.address_pairs(view.flow_filter, PAIRS_SHOWN))
    pairs = view.ask(busiest)
    tables.show(
        pairs,
        tables.TableView(
            "Address pairs",
            "address-pairs",
            busiest,
            complete=view.later(view.named(traffic.address_pairs(view.flow_filter))),
            bars=("flows",),
            height=640,
        ),
        on_pick=lambda place: narrowing.apply(pick.row(view, pairs, place, *ADDRESSES) | {"level": "rows"}),
    )


def flow_rows(view: View) -> None:
    """Single log entries, newest first, sorted and paged by the store."""
    _show_when(view)
    show_rows(view, "Flow rows", "flow-rows")


def _show_when(part: View) -> None:
    chart = over_time.TimeChart("Over time", "flows_time", traffic.over_time, "decision", is_small=True)
    over_time.show(part, chart)


def show_rows(part: View, title: str, file_name: str) -> None:
    """One page of the rows of a view, with its order and page in the URL."""
    total = int(part.ask(traffic.entries(part.flow_filter))["tuples"].sum())
    bar = st.container(horizontal=True, vertical_alignment="center", gap="small")
    bar.caption("Sort all rows by", width="content")
    order, descending = _order(bar)
    page = url.page_number(-(-total // ROWS_ON_A_PAGE))
    asked = RowsQuery(part.flow_filter, order, descending, ROWS_ON_A_PAGE, (page - 1) * ROWS_ON_A_PAGE)
    question = part.named(traffic.rows(asked))
    rows = part.ask(question)
    tables.show(
        rows,
        tables.TableView(
            title,
            file_name,
            question,
            complete=part.later(part.named(traffic.rows(replace(asked, limit=ROWS_IN_A_FILE, offset=0)))),
            of=total,
            note=_what_files_hold(total),
            hide=_HIDDEN,
            height=640,
            keeps=("nsg", "rule"),
        ),
    )
    url.page_buttons(-(-total // ROWS_ON_A_PAGE))


def _what_files_hold(total: int) -> str:
    """Said beside the table where its files are not all of it."""
    if total <= ROWS_IN_A_FILE:
        return ""
    return f"files have the first {ROWS_IN_A_FILE:,} in this order; the command {COMMAND} export has all"


def _order(bar: DeltaGenerator) -> tuple[str, bool]:
    options = [name for name in single_columns() if name not in _HIDDEN]
    order = url.pick_one(bar, "Sort by", options, "sort", label)
    turned = url.choice(bar, "Order", ("descending", "ascending"), "order")
    return order, turned == "descending"


LEVELS: dict[str, Callable[[View], None]] = {
    "subnets": subnet_pairs,
    "pairs": address_pairs,
    "rows": flow_rows,
}
