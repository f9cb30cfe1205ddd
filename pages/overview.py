"""How much flows, what is denied, who talks most; each part leads to the page that explains it."""

import streamlit as st

from nsgflow_core.ui.flows import changed, compare_windows, top
from nsgflow_core.ui.frame import page
from nsgflow_core.ui.parts import kpis, tour
from nsgflow_core.ui.parts.pictures import over_time

view = page.view()
tour.show()
windows = compare_windows.newest(view.flow_filter)
with view.asking(
    *kpis.asked(view),
    over_time.asked(view, top.OVER_TIME),
    *changed.questions(view, windows).values(),
    *top.questions(view),
):
    kpis.show(view)
    over_time.show(view, top.OVER_TIME)
    changed.card(view, windows)
    sides = st.grid(2, min_column_width=520, gap=("small", "large"))
    with sides.cell():
        top.show_talkers(view)
    with sides.cell():
        top.show_required_ports(view)
    top.show_denied(view)
