"""The filter as one line beside the pickers, with completion: an own small component, in step with them both ways.

Native `st.multiselect(accept_new_options=True)` was tried: it completes no value behind a column, and Backspace takes
back a whole term in place of a letter. This is a plain combobox (`line.js`), without build step or anything fetched.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from nsgflow_core.ask.column import Column
from nsgflow_core.ask.columns import DIMENSIONS
from nsgflow_core.ask.filters import FlowFilter
from nsgflow_core.ask.operators import OPERATORS
from nsgflow_core.ask.text.line import EITHER_WAY, read_line, write_line
from nsgflow_core.errors import BadLine
from nsgflow_core.ui.frame import session
from nsgflow_core.ui.frame.asking import clock

_HERE = Path(__file__).parent
_LINE = st.components.v2.component(
    "nsgflow_line",
    html=(_HERE / "line.html").read_text(encoding="utf-8"),
    css=(_HERE / "line.css").read_text(encoding="utf-8"),
    js=(_HERE / "line.js").read_text(encoding="utf-8"),
)
_KEY, _REFUSED, _TURN = "filter_line", "_line_refused", "_line_turn"
_MOST_OFFERED = 60
"""Values of a column that are sent to the browser; the busiest."""
_MOMENTS = ("-1h", "-24h", "-7d", "today", "yesterday", "last monday", "last week")
_WORDS = (
    ("since:", "From this moment on"),
    ("until:", "Before this moment"),
    (EITHER_WAY, "Also with source and destination exchanged"),
)


def show(place: DeltaGenerator, shown: FlowFilter, left_out: Iterable[str], use: Callable[[FlowFilter], None]) -> None:
    """Draw the line of the filter that is shown; `use` takes the one that is typed, in the callback.

    The page decides the `left_out` dimensions, or its store does not know them.
    """
    decided = frozenset(left_out)
    text = write_line(shown, clock.zone())
    refused = st.session_state.get(_REFUSED)
    if refused and refused[2] != text:  # something else was chosen since
        refused = None
        st.session_state.pop(_REFUSED, None)
    with place:
        _LINE(
            key=_KEY,
            data=_told(text, refused, decided),
            on_asked_change=lambda: _take(text, decided, use),
        )


def _take(before: str, decided: frozenset[str], use: Callable[[FlowFilter], None]) -> None:
    text = str(st.session_state[_KEY].asked or "")
    st.session_state[_TURN] = st.session_state.get(_TURN, 0) + 1
    try:
        made = read_line(text, clock.zone(), decided)
    except BadLine as error:
        st.session_state[_REFUSED] = (text, error, before)
        return
    st.session_state.pop(_REFUSED, None)
    use(made)


def _told(text: str, refused: tuple[str, BadLine, str] | None, decided: frozenset[str]) -> dict[str, Any]:
    error = None
    if refused:
        error = {"message": refused[1].message, "hint": refused[1].hint, "start": refused[1].start}
    return {
        "text": text,
        "draft": refused[0] if refused else text,
        "error": error,
        "turn": st.session_state.get(_TURN, 0),
        "columns": [_column(column) for key, column in DIMENSIONS.items() if key not in decided],
        "moments": list(_MOMENTS),
        "words": [{"text": text, "words": words} for text, words in _WORDS],
    }


def _column(column: Column) -> dict[str, Any]:
    ways = [row for row in OPERATORS.values() if column.kind.texts or not row.reads_text]
    return {
        "names": [column.key, *column.aliases],
        "label": column.label,
        "help": column.help,
        "values": _values(column),
        "ways": [{"mark": row.mark, "words": row.words} for row in ways],
    }


def _values(column: Column) -> list[str]:
    if column.kind.words:
        return list(column.kind.words)
    names = column.bar.suggests if column.bar else (column.key,) if column.end else ()
    return list(dict.fromkeys(value for name in names for value in session.values(name)[:_MOST_OFFERED]))
