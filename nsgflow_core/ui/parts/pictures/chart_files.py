"""A chart as files to take away, for the Export menu of the table that says the same."""

from __future__ import annotations

from collections.abc import Sequence

from nsgflow_core.ask.filters import FlowFilter
from nsgflow_core.charts.still import STILL_FORMATS, StillFormat
from nsgflow_core.charts.still.drawing import Chart, drawn
from nsgflow_core.ui.frame.asking import clock
from nsgflow_core.ui.parts.export import Offer


def of(chart: Chart, title: str, flow_filter: FlowFilter, file_name: str) -> Sequence[Offer]:
    """An offer a format of pictures; what is drawn is what the page shows, under a sentence of what it is of."""
    note = flow_filter.describe(clock.zone())

    def offer(ending: str, form: StillFormat) -> Offer:
        return Offer(
            form.label,
            f"{file_name}.{ending}",
            form.media_type,
            form.help,
            lambda: form.write(drawn(chart, title, note)),
        )

    return [offer(ending, form) for ending, form in STILL_FORMATS.items()]
