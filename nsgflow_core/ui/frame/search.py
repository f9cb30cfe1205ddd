"""The search box of every page: an address, a prefix, a name or a part of one leads to its page.

Streamlit's own way to another page with parameters is two steps of the history (1.67, tried), so the box goes there
as a link would: the browser's address changes once, and Streamlit follows it as it follows Back and Forward.
"""

from __future__ import annotations

from pathlib import Path

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

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


def show(place: DeltaGenerator) -> None:
    """Draw it."""
    with place.container(width=250, key="search_box"):
        base = str(st.get_option("server.baseUrlPath") or "").strip("/")
        _search(key="search", data={"page": f"/{base}/address" if base else "/address", "kept": KEPT})
