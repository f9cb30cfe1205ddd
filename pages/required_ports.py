"""The ports that each subnet or address needs, busiest first; a row leads to its flows, files take all away."""

from typing import Literal

import streamlit as st

from nsgflow_core.analysis import required_ports
from nsgflow_core.charts.flows import bytes_in_words
from nsgflow_core.ui.frame import page, url
from nsgflow_core.ui.parts import pick, report, tables
from nsgflow_core.ui.parts.pictures import trends
from nsgflow_core.words.numbers import counted

BY: tuple[Literal["subnet", "address"], ...] = ("subnet", "address")
IN_FILES = ("directions", "packets", "sources", "destinations")

view = page.view()
row = st.container(horizontal=True, vertical_alignment="center", gap="medium")
by = url.choice(row, "Grouped by", BY, "by", words="By {}".format)
with_trends = trends.wanted(row)
url.link(row, "changes", "What changed", {"of": "services", "by": by if by != BY[0] else ""})
question = view.named(required_ports.services(view.flow_filter, by, tables.MOST_SHOWN))
together = required_ports.volume(view.flow_filter)
with view.asking(question, together):
    ports, volume = view.ask(question), view.ask(together).iloc[0]
tables.show(
    ports,
    tables.TableView(
        "Required ports",
        "required-ports",
        question,
        complete=view.later(view.named(required_ports.services(view.flow_filter, by))),
        bars=("flows",),
        trends=trends.of(view, required_ports.services(view.flow_filter, by), ports) if with_trends else (),
        hide=IN_FILES if by == "subnet" else (*IN_FILES, "first_seen"),
        offers=(report.offer(view, by),),
        note=f"{counted(volume['flows'], 'flow')} · {bytes_in_words(volume['bytes'])} both ways",
        height=640,
    ),
    on_pick=lambda place: url.go("flows", pick.pairs_of_service(view, ports, place)),
)
