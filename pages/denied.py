"""What was denied: by rule and port, over time, by source; a bar leads to the flows behind it."""

import streamlit as st

from nsgflow_core.analysis import denied
from nsgflow_core.charts import flows
from nsgflow_core.ui.flows import denied_steps
from nsgflow_core.ui.frame import page, params
from nsgflow_core.ui.parts import tables

view = page.view()
chosen = denied_steps.picked()
if chosen:
    denied_steps.show_flows(view, chosen)
    params.stop()

sides = st.grid(2, min_column_width=520, gap=("small", "large"))
with sides.cell():
    denied_steps.show_bars(view)
with sides.cell():
    question = denied.over_time(view.flow_filter, view.interval)
    tables.chart_heading("Over time, by rule", question, "denied_time")
    st.plotly_chart(
        flows.parts_over_time(view.ask(question), "rule", height=denied_steps.CHART_HEIGHT),
        key="denied_time",
        config=flows.CONFIG,
        alt="Denied flows over time by rule",
    )

denied_steps.show_rules(view)
denied_steps.show_sources(view)
