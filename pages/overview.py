"""How much flows, what is denied, who talks most; each part leads to the page that explains it."""

import streamlit as st

from nsgflow_core.analysis import denied, required_ports, traffic
from nsgflow_core.charts import flows
from nsgflow_core.ui.frame import page, url
from nsgflow_core.ui.parts import export, kpis, pick, report, tables

TOP = 8

view = page.view()
kpis.show(view.ask(traffic.totals(view.flow_filter)), view.ask(traffic.by_decision(view.flow_filter)))

question = traffic.over_time(view.flow_filter, view.interval)
row = tables.chart_heading("Allowed and denied over time", question, "over_time")
export.button(row, report.offer(view))
measure = url.choice(row, "Measure", ("flows", "bytes"), "measure")
chart = flows.decisions_over_time(view.ask(question), measure)
st.plotly_chart(chart, key="over_time", alt=f"Allowed and denied {measure} over time", config=flows.CONFIG)

sides = st.grid(2, min_column_width=520, gap=("small", "large"))
with sides.cell():
    question = view.named(traffic.top_talkers(view.flow_filter, TOP))
    talkers = view.ask(question)
    tables.show(
        talkers,
        tables.TableView("Top talkers", "top-talkers", question, bars=("bytes",)),
        on_pick=lambda place: url.go("flows", {"source": talkers["src_ip"].iloc[place], "level": "pairs"}),
    )
with sides.cell():
    question = view.named(required_ports.services(view.flow_filter, "subnet", TOP))
    ports = view.ask(question)
    tables.show(
        ports,
        tables.TableView(
            "Top required ports",
            "top-required-ports",
            question,
            bars=("flows",),
            hide=("directions", "rules", "packets", "sources", "destinations", "first_seen", "last_seen"),
        ),
        on_pick=lambda place: url.go("required_ports", pick.texts(ports, place, "source", "destination", "port")),
    )
question = view.named(denied.by_rule_and_port(view.flow_filter, TOP))
refused = view.ask(question)
tables.show(
    refused,
    tables.TableView(
        "Top denied",
        "top-denied",
        question,
        bars=("flows",),
        colour=flows.DENIED_COLOUR,
    ),
    on_pick=lambda place: url.go("denied", pick.texts(refused, place, "nsg", "rule", "port")),
)
