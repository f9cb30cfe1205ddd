"""Bars over time as an ECharts option: each stands from its interval's start to its end, and says what it is of.

Streamlit's ECharts takes a drag and a click on one chart, Plotly either (docs/decisions/charts-that-are-clicked.md).
An option is a plain dictionary: no functions, so that what a tooltip says is written out in columns of the dataset.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from itertools import count
from typing import Any

import numpy as np
import pandas as pd

from nsgflow_core.analysis.windows import Interval, Window, length_of
from nsgflow_core.charts.flows import COLOURS, NEUTRAL, OTHER_COLOURS, OTHERS, in_words
from nsgflow_core.charts.plain import chart_text
from nsgflow_core.charts.pointed import axes
from nsgflow_core.charts.pointed.before import Before, line
from nsgflow_core.charts.pointed.intervals import interval_of, wide_of
from nsgflow_core.words.visible import visible
from nsgflow_core.words.vocabulary import Decision

_TOP, _BETWEEN, _BOTTOM = 26, 34, 26
_UNITS = (("", 1.0), ("K", 1e3), ("M", 1e6), ("G", 1e9), ("T", 1e12), ("P", 1e15))
_FIXED = 3
"""Columns of the dataset before those of the series: when, its middle, and what a column without bar stands on."""


@dataclass(frozen=True)
class BarMark:
    """What a bar, or the column of its interval where no bar is, stands for."""

    span: Window
    series: str | None


@dataclass(frozen=True)
class OverTime:
    """A chart over time, and what its marks stand for."""

    option: Mapping[str, Any]
    height: int
    starts: tuple[datetime, ...]
    series: tuple[str | None, ...]
    """By the index of the series in the option; None for that of the columns, and for what was added up."""
    interval: Interval
    zone: tzinfo

    @property
    def length(self) -> timedelta:
        """Of a bar."""
        return length_of(self.interval)

    def words(self, mark: BarMark) -> str:
        """A mark in words."""
        span = span_in_words(mark.span.since, self.interval, self.zone)
        return f"{span} · {mark.series}" if mark.series else span

    def marks(self, selected: Sequence[Mapping[str, Any]]) -> set[BarMark]:
        """What is selected, of Streamlit's selection."""
        return {
            BarMark(Window(self.starts[index], self.starts[index] + self.length), self.series[group["series_index"]])
            for group in selected
            for index in group["data_indices"]
        }

    def brushed(self, areas: Sequence[Mapping[str, Any]]) -> Window | None:
        """The whole intervals under the brush; None where nothing is brushed."""
        if not areas:
            return None
        ends = sorted(float(end) for end in areas[-1]["coord_range"])
        first, last = (datetime.fromtimestamp(end / 1000, UTC) for end in ends)
        inside = [start for start in self.starts if start < last and first < start + self.length]
        return Window(inside[0], inside[-1] + self.length) if inside else None


@dataclass(frozen=True)
class AxesRow:
    """One set of axes: its name, and the series that stand in it, one above the other."""

    name: str
    series: tuple[str, ...]
    height: int
    is_all: bool = False
    """True where the series are all that there is, and the row's line before is of all of it."""


def decisions(
    intervals: pd.DataFrame,
    measure: str,
    window: Window,
    asked: Collection[str],
    heights: tuple[int, int],
    zone: tzinfo = UTC,
    before: Before | None = None,
) -> OverTime:
    """Allowed above, Denied below, each with a scale of its own: denied traffic is often a thousandth of the rest.

    Expects the columns of an interval (its start, UTC), decision and the measure. Of decisions that are asked for alone
    the other row is left out. `before` draws what each row was before, as a line.
    """
    both = zip(Decision, heights, strict=True)
    rows = [AxesRow(str(each), (str(each),), height) for each, height in both if not asked or each in asked]
    colours = {row.name: COLOURS[Decision(row.name)] for row in rows}
    return _drawn(intervals, "decision", measure, window, rows, colours, zone, before)


def parts(
    intervals: pd.DataFrame,
    part: str,
    measure: str,
    window: Window,
    height: int,
    most: int = 5,
    zone: tzinfo = UTC,
    before: Before | None = None,
) -> OverTime:
    """Stacked bars, one colour for each of the largest parts, the rest as "Others".

    Expects the columns of an interval (its start, UTC), the part (like rule) and the measure. `before` draws what all
    parts together were before, as a line.
    """
    colours = parts_of(intervals, part, measure, most)
    named = intervals.assign(**{part: intervals[part].where(intervals[part].isin(list(colours)), OTHERS)})
    space = height - _TOP - _BOTTOM
    rows = (AxesRow(measure.capitalize(), tuple(colours), space, is_all=True),)
    return _drawn(named, part, measure, window, rows, colours, zone, before)


def to_look_at(chart: OverTime) -> dict[str, Any]:
    """Its option where nothing is pointed at: without a brush, and with a legend."""
    left_out = {"brush", "toolbox"}
    legend = {"legend": {"show": True, "top": 0, "right": axes.RIGHT, "selectedMode": False}}
    series = [{**each, "cursor": "default", "selectedMode": False} for each in chart.option["series"]]
    return {name: part for name, part in chart.option.items() if name not in left_out} | legend | {"series": series}


def parts_of(intervals: pd.DataFrame, part: str, measure: str, most: int = 5) -> dict[str, str]:
    """The largest parts, each with its colour; "Others" last where there are more."""
    sums = intervals.groupby(part)[measure].sum()
    named = dict(zip(sums.nlargest(most).index.astype(str), OTHER_COLOURS, strict=False))
    return named | ({OTHERS: NEUTRAL} if len(sums) > most else {})


_Shown = tuple[str, "pd.Series[Any]", tuple[str, float]]
"""A series' name, its values by interval, and the unit that they are drawn in."""


def _drawn(
    intervals: pd.DataFrame,
    part: str,
    measure: str,
    window: Window,
    rows: Sequence[AxesRow],
    colours: Mapping[str, str],
    zone: tzinfo,
    before: Before | None,
) -> OverTime:
    interval = interval_of(intervals)
    whole = window.whole(interval)
    wide = wide_of(intervals, part, measure, whole).reindex(columns=list(colours), fill_value=0)
    ghosts = _ghosts(before, rows, part, measure, whole)
    units = _units(rows, wide, ghosts, measure)
    shown = [(name, wide[name], units[row.name]) for row in rows for name in row.series]
    places = {name: _place(at) for at, (name, _, _) in enumerate(shown)}
    shown += [(f"{name}, {before.words}", ghosts[name], units[name]) for name in ghosts if before]
    source = _dataset(wide, interval, shown, measure, zone, before)
    option = _without_rows(source, _tooltip(colours, list(ghosts), before), zone)
    top = _TOP
    clicked: list[str | None] = []
    for at, row in enumerate(rows):
        was = ghosts.get(row.name)
        is_empty = not wide[list(row.series)].to_numpy().any() and (was is None or not was.any())
        option["xAxis"].append(axes.time_axis(at, whole, is_last=at == len(rows) - 1))
        values = axes.value_axis(at, row.name, units[row.name][0], row.height, is_empty=is_empty)
        option["yAxis"] += [values, axes.column_axis(at)]
        clicked += _add_bars(option, at, row, top, places, colours)
        if before and was is not None:
            option["series"].append(line(at, _place(len(places) + at), before.words))
            clicked.append(None)
        if is_empty:
            option["graphic"].append(axes.nothing(top + row.height / 2, row.name, measure))
        top += row.height + _BETWEEN
    starts = tuple(start.to_pydatetime() for start in wide.index)
    return OverTime(option, top - _BETWEEN + _BOTTOM, starts, tuple(clicked), interval, zone)


def _without_rows(source: object, tooltip: str, zone: tzinfo) -> dict[str, Any]:
    """The option to which each row adds its grid, axes and series."""
    return {
        "useUTC": zone is UTC,  # else the browser's own, which is the only other one that pages show
        "animation": False,
        "dataset": {"source": source},
        "tooltip": {"trigger": "axis", "confine": True, "formatter": tooltip},
        "axisPointer": {"link": [{"xAxisIndex": "all"}]},
        "legend": {"show": False},
        "grid": [], "xAxis": [], "yAxis": [], "series": [], "graphic": [],
        **axes.brush(),
    }  # fmt: skip


def _add_bars(
    option: dict[str, Any], at: int, row: AxesRow, top: int, places: Mapping[str, int], colours: Mapping[str, str]
) -> list[str | None]:
    """Draw a row's bars in a grid of its own; what a click on each of its series means, in their order."""
    option["grid"].append({"left": axes.LEFT, "right": axes.RIGHT, "top": top, "height": row.height})
    bars = [axes.bars(at, name, places[name], colours[name]) for name in row.series]
    option["series"] += [axes.columns(at), *bars]
    return [None, *(None if name == OTHERS else name for name in row.series)]


_Ghosts = Mapping[str, "pd.Series[Any]"]
"""What each row was before, by the window's own intervals; none without a time before."""


def _ghosts(before: Before | None, rows: Sequence[AxesRow], part: str, measure: str, whole: Window) -> _Ghosts:
    if before is None:
        return {}
    wide = before.wide(part, measure, whole)
    nothing = pd.Series(0.0, index=wide.index)
    return {row.name: wide.sum(axis=1) if row.is_all else wide.get(row.name, nothing) for row in rows}


def _units(rows: Sequence[AxesRow], wide: pd.DataFrame, ghosts: _Ghosts, measure: str) -> dict[str, tuple[str, float]]:
    """The unit of each row's axis, by the row."""
    most = {row.name: float(wide[list(row.series)].sum(axis=1).max()) for row in rows}
    before = {name: float(ghost.max()) for name, ghost in ghosts.items()}
    return {name: _unit(max(high, before.get(name, 0.0)), measure) for name, high in most.items()}


def _unit(most: float, measure: str) -> tuple[str, float]:
    """The unit that an axis of bytes is written in, and how many bytes it is; counts are written out."""
    if "bytes" not in measure:
        return "", 1
    letter, size = next(unit for unit in reversed(_UNITS) if most >= unit[1] or unit[1] == 1)
    return f"{letter}B", size


def _dataset(
    wide: pd.DataFrame, interval: Interval, shown: Sequence[_Shown], measure: str, zone: tzinfo, before: Before | None
) -> pd.DataFrame:
    """A row an interval: when, its middle, what a column stands on; two columns a series; when it was before.

    No two columns have one name, whatever a rule is called.
    """
    middles = wide.index.as_unit("ms").asi8 + int(length_of(interval).total_seconds() * 500)  # type: ignore[attr-defined]
    columns: dict[str, Any] = {
        "When": [span_in_words(start, interval, zone) for start in wide.index],
        "Its middle": middles,
        "Column": np.ones(len(wide)),
    }
    for name, values, (unit, size) in shown:
        held = values.where(values > 0).to_numpy() / size, [in_words(value, measure) for value in values]
        for told, column in zip((f"{visible(name)} {unit}".rstrip(), f"{visible(name)}, {measure}"), held, strict=True):
            columns[next(each for each in (told + "'" * n for n in count()) if each not in columns)] = column
    if before:
        columns[f"When, {before.words}'"] = [span_in_words(each - before.by, interval, zone) for each in wide.index]
    return pd.DataFrame(columns)


def span_in_words(start: datetime, interval: Interval, zone: tzinfo = UTC) -> str:
    """Like "Thu 19 Nov 03:00-04:00 UTC"; days are those of UTC on every clock."""
    if interval == "day":
        return f"{start.astimezone(UTC):%a %d %b %Y} UTC"
    shown = start.astimezone(zone)
    return f"{shown:%a %d %b %H:%M}-{shown + length_of(interval):%H:%M} {shown:%Z}"


def _tooltip(colours: Mapping[str, str], ghosts: Sequence[str], before: Before | None) -> str:
    """When, then each series in the order of the dataset. `{@[n]}` is a column; a brace in a name is none."""
    lines = ["<b>{@[0]}</b>"]
    for at, name in enumerate(colours):
        mark = f'<span style="color:{colours[name]}">■</span>'
        lines.append(f"{mark} {_untemplated(name)} <b>{{@[{_place(at) + 1}]}}</b>")
    if before:
        lines.append(f"<b>{before.words}</b>, {{@[{_place(len(colours) + len(ghosts))}]}}")
    for at, name in enumerate(ghosts, start=len(colours)):
        lines.append(f'<span style="color:{NEUTRAL}">━</span> {_untemplated(name)} <b>{{@[{_place(at) + 1}]}}</b>')
    return "<br>".join(lines)


def _place(at: int) -> int:
    """The column of the dataset that holds the heights of a series; the next one tells them."""
    return _FIXED + 2 * at


def _untemplated(name: str) -> str:
    return chart_text(name).replace("{", "&#123;")
