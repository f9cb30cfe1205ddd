"""The menu as a table: one row per page."""

from __future__ import annotations

import pkgutil
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from importlib import import_module

import streamlit as st
from streamlit.navigation.page import Page

from nsgflow_core import ui
from nsgflow_core.analysis import denied, required_ports
from nsgflow_core.analysis.address.subject import free_of_ends
from nsgflow_core.ask.columns import DIMENSIONS
from nsgflow_core.ask.filters import FlowFilter
from nsgflow_core.ui.frame.plain import plain


def everything(flow_filter: FlowFilter) -> FlowFilter:
    """A page that adds no condition of its own."""
    return flow_filter


@dataclass(frozen=True, slots=True)
class PageRow:
    """One page: its file in pages/, its words in the menu, and what of the traffic it is about.

    `filtered` pages get the filter bar; `about` is the condition that the page itself adds to the filter, and
    `settled` the dimensions that it thereby decides, which the bar leaves out. One that `says_itself` what it shows
    draws its own sentence, and what to do where there is nothing (without a bar: which store the pages show). One that
    `compares` has something to say where only another window than the chosen has flows: what is gone.
    """

    name: str
    title: str
    icon: str
    help: str
    filtered: bool = True
    about: Callable[[FlowFilter], FlowFilter] = everything
    settled: frozenset[str] = frozenset()
    says_itself: bool = False
    compares: bool = False


PAGES: tuple[PageRow, ...] = (
    PageRow("overview", "Overview", "monitoring", "How much flows, what is denied, who talks most."),
    PageRow("flows", "Flows", "grid_on", "From subnet pairs to address pairs to single flow rows."),
    PageRow(
        "changes",
        "Changes",
        "difference",
        "What is new, gone, louder or quieter, and what fell silent, against an earlier window.",
        settled=frozenset({"decision"}),
        compares=True,
    ),
    PageRow(
        "denied",
        "Denied",
        "block",
        "What was denied: by rule and port, over time, and from where.",
        about=denied.denied,
        settled=frozenset({"decision"}),
    ),
    PageRow(
        "required_ports",
        "Required ports",
        "checklist",
        "The ports that each subnet or address needs, as a table and CSV.",
        about=required_ports.required,
        settled=frozenset({"decision"}),
    ),
    PageRow(
        "address",
        "Address",
        "lan",
        "One address, subnet or name: what it talks to, who talks to it, what is denied and by which rule.",
        about=free_of_ends,
        settled=frozenset({*(key for key, column in DIMENSIONS.items() if column.end), "decision"}),
        says_itself=True,
    ),
    PageRow(
        "rules",
        "Rules",
        "rule",
        "Draft least-privilege rules, replay traffic on them, export.",
        settled=frozenset({"decision", "direction", "nsg"}),
    ),
    PageRow("coverage", "Coverage", "visibility", "What is not logged, and what would switch it on.", filtered=False),
    PageRow("query", "Query", "terminal", "KQL on the flows of this store.", filtered=False),
    PageRow(
        "connect", "Connect", "database", "Import flow logs, or connect a workspace.", filtered=False, says_itself=True
    ),
)


def row_named(name: str) -> PageRow | None:
    """The row of that page; None for a name that no page has."""
    return next((row for row in PAGES if row.name == name), None)


def page_file(name: str) -> str:
    """The path of a page's file as Streamlit knows it, relative to app.py."""
    return f"pages/{name}.py"


def menu(*, is_hidden: bool = False) -> tuple[PageRow, Page]:
    """Show the menu, unless nobody signed in yet; the row and page that the URL asks for.

    The first page is the server's root. Its own name works as well, as for every page: that address leads to the root.
    """
    pages = [
        st.Page(
            page_file(row.name),
            title=plain(row.title),
            icon=f":material/{row.icon}:",
            help=plain(row.help),
            default=place == 0,
            url_path=row.name if place else "root",
        )
        for place, row in enumerate(PAGES)
    ]

    def to_first() -> None:
        st.switch_page(pages[0], query_params=[(key, st.query_params.get_all(key)) for key in st.query_params])

    alias = st.Page(to_first, title=plain(PAGES[0].title), url_path=PAGES[0].name, visibility="hidden")
    chosen = st.navigation([*pages, alias], position="hidden" if is_hidden else "top")
    if chosen == alias:
        chosen.run()
    return next(row for row, page in zip(PAGES, pages, strict=True) if page == chosen), chosen


def import_all() -> None:
    """Import what all pages are made of. What cannot be imported is told by the page that needs it."""
    for room in pkgutil.walk_packages(ui.__path__, f"{ui.__name__}."):
        with suppress(ImportError):
            import_module(room.name)
