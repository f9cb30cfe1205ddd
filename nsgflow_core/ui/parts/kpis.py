"""The row of totals, each with a link to the page that explains it."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from nsgflow_core.charts.flows import bytes_in_words
from nsgflow_core.ui.frame import url
from nsgflow_core.ui.frame.plain import plain
from nsgflow_core.words.vocabulary import Decision


def show(totals: pd.DataFrame, decisions: pd.DataFrame) -> None:
    """Flows, bytes, allowed, denied, sources and destinations, from `traffic.totals` and `traffic.by_decision`."""
    one = totals.iloc[0]
    flows = decisions.set_index("decision")["flows"]
    allowed, denied = (int(flows.get(decision, 0)) for decision in (Decision.ALLOWED, Decision.DENIED))
    cards: tuple[tuple[str, str, str, str, dict[str, str]], ...] = (
        ("Flows", f"{int(one['flows']):,}", "flows", "By subnet", {}),
        ("Bytes, both ways", bytes_in_words(one["bytes"]), "flows", "By subnet", {"show": "bytes"}),
        ("Allowed flows", f"{allowed:,}", "required_ports", "Required ports", {}),
        ("Denied flows", f"{denied:,}", "denied", "By rule", {}),
        ("Sources", f"{int(one['sources']):,}", "flows", "Address pairs", {"level": "pairs"}),
        ("Destinations", f"{int(one['destinations']):,}", "flows", "Address pairs", {"level": "pairs"}),
    )
    with st.grid(6, min_column_width=190, gap="small"):
        for words, value, page, link, extra in cards:
            with st.container(border=True, gap="xxsmall"):
                st.metric(plain(words), plain(value))
                url.link(st.container(), page, link, extra)
