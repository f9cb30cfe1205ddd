"""How much flows, what is denied, who talks most; each part leads to the page that explains it."""

import streamlit as st

from nsgflow_core.analysis import denied, required_ports, traffic
from nsgflow_core.charts import flows
from nsgflow_core.ui.flows import changed, compare_windows
from nsgflow_core.ui.frame import page, url
from nsgflow_core.ui.parts import kpis, pick, report, tables, tour
from nsgflow_core.ui.parts.pictures import over_time

view = page.view()
tour.show()
kpis.show(view)

over_time.show(
    view,
    over_time.TimeChart(
        "Allowed and denied over time", "over_time", traffic.over_time, "decision", measures=("flows", "bytes")
    ),
)

changed.card(view, compare_windows.newest(view.flow_filter))

sides = st.grid(2, min_column_width=520, gap=("small", "large"))
with sides.cell():
    question = view.named(traffic.top_talkers(view.flow_filter, required_ports.TOP))
    talkers = view.ask(question)
    tables.show(
        talkers,
        tables.TableView(
            "Top talkers",
            "top-talkers",
            question,
            bars=("bytes",),
            letters=tables.OF_HALF_A_PAGE,
            hide=("destinations", "ports"),
        ),
        on_pick=lambda place: url.go("flows", pick.row(view, talkers, place, "src_ip") | {"level": "pairs"}),
    )
with sides.cell():
    question = view.named(required_ports.services(view.flow_filter, "subnet", required_ports.TOP))
    ports = view.ask(question)
    tables.show(
        ports,
        tables.TableView(
            "Top required ports",
            "top-required-ports",
            question,
            bars=("flows",),
            letters=tables.OF_HALF_A_PAGE,
            hide=("directions", "rules", "packets", "bytes", "sources", "destinations", "first_seen", "last_seen"),
            offers=(report.offer(view),),
        ),
        on_pick=lambda place: url.go("required_ports", pick.row(view, ports, place, "source", "destination", "port")),
    )
question = view.named(denied.by_rule_and_port(view.flow_filter, required_ports.TOP))
refused = view.ask(question)
tables.show(
    refused,
    tables.TableView("Top denied", "top-denied", question, bars=("flows",), colour=flows.DENIED_COLOUR),
    on_pick=lambda place: url.go("denied", pick.row(view, refused, place, "nsg", "rule", "port")),
)
