"""How much flows, what is denied, who talks most; each part leads to the page that explains it."""

import streamlit as st

from nsgflow_core.analysis import denied, required_ports, traffic
from nsgflow_core.charts import flows
from nsgflow_core.ui.frame import page, url
from nsgflow_core.ui.parts import kpis, pick, tables

TOP = 8

view = page.view()
totals, decisions = view.ask(traffic.totals), view.ask(traffic.by_decision)
kpis.show(totals, decisions)

question = traffic.over_time_question(view.flow_filter, view.interval)
row = tables.chart_heading("Allowed and denied over time", question, "over_time")
measure = url.choice(row, "Measure", ("flows", "bytes"), "measure")
chart = flows.decisions_over_time(view.ask(traffic.over_time, view.interval), measure)
st.plotly_chart(chart, key="over_time", alt=f"Allowed and denied {measure} over time", config=flows.CONFIG)

sides = st.grid(2, min_column_width=520, gap=("small", "large"))
with sides.cell():
    talkers = view.ask(traffic.top_talkers, TOP)
    tables.show(
        talkers,
        tables.Table(
            "Top talkers", "top-talkers", traffic.top_talkers_question(view.flow_filter, TOP), bars=("bytes",)
        ),
        on_pick=lambda place: url.go("flows", {"source": talkers["src_ip"].iloc[place], "level": "pairs"}),
    )
with sides.cell():
    ports = view.ask(required_ports.table, "subnet", TOP)
    tables.show(
        ports,
        tables.Table(
            "Top required ports",
            "top-required-ports",
            required_ports.question(view.flow_filter, "subnet", TOP),
            bars=("flows",),
            hide=("directions", "rules", "packets", "sources", "destinations", "first_seen", "last_seen"),
        ),
        on_pick=lambda place: url.go("required_ports", pick.texts(ports, place, "source", "destination", "port")),
    )
refused = view.ask(denied.by_rule_and_port, TOP)
tables.show(
    refused,
    tables.Table(
        "Top denied",
        "top-denied",
        denied.by_rule_and_port_question(view.flow_filter, TOP),
        bars=("flows",),
        colour=flows.DENIED_COLOUR,
    ),
    on_pick=lambda place: url.go("denied", pick.texts(refused, place, "nsg", "rule", "port")),
)
