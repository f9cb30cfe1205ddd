"""The filter bar: one row of the most used filters, the rest behind "More", one line of text below; all in the URL.

Every widget's key is its URL parameter, and the text is that of `FlowFilter.to_params` (`?source=web,db&port=443`), so
a link carries the view. The URL is kept in step by `url.py`, and not by Streamlit's `bind="query-params"`: with a
bound widget on the page, `st.switch_page` raises and a link's parameters are mixed with the old ones (1.67, tried).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from nsgflow_core.analysis.naming import MAC
from nsgflow_core.analysis.unmet.window import ahead_words
from nsgflow_core.analysis.views import WINDOW_LENGTHS, window_start
from nsgflow_core.ask.column import Column
from nsgflow_core.ask.columns import DIMENSIONS
from nsgflow_core.ask.filters import FlowFilter
from nsgflow_core.ask.operators import OPERATORS, read_value, split_values, write_value
from nsgflow_core.ask.parts import Bar
from nsgflow_core.ask.text.times import format_time, parse_time
from nsgflow_core.errors import BadFilter
from nsgflow_core.ui.frame import choices, known, params, session, url
from nsgflow_core.ui.frame.asking import clock, line, links, views, wide_lists
from nsgflow_core.ui.frame.asking.asked_filter import AskedFilter, read_filter
from nsgflow_core.ui.frame.plain import heard, plain
from nsgflow_core.words.visible import visible

DEFAULT_WINDOW = "all"
_OTHER_KEYS = ("window", "since", "until", "either_way", clock.KEY)


def offered() -> dict[str, tuple[Column, Bar]]:
    """The dimensions that the bar offers, in its order, each with how."""
    rows = [(column, column.bar) for column in DIMENSIONS.values() if column.bar]
    return {column.key: (column, bar) for column, bar in sorted(rows, key=lambda row: row[1].order)}


def show(page: str, settled: frozenset[str] = frozenset()) -> AskedFilter:
    """Draw the bar and read it; `settled` dimensions are decided by the page and left out."""
    asked = url.arrived(page, (*DIMENSIONS, *_OTHER_KEYS))
    links.leave_out_of_filter(asked, params.names())
    _seed_widgets(asked)
    left_out = settled | session.current_store().unsupported
    fields = [field for key, field in offered().items() if key not in left_out]
    in_line = [key for key in DIMENSIONS if key not in offered() and key not in left_out]
    texts: dict[str, list[str]] = {key: list(st.session_state[key]) for key in in_line}
    with st.container(border=True, key="filter_bar"), session.values_side_by_side(_suggested(fields)):
        row = st.container(horizontal=True, vertical_alignment="bottom", gap="small")
        window = _window(row)
        for column, bar in (field for field in fields if field[1].is_first):
            texts[column.key] = _field(row, column, bar)
            if column.key == "source":
                row.button(
                    heard("", _SWAP_HELP), icon=":material/swap_horiz:", on_click=swap, key="swap", help=_SWAP_HELP
                )
        either_way = _more(row, [field for field in fields if not field[1].is_first], texts)
        since, until = _custom_window() if window == "custom" else ("", "")
        below = st.container(horizontal=True, vertical_alignment="top", gap="small")
    drawn = {key: ",".join(given) for key, given in texts.items()}
    others = {"window": window if window != DEFAULT_WINDOW else "", "since": since, "until": until}
    others |= {"either_way": "true" if either_way else "", clock.KEY: clock.LOCAL if clock.is_local() else ""}
    url.write(asked | drawn | others)
    reading = _in_window(read_filter(texts, since, until, either_way=either_way), window)
    line.show(below, reading.flow_filter, left_out, lambda typed: use(typed, reading.flow_filter))
    views.show(below, reading.flow_filter, left_out)
    return reading


def put_by() -> None:
    """Keep what was chosen in the bar for the next run that draws it: this one ended before it could."""
    choices.put_by((*DIMENSIONS, *_OTHER_KEYS, clock.SWITCH))


def _in_window(reading: AskedFilter, window: str) -> AskedFilter:
    """What was read, in the window that ends with the newest flow, or now where that claims to be of the future, and
    with subnets by their labels."""
    asked = reading.flow_filter.with_ends(lambda end: session.current_store().subnets.label_of(end))
    held = session.extent()
    start = window_start(window, held.recent_until)
    if start and held.is_ahead:
        st.caption(plain(ahead_words(held, clock.zone())))
    return AskedFilter(asked if start is None else asked.within(start, None), reading.refused)


def use(flow_filter: FlowFilter, before: FlowFilter) -> None:
    """Set every picker to this filter; a callback. A window that it leaves as it was stays as it was chosen."""
    state, params = st.session_state, flow_filter.to_params()
    for key in DIMENSIONS:
        state[key] = split_values(params.get(key, ""))
    state["either_way"] = flow_filter.either_way
    if (flow_filter.since, flow_filter.until) != (before.since, before.until):
        is_limited = flow_filter.since or flow_filter.until
        state["window"] = "custom" if is_limited else DEFAULT_WINDOW
        state.update(since=format_time(flow_filter.since), until=format_time(flow_filter.until))


_SWAP_HELP = "Exchange source and destination"


def _window(row: DeltaGenerator) -> str:
    chosen = row.segmented_control(
        "Window, up to the newest flow",
        list(WINDOW_LENGTHS),
        key="window",
        required=True,
        format_func=lambda each: plain(_window_words(each)),
    )
    return str(chosen)


def _window_words(window: str) -> str:
    return window.capitalize() if WINDOW_LENGTHS[window] is None else window


def _field(place: DeltaGenerator, column: Column, bar: Bar) -> list[str]:
    options = _options(column, bar)
    wide_lists.for_names(options, wide_lists.BESIDE_OTHERS if bar.is_first else wide_lists.ALONE)
    return place.multiselect(
        plain(column.label),
        options,
        key=column.key,
        accept_new_options=True,
        format_func=_nics_beside() if column.key == MAC else str,
        placeholder=bar.placeholder,
        help=_values_help() if column.key == "source" else None,
        filter_mode="contains",
        select_all=False,  # all values are no filter, and a link of kilobytes
        width=bar.width,
    )


def _nics_beside() -> Callable[[str], str]:
    """Whose NIC it is beside a MAC address: nobody knows those by heart."""
    store = session.current_store()
    nics = session.kept("nics", lambda: known.nics(store))
    return lambda mac: visible(f"{mac} · {nics[mac]}" if mac in nics else mac)


def _values_help() -> str:
    marks = "; ".join(f"{plain(row.mark)}web {plain(row.words)} web" for row in OPERATORS.values() if row.mark)
    return f"In every filter: any of several values; those of another mark have to fit too. Marks: {marks}."


def suggested() -> frozenset[str]:
    """The dimensions whose values the bar offers somewhere."""
    return frozenset(_suggested(offered().values()))


def _suggested(fields: Iterable[tuple[Column, Bar]]) -> Iterator[str]:
    """The dimensions whose values these fields offer."""
    return (name for column, bar in fields if not column.kind.words for name in bar.suggests)


def _options(column: Column, bar: Bar) -> list[str]:
    if column.kind.words:
        return list(column.kind.words)
    suggested = dict.fromkeys(value for name in bar.suggests for value in session.values(name))
    return [write_value("is", value) for value in suggested]


def _more(row: DeltaGenerator, fields: Sequence[tuple[Column, Bar]], texts: dict[str, list[str]]) -> bool:
    """The popover with the other filters; true when flows count either way. Its button says how many are set."""
    keys = (*(column.key for column, _ in fields), "either_way")
    active = sum(bool(st.session_state.get(key)) for key in keys)
    with row.popover(f"More ({active:d})" if active else "More", icon=":material/tune:", key="more_filters"):
        switches = st.columns(2)
        either_way = switches[0].toggle("Either way", key="either_way", help=_EITHER_WAY_HELP)
        switches[1].toggle(
            "Local time", key=clock.SWITCH, help=plain(f"Times in {clock.browsers_words()}, not in UTC.")
        )
        for left, right in zip(fields[::2], [*fields[1::2], None], strict=False):
            for side, field in zip(st.columns(2), (left, right), strict=True):
                if field:
                    texts[field[0].key] = _field(side, *field)
    return either_way


_EITHER_WAY_HELP = "Also flows with source and destination exchanged."
_FIRST_DAY, _LAST_DAY = datetime(1970, 1, 2), datetime(2199, 12, 30)


def _custom_window() -> tuple[str, str]:
    """Two moments as the link has them; what is chosen in an input is written there by its callback."""
    row = st.container(horizontal=True, vertical_alignment="bottom", gap="small")
    for key, label in (("since", "From"), ("until", "Until")):
        with suppress(BadFilter):  # told with the filter
            shown = clock.naive(parse_time(st.session_state[key], clock.zone()))
            st.session_state[f"{key}_at"] = shown and min(max(shown, _FIRST_DAY), _LAST_DAY)
        row.datetime_input(
            plain(f"{label} ({clock.words()})"),
            None,
            min_value=_FIRST_DAY,
            max_value=_LAST_DAY,
            key=f"{key}_at",
            step=60,
            format="YYYY-MM-DD",
            width=240,
            on_change=_take_moment,
            args=(key,),
        )
    return st.session_state["since"], st.session_state["until"]


def _take_moment(key: str) -> None:
    st.session_state[key] = format_time(clock.aware(st.session_state[f"{key}_at"]))


def clear() -> None:
    """Empty every filter and show all time; a callback."""
    for key in DIMENSIONS:
        st.session_state[key] = []
    st.session_state.update(window=DEFAULT_WINDOW, either_way=False, since="", until="")


def loosen(key: str) -> None:
    """Empty one filter, or the window; a callback."""
    if key == "window":
        st.session_state.update(window=DEFAULT_WINDOW, since="", until="")
    else:
        st.session_state[key] = []


def ask_for_parts(keys: str) -> None:
    """Ask for names that hold what was asked for whole; a callback."""
    for key in keys.split():
        read = [read_value(text) for text in st.session_state[key]]
        st.session_state[key] = [write_value("contains" if row.key == "is" else row.key, value) for row, value in read]


def ask_for_machines(ends: str) -> None:
    """Ask for addresses with names that hold what these ends were asked for as subnets; a callback."""
    state = st.session_state
    for end in ends.split():
        parts, state[end] = [write_value("contains", read_value(text)[1]) for text in state[end]], []
        state[f"{end}_name"] = [*state.get(f"{end}_name", []), *parts]


def swap() -> None:
    """Exchange what is asked of source and destination; a callback."""
    state = st.session_state
    swapped = {key: list(state.get(row.end.opposite, [])) for key, row in DIMENSIONS.items() if row.end}
    state.update(swapped)


def count_either_way() -> None:
    """Also flows with source and destination exchanged; a callback."""
    st.session_state["either_way"] = True


def widen(window: str) -> None:
    """Show another window of `WINDOW_LENGTHS`; a callback."""
    st.session_state.update(window=window, since="", until="")


def _seed_widgets(asked: Mapping[str, str]) -> None:
    """Give each widget that is new, or that a link changed, its value: a widget that was not drawn forgot its own."""
    fresh = url.was_changed()
    since_given = bool(asked.get("since") or asked.get("until"))
    window = asked.get("window") or ("custom" if since_given else DEFAULT_WINDOW)
    seeds: dict[str, object] = {key: _split(asked.get(key, "")) for key in DIMENSIONS}
    seeds |= {"since": asked.get("since", ""), "until": asked.get("until", "")}
    seeds |= {"window": window if window in WINDOW_LENGTHS else DEFAULT_WINDOW}
    seeds |= {clock.SWITCH: asked.get(clock.KEY) == clock.LOCAL}
    seeds |= {"either_way": asked.get("either_way", "").lower() in ("true", "1", "yes")}
    choices.give_back(but_for_a_link=fresh)
    for key, value in seeds.items():
        if fresh or key not in st.session_state:
            st.session_state[key] = value


def _split(text: str) -> list[str]:
    return list(dict.fromkeys(split_values(text)))
