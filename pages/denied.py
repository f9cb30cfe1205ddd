"""What was denied: by rule and port, over time, by source, or by story; each leads to the flows behind it."""

import streamlit as st

from nsgflow_core.ui.flows import denied_steps, denied_stories
from nsgflow_core.ui.frame import page, params
from nsgflow_core.ui.parts.pictures import over_time, trends

view = page.view()
row = st.container(horizontal=True, vertical_alignment="center", gap="medium")
told = denied_stories.told(row)
links = row.container(width="content")
if told == "story":
    denied_steps.link_to_rules(view, links)
    denied_stories.show(view)
    params.stop()
if told == "rows":
    denied_steps.link_to_rules(view, links)
    denied_stories.show_rows(view)
    params.stop()

with_trends = trends.wanted(row)
with view.asking(*denied_steps.questions(view), over_time.asked(view, denied_steps.OVER_TIME)):
    denied_steps.link_to_rules(view, links)
    sides = st.grid(2, min_column_width=520, gap=("small", "large"))
    with sides.cell():
        bars = denied_steps.show_bars(view)
    with sides.cell():
        over_time.show(view, denied_steps.OVER_TIME)
    denied_steps.show_rules(view, bars, with_trends=with_trends)
    denied_steps.show_sources(view)
