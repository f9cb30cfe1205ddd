"""One way to show a table: its title and count, sorting, files of all its rows, and the query behind it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator
from streamlit.elements.lib.column_types import ButtonColumnResult, ColumnConfig

from nsgflow_core.analysis.question import Composed, Question
from nsgflow_core.ask.query import FlowQuery
from nsgflow_core.charts.flows import ALLOWED_COLOUR, COLOURS, NEUTRAL
from nsgflow_core.exports import with_texts
from nsgflow_core.stores.base import OF
from nsgflow_core.ui.frame import session
from nsgflow_core.ui.frame.asking import partly
from nsgflow_core.ui.frame.browser.scripts import is_narrow, least_width
from nsgflow_core.ui.frame.plain import heard, plain
from nsgflow_core.ui.parts import columns, export
from nsgflow_core.ui.parts.cells import point, points_anywhere
from nsgflow_core.ui.parts.export import Offer
from nsgflow_core.ui.parts.fitting import columns_that_fit, letters, on_a_phone, short_names
from nsgflow_core.ui.parts.fitting.columns_that_fit import TREND, Cells, ColumnFit
from nsgflow_core.ui.parts.fitting.short_names import NAMES, RULES
from nsgflow_core.words.numbers import counted
from nsgflow_core.words.visible import visible
from nsgflow_core.words.vocabulary import Decision

MOST_SHOWN = 2_000
"""More rows than anybody reads; the CSV has them all."""
ROW_HEIGHT = 32
_HEADING_HEIGHT = 36
_OPEN = "_open"
_RARE = ("source_name", "destination_name")
"""Names that few rows have."""
_MOST_PIXELS = 480
"""Of a text: what is longer is read by a click."""
_TREND_HELP = "Flows from the start of the window to its end, each row by a scale of its own."


@dataclass(frozen=True)
class TableView:
    """How a frame is shown as a table: its title, where its files and its query come from, what of it is on screen.

    `complete` gives all rows where the frame shown is only a part (it runs outside the session, at the click).
    """

    title: str
    file_name: str
    question: Question | Composed | None = None
    complete: Callable[[], pd.DataFrame] | None = None
    of: int | None = None
    """How many rows there are in all, when the frame is one page of them."""
    bars: Sequence[str] = ()
    """Measures drawn as a bar in the cell."""
    trends: Sequence[Sequence[float]] = ()
    """How each row's flows went, from the window's start to its end: small bars on screen, and in no file."""
    colour: str = ""
    """Of those bars; "" is that of the flows which they count: allowed, denied, or both."""
    hide: Sequence[str] = ()
    """Columns left out on screen (and kept in files)."""
    offers: Sequence[Offer] = ()
    """Further files that the Export menu makes."""
    on_screen: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """Columns whose cells read otherwise on screen than in files."""
    letters: int = 44
    """Of a name on screen at most: longer ones are shortened so that they can be told apart, and told in full by a
    click."""
    halved: bool = False
    """True where it shares its line with another table."""
    note: str = ""
    height: int | None = None
    """Pixels at most: fewer rows take less. None shows ten rows at most."""
    keeps: Sequence[str] = ()
    """Columns that are seen whatever the window, beside what is counted: the answer to what the table is asked."""
    decimals: int | None = None
    """Of numbers with fractions; None shows as many as each has."""
    raw_names: bool = False
    """True shows columns by the names that they have: they are not ours."""


def show(frame: pd.DataFrame, table: TableView, on_pick: Callable[[int], None] | None = None) -> None:
    """Draw the table. `on_pick` gets the position in the frame of the row whose arrow was clicked."""
    with st.container(key=f"table_{table.file_name}"):
        _show(frame, table, on_pick)


def _show(frame: pd.DataFrame, table: TableView, on_pick: Callable[[int], None] | None) -> None:
    shown = frame.head(MOST_SHOWN)
    _heading(frame, table)
    partly.told(frame)
    if frame.empty:
        st.caption("No rows.")
        return
    cells = _cells(shown, table)
    if table.trends:
        cells.insert(_behind_flows(cells), TREND, [list(each) for each in table.trends[: len(cells)]])
    config: dict[str, ColumnConfig | ButtonColumnResult] = {}
    if not table.raw_names:
        cells, fitted = _fitted(cells, shown, table, opens=on_pick is not None)
        config |= fitted
    if on_pick:
        cells.insert(0, _OPEN, "→")
        config[_OPEN] = columns.open_column(f"open_{table.file_name}", on_pick)
    key = f"grid_{table.file_name}_{least_width()}"  # one that is there keeps the widths of its columns
    points = table.question is not None and points_anywhere(shown)
    st.container(key=f"{'longer' if len(cells) > _seen(table.height) else 'whole'}_{table.file_name}").dataframe(
        cells,
        hide_index=True,
        column_config=config,
        key=key,
        alt=table.title,
        placeholder="",
        row_height=ROW_HEIGHT,
        height=_height(table.height, len(cells)),
        on_select=(lambda: point(shown, st.session_state[key]["selection"]["cells"])) if points else "ignore",
        selection_mode="single-cell" if points else "multi-row",
    )


def _fitted(
    cells: pd.DataFrame, shown: pd.DataFrame, table: TableView, *, opens: bool
) -> tuple[pd.DataFrame, dict[str, ColumnConfig]]:
    """The cells with names and columns as the window has room for, and how each column is shown."""
    if is_narrow():
        cells = on_a_phone.in_order(short_names.shortened(cells, on_a_phone.LETTERS), table.keeps)
        return cells, _config(cells, shown, table, (), _own_widths(cells))
    bars = table.bars
    fit, widths = _fit(cells, shown, table, bars, opens=opens)
    if not fit.is_seen and bars:  # the number is read without its bar, which takes its room
        bars = ()
        fit, widths = _fit(cells, shown, table, bars, opens=opens)
    cells = short_names.shortened(cells, fit.letters, fit.spare)[[*fit.order]]
    of_rules = {name: min(letters.widest(cells[name]), widths[name] + fit.spare) for name in widths if name == RULES}
    return cells, _config(cells, shown, table, bars, _own_widths(cells) | of_rules)


def _fit(
    cells: pd.DataFrame, shown: pd.DataFrame, table: TableView, bars: Collection[str], *, opens: bool
) -> tuple[ColumnFit, Mapping[str, int]]:
    """How the cells are laid out, with bars in some columns or none, and the pixels of columns that have a width."""
    config = _config(cells, shown, table, bars, {})
    texts = {name: letters.longest(cells[name]) for name in config}
    own = {name: columns.pixels(of["width"]) for name, of in config.items() if name not in _RARE}
    widths = {name: pixels for name, pixels in own.items() if pixels}
    if RULES in widths:
        widths[RULES] = min(widths[RULES], letters.widest(cells[RULES]))
    headings = {name: letters.cell(of["label"] or "") for name, of in config.items()}
    names = [name for name in cells.columns if name in NAMES and name not in widths]
    room = columns_that_fit.room(least_width(), halved=table.halved) - columns.OPEN * opens
    return columns_that_fit.fit(Cells(texts, widths, headings, names, bars, table.keeps), room, table.letters), widths


def _config(
    cells: pd.DataFrame, shown: pd.DataFrame, table: TableView, bars: Collection[str], own: Mapping[str, int]
) -> dict[str, ColumnConfig]:
    """How each column of the cells is shown; those of `bars` with a bar behind their numbers."""
    colour = table.colour or _colour(shown, table) if bars or table.trends else ""
    return {
        name: _trend(colour)
        if name == TREND
        else columns.column(name, shown, colour if name in bars else "", table.decimals, own.get(name, 0))
        for name in map(str, cells.columns)
    }


def _trend(colour: str) -> ColumnConfig:
    return st.column_config.BarChartColumn("Trend", width=120, y_min=0, color=colour, help=plain(_TREND_HELP))


def _own_widths(cells: pd.DataFrame) -> dict[str, int]:
    """Pixels of the widest text of columns that few rows have, or whose widest Streamlit would cut: it looks at few."""
    texts = [str(name) for name in cells if name != RULES and pd.api.types.is_string_dtype(cells[name].dropna())]
    few = [name for name in texts if letters.is_cut(cells[name]) or _missing(cells[name]).any()]
    return {name: min(letters.widest(cells[name]), _MOST_PIXELS) for name in few}


def _height(most: int | None, rows: int) -> int | Literal["auto"]:
    """What so many rows take, at most: where there are fewer than fit, Streamlit draws empty ones."""
    return min(most, _HEADING_HEIGHT + ROW_HEIGHT * rows) if most else "auto"


def _seen(height: int | None) -> int:
    """How many rows a table shows that is so high; without a height Streamlit shows ten."""
    return (height - _HEADING_HEIGHT) // ROW_HEIGHT if height else 10


def _behind_flows(cells: pd.DataFrame) -> int:
    names = [str(name) for name in cells.columns]
    return names.index("flows") + 1 if "flows" in names else len(names)


def show_query(place: DeltaGenerator, question: Question | Composed, name: str, title: str) -> None:
    """A small button that opens what exactly was asked for a chart or table, to copy."""
    with place.popover(heard("Query", title), icon=":material/code:", type="tertiary", key=f"query_{name}"):
        for query in question.queries:
            st.code(session.explain(query), language="sql", wrap_lines=True, height=320)


def chart_heading(title: str, question: Question | Composed, name: str, note: str = "") -> DeltaGenerator:
    """A chart's title with its query; the row, to put the chart's own controls in."""
    row = title_row(title, note)
    show_query(row, question, name, title)
    return row


def _heading(frame: pd.DataFrame, table: TableView) -> None:
    row = title_row(table.title, _count(frame, table), width="content")  # at its right is Streamlit's own toolbar
    export.menu(row, frame, table.title, table.file_name, table.question, table.complete, table.offers)
    if table.question:
        show_query(row, table.question, table.file_name, table.title)


def title_row(title: str, note: str, width: Literal["stretch", "content"] = "stretch") -> DeltaGenerator:
    """A title with a note beside it; the row, to put controls in, before which a long note yields (look.css)."""
    gives_way = f"titled_{title}" if note and width == "stretch" else None
    row = st.container(horizontal=True, vertical_alignment="center", gap="small", key=gives_way)
    row.subheader(plain(title), anchor=False, width="content")
    row.caption(plain(note), width=width)
    return row


def _count(frame: pd.DataFrame, table: TableView) -> str:
    total = table.of if table.of is not None else int(frame.attrs.get(OF, len(frame))) if table.complete else len(frame)
    shown = min(len(frame), MOST_SHOWN)
    rows = counted(total, "row") if shown == total else f"{shown:,} of {total:,} rows"
    has_all = bool(table.complete) or total == len(frame)
    is_cut = bool(table.complete) and _is_cut(frame, table.question)
    rest = "the busiest; " if is_cut else ""
    rest += "the CSV has all" if is_cut or (has_all and shown < len(frame)) else ""
    return " · ".join(words for words in (rows, rest, table.note) if words)


def _is_cut(frame: pd.DataFrame, question: Question | Composed | None) -> bool:
    """True when there are, or may be, more groups than the question has a limit for."""
    asked = question.query if isinstance(question, Question) else None
    limit = asked.limit if isinstance(asked, FlowQuery) else None
    return limit == len(frame) and int(frame.attrs.get(OF, limit + 1)) > limit


def _readable(frame: pd.DataFrame) -> pd.DataFrame:
    """As on screen: text that a spreadsheet would run is defused too, since cells can be copied from here."""
    cells = with_texts(frame)
    for name in cells.columns:
        if pd.api.types.is_string_dtype(cells[name].dtype):
            cells[name] = cells[name].map(_harmless).astype(cells[name].dtype)
    return cells


def _cells(shown: pd.DataFrame, table: TableView) -> pd.DataFrame:
    """All that is on screen, as it reads; names in full, and those that no row has left out."""
    told = shown.assign(**{name: list(cells)[: len(shown)] for name, cells in table.on_screen.items()})
    cells = _readable(told.drop(columns=[name for name in table.hide if name in told]))
    return cells if table.raw_names else cells.drop(columns=[name for name in _RARE if _has_none(cells, name)])


def _has_none(cells: pd.DataFrame, name: str) -> bool:
    return name in cells and bool(_missing(cells[name]).all())


def _missing(values: pd.Series) -> pd.Series:
    return values.isna() | values.eq("")


def _harmless(cell: object) -> object:
    """A cell's text made visible, and no formula; a KQL answer may hold other things beside text."""
    if not isinstance(cell, str):
        return cell
    seen = visible(cell)
    return f"'{seen}" if seen.startswith(("=", "+", "@")) else seen


def _colour(frame: pd.DataFrame, table: TableView) -> str:
    """That of the one decision that all flows of a frame have; of no decision where they have both."""
    asked = [query.filter.values_of("decision") for query in (table.question.queries if table.question else ())]
    held = {str(each) for each in frame["decision"]} if "decision" in frame else {*asked[0]} if asked else set()
    if len(held) == 1:
        return COLOURS[Decision(held.pop())]
    return NEUTRAL if held else ALLOWED_COLOUR
