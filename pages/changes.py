"""What changed: services, denials, their sources, flow logs and NICs, against an earlier window."""

import streamlit as st

from nsgflow_core.analysis.compared.changes import SUBJECTS
from nsgflow_core.analysis.required_ports import ENDS
from nsgflow_core.ui.flows import changed, compare_windows, cut_off
from nsgflow_core.ui.frame import page, params, url

view = page.view()
of = url.choice(st.container(), "What", (changed.ALL, cut_off.KEY, *SUBJECTS), "of", words=changed.of_words)
row = st.container(horizontal=True, gap="medium")
if of == cut_off.KEY:
    windows = compare_windows.chosen(row, view.flow_filter)
    if windows is not None:
        cut_off.show(view, windows)
    params.stop()
by = url.choice(row, "Grouped by", tuple(ENDS), "by", words="By {}".format)
windows = compare_windows.chosen(row, view.flow_filter, "Rates are compared, not counts.")
if windows is None:
    params.stop()
changed.show(view, windows, of, by)
