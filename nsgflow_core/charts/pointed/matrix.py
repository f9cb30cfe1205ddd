"""Sources by destinations as a heatmap that is clicked: readable with 3 subnets and with 300.

Names that talk to the same others stand side by side, so that what belongs together is a block. Numbers stand in the
cells of a small matrix and are told by pointing in a large one; sliders zoom.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from nsgflow_core.charts.flows import ALLOWED_COLOUR, NEUTRAL, OTHERS, bytes_in_words, count_in_words, in_words
from nsgflow_core.charts.pointed.cells import AMOUNT, ENCODED, SHADE_NUMBER, cells
from nsgflow_core.charts.pointed.picture import NARROW, Mark, Picture, PointedPlace, faded
from nsgflow_core.words.apart import told_apart
from nsgflow_core.words.visible import visible

MOST = 300
"""Names a side; beyond, the smallest are added up."""
BY_SIZE = 14
"""Up to so many names the largest come first; more are ordered by who talks to whom."""
_WITH_NUMBERS = 14
_ROW, _TOP, _LEFT, _LARGEST = 30, 92, 170, 720
_IN_THE_MIDDLE = {"position": ["50%", "50%"], "align": "center", "verticalAlign": "middle"}
_AS_THE_PAGE_WRITES = {**_IN_THE_MIDDLE, "textBorderColor": "transparent"}
"""Dark on a light page and light on a dark one, like the shades: ECharts takes a label whose place is given by numbers
for one outside of its cell. Inside, it writes light on all that is not opaque."""
_LETTERS, _LETTERS_ACROSS, _LETTERS_WHEN_NARROW = 23, 14, 13
"""Of a name beside a row, above a column, and on a phone: what there is room for."""
_ZOOMED = 40
"""From so many rows or columns on there is something to zoom."""


@dataclass(frozen=True)
class Matrix:
    """Values between sources (rows) and destinations (columns); 0 where nothing flowed."""

    sources: list[str]
    destinations: list[str]
    values: npt.NDArray[np.float64]


def matrix_of(pairs: pd.DataFrame, measure: str, most: int = MOST, *, is_clustered: bool = False) -> Matrix:
    """The matrix of source and destination labels, largest first or what is alike side by side.

    Beyond `most` a side, the smallest are added up as "Others", which come last.
    """
    sources, destinations = _largest(pairs, "source", measure, most), _largest(pairs, "destination", measure, most)
    named = pairs.assign(
        source=pairs["source"].where(pairs["source"].isin(sources), OTHERS),
        destination=pairs["destination"].where(pairs["destination"].isin(destinations), OTHERS),
    )
    wide = named.pivot_table(index="source", columns="destination", values=measure, aggfunc="sum", fill_value=0)
    if is_clustered:
        places = {name: at for at, name in enumerate(clustered(wide))}
        sources, destinations = (sorted(names, key=places.__getitem__) for names in (sources, destinations))
    rows = [*sources, *([OTHERS] if OTHERS in wide.index and OTHERS not in sources else [])]
    columns = [*destinations, *([OTHERS] if OTHERS in wide.columns and OTHERS not in destinations else [])]
    return Matrix(rows, columns, wide.reindex(index=rows, columns=columns).to_numpy(dtype=float))


def clustered(wide: pd.DataFrame) -> list[str]:
    """All names, those that talk to the same others side by side: by the graph's second eigenvector (Fiedler 1973).

    `wide` has sources by destinations. Names of parts that do not touch stay together, the largest part first.
    """
    names = sorted({*map(str, wide.index), *map(str, wide.columns)})
    square = np.log1p(wide.reindex(index=names, columns=names, fill_value=0).to_numpy(dtype=float))
    tied = square + square.T
    found: list[str] = []
    for part in sorted(touching_parts(tied > 0), key=lambda each: (-len(each), each)):
        found += [names[at] for at in _along(tied[np.ix_(part, part)], part)]
    return found


def touching_parts(touch: npt.NDArray[np.bool_]) -> list[list[int]]:
    """The places of each part of a graph whose nodes touch."""
    left, parts = set(range(len(touch))), []
    while left:
        part, edge = set[int](), {min(left)}
        while edge:
            part |= edge
            edge = {int(at) for each in edge for at in np.flatnonzero(touch[each])} - part
        left -= part
        parts.append(sorted(part))
    return parts


def _along(tied: npt.NDArray[np.float64], places: list[int]) -> list[int]:
    if len(places) < 3:
        return places
    scale = 1 / np.sqrt(np.maximum(tied.sum(axis=1), 1e-9))
    vectors = np.linalg.eigh(np.eye(len(places)) - tied * scale[:, None] * scale)[1]
    order = vectors[:, 1] * scale
    return [places[at] for at in np.argsort(order * (1 if order[0] >= 0 else -1), kind="stable")]


def heatmap(matrix: Matrix, measure: str, colour: str = ALLOWED_COLOUR) -> Picture:
    """The picture. Colour is logarithmic over the named cells; what "Others" add up to is grey, and no part of it."""
    rows, columns = np.nonzero(matrix.values > 0)
    named = np.array([each != OTHERS for each in matrix.sources])[rows] if len(rows) else np.empty(0, bool)
    named &= np.array([each != OTHERS for each in matrix.destinations])[columns] if len(rows) else True
    with_numbers = len(matrix.destinations) <= _WITH_NUMBERS
    parts = [
        _cells(matrix, rows[chosen], columns[chosen], measure, with_numbers=with_numbers) for chosen in (named, ~named)
    ]
    series = [_series(at, with_numbers=with_numbers, is_named=not at) for at in range(len(parts))]
    logs = np.log10(matrix.values[rows, columns][named])
    longest = max(map(len, matrix.destinations), default=0)
    top = min(_TOP, 30 + 5 * longest)
    height = min(max(_ROW * len(matrix.sources), 4 * _ROW), _LARGEST) + top + 40
    option = {
        "animation": False,
        "tooltip": {"confine": True, "formatter": "{b}"},
        "grid": {"left": _LEFT, "right": 46, "top": top, "bottom": 34, "outerBoundsMode": "none"},
        "xAxis": _axis(matrix.destinations, is_across=True, has_lines=with_numbers),
        "yAxis": _axis(matrix.sources, is_across=False, has_lines=with_numbers),
        "visualMap": _scale(logs, colour, with_numbers=with_numbers),
        "dataZoom": _zoom(matrix),
        "dataset": [{"source": part} for part in parts],
        "series": series,
        "media": [_when_narrow(matrix)],
    }
    return Picture(option, height, _Marks(matrix, parts))


@dataclass(frozen=True)
class _Marks(Mapping[PointedPlace, Mark]):
    """What each cell stands for, by its series and its place there: made for the one that is clicked."""

    matrix: Matrix
    parts: Sequence[pd.DataFrame]

    def __getitem__(self, place: PointedPlace) -> Mark:
        series, kind, at = place
        if kind != "main" or series not in range(len(self.parts)) or at not in range(len(self.parts[series])):
            raise KeyError(place)
        row, column = self.parts[series][["down", "across"]].iloc[at]
        return _mark(self.matrix.sources[row], self.matrix.destinations[column])

    def __iter__(self) -> Iterator[PointedPlace]:
        return ((series, "main", at) for series, held in enumerate(self.parts) for at in range(len(held)))

    def __len__(self) -> int:
        return sum(map(len, self.parts))


def _mark(source: str, destination: str) -> Mark:
    values = {"source": source, "destination": destination} if OTHERS not in (source, destination) else {}
    return Mark(f"{source} → {destination}", values)


def _cells(
    matrix: Matrix, rows: npt.NDArray[np.intp], columns: npt.NDArray[np.intp], measure: str, *, with_numbers: bool
) -> pd.DataFrame:
    short = bytes_in_words if "bytes" in measure else count_in_words
    sources, destinations = [*map(visible, matrix.sources)], [*map(visible, matrix.destinations)]
    amounts = matrix.values[rows, columns]
    words = [
        f"{sources[row]} → {destinations[column]}: {in_words(amount, measure)} {measure}"
        for row, column, amount in zip(rows.tolist(), columns.tolist(), amounts.tolist(), strict=True)
    ]
    numbers = [short(amount) for amount in amounts.tolist()] if with_numbers else None
    return cells(columns, rows, np.log10(amounts), words, numbers)


def _series(dataset: int, *, with_numbers: bool, is_named: bool) -> dict[str, Any]:
    grey = {} if is_named else {"itemStyle": {"color": faded(NEUTRAL, 0.3)}}
    return {
        "type": "heatmap",
        "datasetIndex": dataset,
        "encode": ENCODED,
        "selectedMode": "single",
        "progressive": 1_000_000,  # at once: with 400 cells a frame, 300 subnets fill for ten seconds
        "label": {"show": with_numbers, "formatter": SHADE_NUMBER, "fontSize": 12, **_AS_THE_PAGE_WRITES},
        "emphasis": {"itemStyle": {"borderColor": NEUTRAL, "borderWidth": 2}},
        "select": {"itemStyle": {"borderColor": NEUTRAL, "borderWidth": 2}},
        **grey,
    }


def _axis(names: list[str], *, is_across: bool, has_lines: bool) -> dict[str, Any]:
    label = {"width": _TOP if is_across else _LEFT - 16, "overflow": "truncate", "hideOverlap": True, "fontSize": 12}
    short = told_apart(map(visible, names), _LETTERS_ACROSS if is_across else _LETTERS)
    axis = {
        "type": "category",
        "data": [short[visible(name)] for name in names],
        "axisTick": {"show": False},
        "axisLine": {"show": False},
        "splitLine": {"show": has_lines and len(names) < _ZOOMED},
        "axisLabel": label | ({"rotate": 40} if is_across else {}),
    }
    return axis | ({"position": "top"} if is_across else {"inverse": True})


def _scale(logs: npt.NDArray[np.float64], colour: str, *, with_numbers: bool) -> dict[str, Any]:
    """From faint to strong over the middle nine tenths: one giant makes the rest no paler. Under numbers, lighter."""
    low, high = np.quantile(logs, [0.05, 0.95]).tolist() if len(logs) else (0.0, 1.0)
    ends = (0.1, 0.6) if with_numbers else (0.16, 1)
    shades = [faded(colour, each) for each in ends]
    span = {"min": low, "max": high if high > low else low + 1}
    beyond = {"inRange": {"color": shades}, "outOfRange": {"color": shades}}
    return {"type": "continuous", "show": False, "seriesIndex": [0], "dimension": AMOUNT, **span, **beyond}


def _zoom(matrix: Matrix) -> list[dict[str, Any]]:
    bars = []
    if len(matrix.destinations) >= _ZOOMED:
        bars.append({"type": "slider", "xAxisIndex": 0, "bottom": 4, "height": 18, "showDetail": False})
    if len(matrix.sources) >= _ZOOMED:
        bars.append({"type": "slider", "yAxisIndex": 0, "right": 4, "width": 18, "showDetail": False})
    return bars


def _when_narrow(matrix: Matrix) -> dict[str, Any]:
    """On a phone: shorter names, and no numbers that would lie over each other."""
    across, down = (
        [short[visible(name)] for name in names]
        for names in (matrix.destinations, matrix.sources)
        for short in (told_apart(map(visible, names), _LETTERS_WHEN_NARROW),)
    )
    less = {
        "grid": {"left": 92, "right": 34},
        "yAxis": {"data": down, "axisLabel": {"width": 80, "fontSize": 11}},
        "xAxis": {"data": across, "axisLabel": {"fontSize": 11, "rotate": 60}},
        "series": [{"label": {"show": False}}, {"label": {"show": False}}],
    }
    return {"query": {"maxWidth": NARROW}, "option": less}


def _largest(pairs: pd.DataFrame, side: str, measure: str, most: int) -> list[str]:
    totals = pairs.groupby(side)[measure].sum().sort_values(ascending=False, kind="stable")
    return [str(name) for name in totals.index[: most if len(totals) > most else None]]
