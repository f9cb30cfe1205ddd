"""A picture that is pointed at: an ECharts option, and what each of its marks stands for.

Streamlit tells a click by the series and the place in its data alone, so whoever draws keeps what was drawn there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from nsgflow_core.analysis.windows import Window
from nsgflow_core.charts.plain import chart_text
from nsgflow_core.words.visible import visible

PointedPlace = tuple[int, str, int]
"""Series, kind of item ("node", "edge", or "main" in series of one kind), place in its data."""
NARROW = 560
"""Pixels: what is drawn narrower leaves out what would lie over something else."""


@dataclass(frozen=True)
class Mark:
    """What a cell, a node or a link stands for, and how it is called."""

    words: str
    values: Mapping[str, str] = field(default_factory=dict)
    """Dimension -> value; empty for what stands for several."""
    window: Window | None = None


@dataclass(frozen=True)
class Picture:
    """An option for `st.echarts_chart`, its height in pixels, and its marks."""

    option: Mapping[str, Any]
    height: int
    marks: Mapping[PointedPlace, Mark]

    def selected(self, groups: Sequence[Mapping[str, Any]]) -> Iterator[Mark]:
        """The marks of Streamlit's selection that stand for one thing."""
        for group in groups:
            for index in group["data_indices"]:
                mark = self.marks.get((group["series_index"], str(group["data_type"]), index))
                if mark and (mark.values or mark.window):
                    yield mark


def tooltip_text(text: str) -> str:
    """A text in a tooltip, which is HTML and a template: neither is read in it."""
    return chart_text(text).replace("{", "&#123;")


def label_text(text: str) -> str:
    """A text in a label, which is a template and no HTML."""
    return visible(text).replace("{", "(").replace("}", ")")


def faded(colour: str, opacity: float) -> str:
    """A colour of the palette, lighter: it lies on white and on near-black alike."""
    red, green, blue = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    return f"rgba({red},{green},{blue},{opacity:g})"
