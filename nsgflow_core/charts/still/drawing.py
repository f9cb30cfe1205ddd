"""Any chart that is pointed at as a picture."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from nsgflow_core.charts.pointed.over_time import OverTime
from nsgflow_core.charts.pointed.picture import Picture
from nsgflow_core.charts.still import grids, networks, over_time
from nsgflow_core.charts.still.shapes import Still

Chart = OverTime | Picture
_KINDS: Mapping[str, Callable[[Picture, str, str], Still]] = {
    "bar": grids.ranked,
    "heatmap": grids.heatmap,
    "graph": networks.network,
    "sankey": networks.bands,
}
"""By the type of its series in ECharts."""


def drawn(chart: Chart, title: str, note: str) -> Still:
    """The picture of a chart under its title; `note` says of what traffic it is."""
    if isinstance(chart, OverTime):
        return over_time.picture(chart, title, note)
    if "calendar" in chart.option:
        return grids.calendar(chart, title, note)
    return _KINDS[chart.option["series"][0]["type"]](chart, title, note)
