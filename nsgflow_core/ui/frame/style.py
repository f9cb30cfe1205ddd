"""What no option of Streamlit's gives a page: a few lines of CSS."""

from __future__ import annotations

import streamlit as st

_STYLE = """<style>
/* A table's own download knows only the rows and formats on screen; ours is beside each title. */
button[aria-label^="Download as CSV"] { display: none; }
/* Scripts that draw nothing take no place, nor the gap beside one. */
.st-key-scripts { position: absolute; height: 0; overflow: hidden; }
/* The entries of a legend, in the colours of charts/flows.py (OTHER_COLOURS, NEUTRAL). */
[class*="st-key-series_"] button p::before { content: "■ "; }
[class*="st-key-series_0_"] button p::before { color: #DF6F2A; }
[class*="st-key-series_1_"] button p::before { color: #159C84; }
[class*="st-key-series_2_"] button p::before { color: #A06CB4; }
[class*="st-key-series_3_"] button p::before { color: #B58A1B; }
[class*="st-key-series_4_"] button p::before { color: #5FA8D3; }
[class*="st-key-series_others_"] button p::before { color: #7C8794; }
/* Chips: what the view was narrowed by. */
[class*="st-key-chip_"] button { min-height: 1.75rem; padding: 0 0.6rem; border-radius: 1rem; }
[class*="st-key-chip_"] button p { font-size: 0.85rem; }
/* A chart's own toolbar stands in it, not over the controls above. */
.stElementContainer:has(.stEChartsChart) [data-testid="stElementToolbar"],
.stElementContainer:has(.stPlotlyChart) [data-testid="stElementToolbar"] { top: 0; }
</style>"""
"""`client.disableDataExport` would hide a table's own download as well, and take copying an address with it."""


def load() -> None:
    """Have it in the page."""
    st.html(_STYLE)
