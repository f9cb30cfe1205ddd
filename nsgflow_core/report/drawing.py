"""Charts of a report as SVG text of our own: bars over time and ranked bars.

Plotly's script is 4.8 MB in each file and draws nothing where scripts are forbidden, as a mail gateway and our own
policy do; these take some kilobytes, print sharp, and take their colours from the page's style.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, timedelta, tzinfo
from html import escape

import pandas as pd

from nsgflow_core.analysis.windows import Window
from nsgflow_core.ask.text.times import moment_words
from nsgflow_core.charts.flows import in_words
from nsgflow_core.charts.pointed.ranked import Labels
from nsgflow_core.charts.still.scales import nice, ticks
from nsgflow_core.words.numbers import counted
from nsgflow_core.words.visible import visible

WIDTH = 1080
_LEFT, _RIGHT, _TOP, _BOTTOM = 64, 8, 10, 26
_HEIGHT = 150
_LINE, _NAMES, _VALUES = 24, 420, 90
_BAR = 0.86
"""Of its interval."""
_LONGEST_NAME = 52
_TICK = 6.6
"""Pixels of a letter at the axis: what would be cut off at the end is not written."""


def over_time(
    intervals: pd.DataFrame,
    kind: str,
    title: str,
    window: Window,
    step: timedelta,
    before: pd.Series[float] | None = None,
    zone: tzinfo = UTC,
) -> str:
    """Bars of `flows` over the first column, the starts of intervals that are `step` long; "" for none.

    `kind` is the style's class: allowed or denied. The axis is the window's, so that charts share one. `before` is a
    line over them: what every interval of the window was one window earlier. Times are told in `zone`, and days in UTC.
    """
    counts = intervals.groupby(intervals.columns[0])["flows"].sum()
    if counts.empty or not counts.sum():
        return ""
    first, last = pd.Timestamp(window.since), pd.Timestamp(window.until)
    room, top = WIDTH - _LEFT - _RIGHT, nice(float(max(counts.max(), before.max() if before is not None else 0)))

    def at(moment: pd.Timestamp) -> float:
        return _LEFT + room * float((moment - first) / (last - first))

    parts, wide = [_grid(top)], max(room * (step / (last - first)) * _BAR, 0.6)
    for start, count in zip(pd.DatetimeIndex(counts.index), counts, strict=True):
        about = f"{_when(start, step, zone)}: {counted(int(count), 'flow')}"
        high = _HEIGHT * count / top
        parts.append(_bar(at(start), _TOP + _HEIGHT - high, wide, high, about))
    if before is not None:
        ends = zip(pd.DatetimeIndex(before.index) + step, before, strict=True)
        steps = [f"V{_TOP + _HEIGHT * (1 - count / top):.1f}H{at(end):.1f}" for end, count in ends]
        parts.append(f'<path d="M{_LEFT} {_TOP + _HEIGHT}{"".join(steps)}"/>')
    told = [(at(moment), words) for moment, words in ticks(first, last, zone)]
    parts += [_words(x, _TOP + _HEIGHT + 18, words, "tick") for x, words in told if x + _TICK * len(words) <= WIDTH]
    return _svg("".join(parts), _TOP + _HEIGHT + _BOTTOM, kind, title)


def _when(start: pd.Timestamp, step: timedelta, zone: tzinfo) -> str:
    told = UTC if step >= timedelta(days=1) else zone
    return f"{start.astimezone(told):%a} {moment_words(start, told)}"


def ranked(names: Labels, counts: Sequence[int], kind: str, title: str, measure: str = "flows") -> str:
    """Horizontal bars with their names at the left, in the order given; "" for none."""
    most = max(counts, default=0)
    if not most:
        return ""
    room, parts = WIDTH - _NAMES - _VALUES, []
    for place, (name, short, count) in enumerate(zip(names.whole, names.within(_LONGEST_NAME), counts, strict=True)):
        top, long = place * _LINE + 4, room * count / most
        parts.append(_words(_NAMES - 10, top + 13, short, "name"))
        parts.append(_bar(_NAMES, top, max(long, 1), _LINE - 7, f"{name}: {in_words(count, measure)} {measure}"))
        parts.append(_words(_NAMES + long + 6, top + 13, in_words(count, measure), "value"))
    return _svg("".join(parts), len(counts) * _LINE + 6, kind, title)


def _grid(top: float) -> str:
    lines = []
    for share in (0, 0.5, 1):
        y = _TOP + _HEIGHT * (1 - share)
        lines.append(f'<line x1="{_LEFT}" x2="{WIDTH - _RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>')
        lines.append(_words(_LEFT - 8, y + 4, f"{top * share:,.4g}", "scale"))
    return "".join(lines)


def _bar(x: float, y: float, width: float, height: float, about: str) -> str:
    told = f"<title>{_text(about)}</title>"
    return f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}">{told}</rect>'


def _words(x: float, y: float, words: str, kind: str) -> str:
    return f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}">{_text(words)}</text>'


def _svg(inside: str, height: int, kind: str, title: str) -> str:
    return (
        f'<svg class="chart {kind}" viewBox="0 0 {WIDTH} {height}" role="img" aria-label="{_text(title)}">'
        f"{inside}</svg>"
    )


def _text(words: str) -> str:
    return escape(visible(words))
