"""What was pointed at (a bar, a cell, an entry of a legend), and what can be done with it, at the page's bottom.

It is no part of the view: a link does not carry it, and any next step forgets it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import streamlit as st

from nsgflow_core.ask.answers import label
from nsgflow_core.ask.filters import FlowFilter
from nsgflow_core.inventory.names.logged_nsgs import NO_NSG
from nsgflow_core.ui.frame import params, url
from nsgflow_core.ui.frame.plain import plain
from nsgflow_core.ui.frame.pointing import narrowing
from nsgflow_core.ui.frame.pointing.narrowing import Thing

_POINTED, _SETTLED = "_pointed", "_pointed_settled"
_SHORT = 24
_SINGLY = 2
"""A thing of more values offers them in menus: a button each would be a page of buttons."""
ADDRESSES = frozenset({"src_ip", "dst_ip"})
"""Columns whose values have a page of their own."""


@dataclass(frozen=True)
class _Pointed:
    """In which view, at what, in words."""

    seen: tuple[str, str]
    thing: Thing
    words: str


def begin_run(settled: frozenset[str] | None) -> None:
    """A page is drawn that decides these dimensions itself; None for one without a filter."""
    st.session_state[_SETTLED] = settled


def can_narrow(dimension: str) -> bool:
    """True when the page that is drawn can be narrowed by it."""
    settled: frozenset[str] | None = st.session_state.get(_SETTLED)
    return settled is not None and narrowing.offered(dimension, settled)


def can_narrow_time() -> bool:
    """True when the page that is drawn has a window."""
    return st.session_state.get(_SETTLED) is not None


def at(thing: Thing, words: str) -> None:
    """Somebody pointed at this; a callback."""
    st.session_state[_POINTED] = _Pointed(_view(), thing, words)


def away() -> None:
    """Nothing is pointed at; a callback."""
    st.session_state.pop(_POINTED, None)


def show(about: FlowFilter) -> None:
    """What can be done with what was pointed at; nothing when the view is another by now.

    `about` is what the page shows, its own condition included: the flows behind a thing are of that.
    """
    pointed = st.session_state.get(_POINTED)
    if not isinstance(pointed, _Pointed) or pointed.seen != _view():
        return away()
    with st.bottom.container(horizontal=True, vertical_alignment="center", gap="small", key="pointed"):
        st.markdown(f"**{plain(pointed.words)}**", width="content")
        _actions(pointed.thing, about)
        st.button("", icon=":material/close:", type="tertiary", on_click=away, key="point_away", help="Close")
    return None


def _actions(thing: Thing, about: FlowFilter) -> None:
    if thing.window:
        _action("Only this time", narrowing.only(Thing(window=thing.window)), "only_window")
    values = {name: value for name, value in thing.values.items() if can_narrow(name)}
    if len(values) > 1:
        _action("Only this", narrowing.only(Thing(values)), "only_all")
    if len(values) > _SINGLY:
        _one_of("Only …", {name: narrowing.only(Thing({name: value})) for name, value in values.items()}, values)
        _one_of("Not …", {name: narrowing.without(name, value) for name, value in values.items()}, values)
    else:
        for name, value in values.items():
            words = "this" if len(thing.values) == 1 and not thing.window else _short(name, value)
            _action(f"Only {words}", narrowing.only(Thing({name: value})), f"only_{name}")
            _action(f"Not {words}", narrowing.without(name, value), f"not_{name}")
    behind = about.within(None, None).to_params() | narrowing.only(thing) | {"level": "rows"}
    if url.page_shown() == "flows":  # a link to the page that is open changes nothing (Streamlit 1.67, tried)
        _action("Open flows", behind, "open_flows")
    else:
        url.link(st.container(width="content"), "flows", "Open flows", behind)
    if thing.values.get("nsg", NO_NSG) != NO_NSG and thing.values.get("direction"):
        to_rules = narrowing.rules_of(thing.values["nsg"], thing.values["direction"])
        url.link(st.container(width="content"), "rules", "Rules of this NSG", to_rules)
    for name in ADDRESSES & set(thing.values):
        url.link(st.container(width="content"), "address", "This address", {"ip": thing.values[name]})


def _one_of(words: str, changes: Mapping[str, narrowing.Change], values: Mapping[str, str]) -> None:
    """A menu of the parts of a thing of many."""
    key = f"point_{words.split()[0].lower()}_part"

    def chosen() -> None:
        narrowing.apply(changes[str(st.session_state[key])])

    st.menu_button(
        plain(words),
        list(changes),
        key=key,
        on_click=chosen,
        format_func=lambda name: plain(f"{label(name)} {values[name]}"),
    )


def _short(name: str, value: str) -> str:
    return value if len(value) <= _SHORT else f"this {label(name).lower()}"


def _action(words: str, change: narrowing.Change, key: str) -> None:
    st.button(plain(words), on_click=narrowing.apply, args=(change,), key=f"point_{key}")


def _view() -> tuple[str, str]:
    return url.page_shown(), params.written_out()
