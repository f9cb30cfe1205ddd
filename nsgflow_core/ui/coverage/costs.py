"""What flow logs cost a month, and the table of prices behind it, which a session may replace."""

from __future__ import annotations

import streamlit as st

from nsgflow_core.coverage.cost.monthly import cost_totals
from nsgflow_core.coverage.cost.prices import read_prices
from nsgflow_core.errors import NsgflowError
from nsgflow_core.exports import to_csv
from nsgflow_core.ui.coverage import made
from nsgflow_core.ui.coverage.made import CoverageDesk
from nsgflow_core.ui.frame.plain import plain
from nsgflow_core.ui.parts import tables

_ROUND, _REFUSED = "_coverage_prices_round", "_coverage_prices_refused"


def show(desk: CoverageDesk) -> None:
    """The table, and the prices."""
    if len(desk.costs):
        now, more = cost_totals(desk.costs)
        said = f"{now:,.2f} {desk.prices.currency} a month now, {more:+,.2f} with the lines above."
        tables.show(
            desk.costs, tables.TableView("Costs", "flow-log-costs", hide=("subscription",), note=said, decimals=3)
        )
    st.caption(plain(desk.prices.sentence))
    with st.expander("Prices"):
        tables.show(desk.prices.frame(), tables.TableView("Prices", "flow-log-prices"))
        _upload()


def _upload() -> None:
    """A user's own table, kept in this session."""
    row = st.container(horizontal=True, vertical_alignment="center", gap="small")
    row.download_button(
        "Download to fill in", data=lambda: to_csv(made.prices().frame()), file_name="prices.csv", mime="text/csv",
        icon=":material/download:", type="tertiary", key="prices_template", on_click="ignore",
    )  # fmt: skip
    row.button("Use ours again", on_click=_ours, icon=":material/undo:", type="tertiary", key="prices_ours")
    key = f"prices_upload_{st.session_state.get(_ROUND, 0)}"
    st.file_uploader("Your prices: a CSV with key and price", "csv", key=key, on_change=_take, args=(key,))
    refused = st.session_state.pop(_REFUSED, "")
    if refused:
        st.warning(plain(refused), icon=":material/info:")


def _take(key: str) -> None:
    file = st.session_state.get(key)
    if file is None:
        return
    st.session_state[_ROUND] = st.session_state.get(_ROUND, 0) + 1
    try:
        made.keep_prices(read_prices(file.getvalue(), file.name))
    except NsgflowError as error:
        st.session_state[_REFUSED] = str(error)


def _ours() -> None:
    made.keep_prices(None)
