"""The bar's own reading of texts, without a page."""

from __future__ import annotations

from datetime import UTC, datetime

from nsgflow_core.analysis.views import window_start
from nsgflow_core.ask.filters import FlowFilter
from nsgflow_core.ui.frame.asking.asked_filter import read_filter
from nsgflow_core.ui.frame.filter_bar import offered


def test_reads_what_to_params_writes() -> None:
    asked = FlowFilter(either_way=True).where("source", "web", "10.0.0.0/8").where("port", "443", operator="is_not")
    params = asked.to_params()
    reading = read_filter({key: params[key].split(",") for key in params if key in offered()}, either_way=True)
    assert reading.flow_filter == asked
    assert reading.refused == ()


def test_refuses_one_value_and_keeps_the_rest() -> None:
    reading = read_filter(
        {"port": ["70000", "443,80-90"], "decision": ["maybe"]}, since="2026-11-20", until="2026-11-19"
    )
    assert reading.flow_filter == FlowFilter().where("port", "443", "80-90")
    assert [error.message for error in reading.refused] == [
        "'70000' is not a port.",
        "'maybe' is not a decision.",
        "The window ends before it starts.",
    ]


def test_windows_end_with_the_newest_flow() -> None:
    until = datetime(2026, 11, 22, 14, 38, tzinfo=UTC)
    assert window_start("24h", until) == datetime(2026, 11, 21, 14, 38, tzinfo=UTC)
    assert window_start("all", until) is None
    assert window_start("1h", None) is None
