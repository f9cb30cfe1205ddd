"""The ports that each subnet or address needs, grouped, and as the CSV that the command line prints."""

from typing import Literal

import streamlit as st

from nsgflow_core.analysis import required_ports
from nsgflow_core.charts.flows import bytes_in_words
from nsgflow_core.ui.frame import page, url
from nsgflow_core.ui.parts import tables

BY: tuple[Literal["subnet", "address"], ...] = ("subnet", "address")

view = page.view()
row = st.container(horizontal=True, gap="medium")
by = url.choice(row, "Grouped by", BY, "by", words="By {}".format)
url.link(row, "changes", "What changed", {"of": "services", "by": by if by != BY[0] else ""})
question = view.named(required_ports.services(view.flow_filter, by, tables.MOST_SHOWN))
ports = view.ask(question)
volume = view.ask(required_ports.volume(view.flow_filter)).iloc[0]
tables.show(
    ports,
    tables.TableView(
        "Required ports",
        "required-ports",
        question,
        complete=view.later(view.named(required_ports.services(view.flow_filter, by))),
        bars=("flows",),
        note=f"{volume['flows']:,} flows · {bytes_in_words(volume['bytes'])} both ways",
        height=640 if len(ports) > 10 else None,
    ),
)
