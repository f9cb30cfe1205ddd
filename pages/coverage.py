"""What is not logged: gaps first, then the lines that close them, NSG flow logs and what follows them, and costs."""

import streamlit as st

from nsgflow_core.ui.coverage import closing, costs, gaps, made, migration
from nsgflow_core.ui.frame import page

page.framed()
truth = gaps.asked()
place = st.container()
gaps.show(truth)
st.header("Closing the gaps", anchor=False)
desk = made.desk_of(truth, closing.wish())
with place:
    gaps.verdict(desk)
closing.show(desk)
st.header("NSG flow logs", anchor=False)
migration.show(truth)
st.header("What it costs a month", anchor=False)
costs.show(desk)
