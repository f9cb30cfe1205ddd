"""The filter bar: one row of the most used filters, the rest behind "More", all of it in the URL.

Every widget's key is its URL parameter, and the text is that of `FlowFilter.to_params` (`?source=web,db&port=443`), so
a link carries the view. The URL is kept in step by `url.py`, and not by Streamlit's `bind="query-params"`: with a
bound widget on the page, `st.switch_page` raises and a link's parameters are mixed with the old ones (1.67, tried).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from nsgflow_core.ask.filters import WORDS, FlowFilter, parse_time, parse_value
from nsgflow_core.ask.measures import dimension
from nsgflow_core.errors import BadFilter
from nsgflow_core.ui.frame import session, url


@dataclass(frozen=True, slots=True)
class Field:
    """One filter of the bar: its dimension, its words, and what it suggests."""

    key: str
    label: str
    placeholder: str
    suggests: tuple[str, ...] = ()
    """Dimensions whose values in the store are offered, in this order."""
    is_first: bool = False
    """On the row itself, not behind "More"."""
    width: int | Literal["stretch"] = "stretch"


FIELDS: dict[str, Field] = {
    field.key: field
    for field in (
        Field("source", "Source", "Subnet, address, CIDR", ("source", "src_ip"), is_first=True),
        Field("destination", "Destination", "Subnet, address, CIDR", ("destination", "dst_ip"), is_first=True),
        Field("port", "Port", "443, 8000-8100", ("port",), is_first=True, width=160),
        Field("decision", "Decision", "Both", is_first=True, width=160),
        Field("protocol", "Protocol", "TCP, UDP, ICMP, …", ("protocol",)),
        Field("direction", "Direction", "Both"),
        Field("nsg", "NSG", "Any NSG", ("nsg",)),
        Field("rule", "Rule", "Any rule", ("rule",)),
        Field("rule_kind", "Rule kind", "Any kind"),
        Field("log_kind", "Flow log", "NSG and VNet"),
        Field("src_port", "Source port", "49152-65535"),
        Field("mac", "MAC address", "Any NIC", ("mac",)),
    )
}
WINDOWS: dict[str, timedelta | None] = {
    "1h": timedelta(hours=1),
    "24h": timedelta(hours=24),
    "7d": timedelta(days=7),
    "all": None,
    "custom": None,
}
"""Windows that end with the newest flow, so that yesterday's import is not an empty "last hour"."""
DEFAULT_WINDOW = "all"
_OTHER_KEYS = ("window", "since", "until", "either_way")


@dataclass(frozen=True)
class Reading:
    """What the bar says: the filter, and a sentence for each value that has no meaning and was left out."""

    flow_filter: FlowFilter
    refused: tuple[BadFilter, ...] = ()


def read_filter(
    texts: Mapping[str, Sequence[str]], since: str = "", until: str = "", *, either_way: bool = False
) -> Reading:
    """The filter of these widget values; a value without meaning is refused alone, and the rest goes on."""
    params: dict[str, list[str]] = {}
    refused: list[BadFilter] = []
    for key, given in texts.items():
        for text in (part.strip() for value in given for part in value.split(",")):
            try:
                if text:
                    parse_value(dimension(key), text.removeprefix("!"))
                    params.setdefault(key, []).append(text)
            except BadFilter as error:
                refused.append(error)
    made = FlowFilter.from_params(params | ({"either_way": ["true"]} if either_way else {}))
    try:
        made = made.within(parse_time(since), parse_time(until))
    except BadFilter as error:
        refused.append(error)
    return Reading(made, tuple(refused))


def window_start(window: str, last: datetime | None) -> datetime | None:
    """When a window that ends with the newest flow begins; None for no limit."""
    length = WINDOWS.get(window)
    if length is None or last is None:
        return None
    return (last - length).replace(second=0, microsecond=0)


def show(page: str, settled: frozenset[str] = frozenset()) -> Reading:
    """Draw the bar and read it; `settled` dimensions are decided by the page and left out."""
    asked = url.arrived(page, (*FIELDS, *_OTHER_KEYS))
    _seed_widgets(asked)
    left_out = settled | session.current_store().unsupported
    fields = [field for field in FIELDS.values() if field.key not in left_out]
    texts: dict[str, list[str]] = {}
    with st.container(border=True, key="filter_bar"):
        row = st.container(horizontal=True, vertical_alignment="bottom", gap="small")
        window = _window(row)
        for field in (field for field in fields if field.is_first):
            texts[field.key] = _field(row, field)
            if field.key == "source":
                row.button("", icon=":material/swap_horiz:", on_click=swap, key="swap", help=_SWAP_HELP)
        either_way = _more(row, [field for field in fields if not field.is_first], texts)
        since, until = _custom_window() if window == "custom" else ("", "")
    drawn = {key: ",".join(given) for key, given in texts.items()}
    others = {"window": window if window != DEFAULT_WINDOW else "", "since": since, "until": until}
    url.write(asked | drawn | others | {"either_way": "true" if either_way else ""})
    reading = read_filter(texts, since, until, either_way=either_way)
    start = window_start(window, session.extent().last)
    if start is None:
        return reading
    return Reading(reading.flow_filter.within(start, None), reading.refused)


_VALUES_HELP = "In every filter: several values mean any of them; `!` in front means not that one, like `!10.1.0.0/16`."
_SWAP_HELP = "Exchange source and destination"


def _window(row: DeltaGenerator) -> str:
    chosen = row.segmented_control(
        "Window, up to the newest flow", list(WINDOWS), key="window", required=True, format_func=_window_words
    )
    return str(chosen)


def _window_words(window: str) -> str:
    return window.capitalize() if WINDOWS[window] is None else window


def _field(place: DeltaGenerator, field: Field) -> list[str]:
    return place.multiselect(
        field.label,
        _options(field),
        key=field.key,
        accept_new_options=True,
        placeholder=field.placeholder,
        help=_VALUES_HELP if field.key == "source" else None,
        filter_mode="contains",
        width=field.width,
    )


def _options(field: Field) -> list[str]:
    closed = WORDS.get(field.key)
    if closed:
        return list(closed)
    return list(dict.fromkeys(value for name in field.suggests for value in session.values(name)))


def _more(row: DeltaGenerator, fields: Sequence[Field], texts: dict[str, list[str]]) -> bool:
    """The popover with the other filters; true when flows count either way. Its button says how many are set."""
    active = sum(bool(st.session_state.get(field.key)) for field in fields) + bool(st.session_state.get("either_way"))
    with row.popover(f"More ({active})" if active else "More", icon=":material/tune:", key="more_filters"):
        either_way = st.toggle("Either way", key="either_way", help="Also flows with source and destination exchanged.")
        for left, right in zip(fields[::2], [*fields[1::2], None], strict=False):
            for side, field in zip(st.columns(2), (left, right), strict=True):
                if field:
                    texts[field.key] = _field(side, field)
    return either_way


def _custom_window() -> tuple[str, str]:
    row = st.container(horizontal=True, vertical_alignment="bottom", gap="small")
    since = row.text_input("From (UTC)", key="since", placeholder="2026-11-24T10:00", width=240)
    until = row.text_input("Until (UTC)", key="until", placeholder="2026-11-24T12:00", width=240)
    return since, until


def clear() -> None:
    """Empty every filter and show all time; a callback."""
    for key in FIELDS:
        st.session_state[key] = []
    st.session_state.update(window=DEFAULT_WINDOW, either_way=False, since="", until="")


def loosen(key: str) -> None:
    """Empty one filter, or the window; a callback."""
    if key == "window":
        st.session_state.update(window=DEFAULT_WINDOW, since="", until="")
    else:
        st.session_state[key] = []


def swap() -> None:
    """Exchange source and destination; a callback."""
    state = st.session_state
    state["source"], state["destination"] = list(state.get("destination", [])), list(state.get("source", []))


def _seed_widgets(asked: Mapping[str, str]) -> None:
    """Give each widget that is new, or that a link changed, its value: a widget that was not drawn forgot its own."""
    fresh = url.was_changed()
    since_given = bool(asked.get("since") or asked.get("until"))
    window = asked.get("window") or ("custom" if since_given else DEFAULT_WINDOW)
    seeds: dict[str, object] = {key: _split(asked.get(key, "")) for key in FIELDS}
    seeds |= {"since": asked.get("since", ""), "until": asked.get("until", "")}
    seeds |= {"window": window if window in WINDOWS else DEFAULT_WINDOW}
    seeds |= {"either_way": asked.get("either_way", "").lower() in ("true", "1", "yes")}
    for key, value in seeds.items():
        if fresh or key not in st.session_state:
            st.session_state[key] = value


def _split(text: str) -> list[str]:
    return list(dict.fromkeys(part.strip() for part in text.split(",") if part.strip()))
