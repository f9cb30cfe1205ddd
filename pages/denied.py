"""What was denied: by rule and port, over time, by source; a bar leads to the flows behind it."""

import streamlit as st

from nsgflow_core import charts
from nsgflow_core.analysis import denied
from nsgflow_core.ui import denied_steps, page, tables

view = page.view()
chosen = denied_steps.picked()
if chosen:
    denied_steps.show_flows(view, chosen)
    st.stop()

left, right = st.columns([3, 2], gap="large")
with left:
    denied_steps.show_bars(view)
with right:
    tables.chart_heading("Over time, by rule", denied.over_time_question(view.flow_filter, view.interval), "denied_time")
    st.plotly_chart(
        charts.parts_over_time(view.ask(denied.over_time, view.interval), "rule"),
        key="denied_time",
        config=charts.CONFIG,
        alt="Denied flows over time by rule",
    )

denied_steps.show_rules(view)
denied_steps.show_sources(view)
