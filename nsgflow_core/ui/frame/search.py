"""The search box of every page: an address, a prefix, a name or a part of one leads to its page.

Streamlit's own way to another page with parameters is two steps of the history (1.67, tried), so the box goes there
as a link would: the browser's address changes once, and Streamlit follows it as it follows Back and Forward.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import zip_longest
from pathlib import Path

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from nsgflow_core.analysis.address import elsewhere
from nsgflow_core.ask.columns import DIMENSIONS
from nsgflow_core.ask.operators import write_value
from nsgflow_core.ui.frame import session
from nsgflow_core.ui.frame.asking import clock

_HERE = Path(__file__)
KEPT = ("window", "since", "until", "log_kind", clock.KEY)
"""What a search takes along of the link: the window, its clock and the kind of log. What else narrowed a view would
hide what is searched for."""
_search = st.components.v2.component(
    "nsgflow.search",
    html=_HERE.with_name("search.html").read_text(encoding="utf-8"),
    css=_HERE.with_name("search.css").read_text(encoding="utf-8"),
    js=_HERE.with_name("search.js").read_text(encoding="utf-8"),
)


_KNOWN = {
    "name": ("source_name", "destination_name"),
    "subnet": ("source", "destination"),
    "address": ("src_ip", "dst_ip"),
} | {DIMENSIONS[name].spoken: (name,) for name in elsewhere.OTHERS}
"""What can be searched for, in words, and the dimensions that tell it."""
_MOST_OFFERED = 120
"""Of each, the busiest: they are sent with the page."""


def show(place: DeltaGenerator) -> None:
    """Draw it. It completes what the store has at hand or quickly tells; a workspace is not asked for it."""
    with place:
        base = str(st.get_option("server.baseUrlPath") or "").strip("/")
        known = [{"kind": kind, "values": _values(of), "leads": _leads(of)} for kind, of in _KNOWN.items()]
        _search(key="search", data={"base": f"/{base}/" if base else "/", "kept": KEPT, "known": known})


def _leads(of: tuple[str, ...]) -> dict[str, object]:
    """Where one of these leads: a page, the parameter that takes what was chosen, and what else its link asks for."""
    if of[0] in elsewhere.OTHERS:
        return {"page": "flows", "key": of[0], "more": elsewhere.WHO_MET}
    return {"page": "address", "key": "ip", "more": {}}


def _values(dimensions: Iterable[str]) -> list[str]:
    told = [session.values_at_hand(name)[:_MOST_OFFERED] for name in dimensions]
    found = dict.fromkeys(value for each in zip_longest(*told) for value in each if value)
    return [value for value in found if write_value("is", value) == value][:_MOST_OFFERED]
