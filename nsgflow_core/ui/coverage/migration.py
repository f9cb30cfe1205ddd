"""The NSG flow logs: what follows each before Azure ends them, and the flows that one of two logs alone has."""

from __future__ import annotations

import streamlit as st

from nsgflow_core.coverage.kinds import RETIREMENT
from nsgflow_core.coverage.truth import Truth
from nsgflow_core.ui.frame.plain import plain
from nsgflow_core.ui.parts import tables


def show(truth: Truth) -> None:
    """The list; a sentence where no NSG flow log is on."""
    if not truth.steps:
        st.caption(plain(f"No NSG flow log is on, so none ends on {RETIREMENT}."))
        return
    st.caption(
        plain(
            f"Azure ends NSG flow logs on {RETIREMENT}, and none can be made since 30 June 2025. Flows are counted "
            "where both logs hold the same NIC: of both, of the NSG flow log alone, of the VNet flow log alone."
        )
    )
    tables.show(truth.migration(), tables.TableView("NSG flow logs", "nsg-flow-logs"))
    only = truth.parity.only
    if len(only):
        view = tables.TableView("Flows that one of the two alone has", "flows-of-one-log", hide=("nsg_log",))
        tables.show(only, view)
