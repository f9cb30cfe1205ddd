"""Empty states in words: a store without flows, and a filter that nothing meets, with what would find something."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import NoReturn

import streamlit as st

from nsgflow_core.analysis import traffic
from nsgflow_core.analysis.unmet.names import unknown_names
from nsgflow_core.analysis.unmet.window import outside_words
from nsgflow_core.analysis.views import WINDOW_LENGTHS, window_start
from nsgflow_core.ask.answers import label
from nsgflow_core.ask.columns import DIMENSIONS
from nsgflow_core.ask.filters import Condition, FlowFilter
from nsgflow_core.ask.operators import OPERATORS
from nsgflow_core.errors import BadFilter, NsgflowError
from nsgflow_core.stores.local.disk.location import STORE_VARIABLE, default_store_path
from nsgflow_core.stores.local.store import LocalStore
from nsgflow_core.ui.frame import filter_bar, navigation, params, session
from nsgflow_core.ui.frame.asking import clock
from nsgflow_core.ui.frame.plain import plain
from nsgflow_core.words.numbers import counted
from nsgflow_core.words.prefixes import is_prefix
from nsgflow_core.words.visible import in_short

_AT_MOST_TRIED = 6


@dataclass(frozen=True, slots=True)
class Try:
    """One change of a filter that may find something: its words, the filter, and the callback that makes it."""

    key: str
    words: str
    flow_filter: FlowFilter
    change: Callable[..., None]
    argument: str = ""


def say_whose(shown: session.ActiveStore, page: str) -> bool:
    """Say that the sample stands in for the store on this machine, and the way to one's own; True where it does.

    Where NSGFLOW_STORE names a file that is not there (mistyped, or new), and where the file holds no flows.
    """
    named = default_store_path()
    is_there = os.path.lexists(named)
    if not shown.is_sample or session.shows_sample() or not (is_there or os.environ.get(STORE_VARIABLE)):
        return False
    lacks = "holds no flows yet" if is_there else "is not there yet"
    row = st.container(horizontal=True, vertical_alignment="center", gap="small", key="stands_in")
    row.markdown(
        f":orange[:material/info:] {plain(named)} {lacks}: what you see is the sample estate, not your network.",
        width="content",
    )
    if page != "connect":
        row.page_link(navigation.page_file("connect"), label="Import flow logs or connect", icon=":material/upload:")
    return True


def stop_without_flows(shown: session.ActiveStore) -> NoReturn:
    """End the page with what to do when the store holds nothing, or its file is not there any more."""
    if isinstance(shown.store, LocalStore) and not os.path.lexists(shown.store.path):
        _stop_without_file(shown.store)
    if isinstance(shown.store, LocalStore):
        words, label, icon = "Import flow logs from a storage account or a folder", "Import flow logs", "upload"
    else:
        words, label, icon = "Connect tells what it holds, and what would bring flows", "Go to Connect", "database"
    st.info(
        f"{words}; or look at the sample estate first.",
        title=f"{plain(shown.store.name)} holds no flows yet",
        icon=":material/database:",
    )
    row = st.container(horizontal=True)
    row.page_link(navigation.page_file("connect"), label=label, icon=f":material/{icon}:")
    row.button("Show the sample estate", on_click=session.use_sample, icon=":material/science:", key="show_sample")
    params.stop()


def _stop_without_file(store: LocalStore) -> NoReturn:
    """End the page of a session whose store has gone: who reads that it holds nothing yet would import it all anew."""
    st.warning(
        f"{plain(store.path)} was moved or deleted, or the disk that it lies on is not there. Bring it back, from a "
        "copy if there is one, and try again; an import on Connect would begin a new one.",
        title=f"{plain(store.name)} is not there any more",
        icon=":material/database_off:",
    )
    row = st.container(horizontal=True, vertical_alignment="center", gap="small")
    row.button("Try again", icon=":material/refresh:", key="try_again")
    row.page_link(navigation.page_file("connect"), label="Go to Connect", icon=":material/database:")
    row.button("Show the sample estate", on_click=session.use_sample, icon=":material/science:", key="show_sample")
    params.stop()


def stop_without_match(about: FlowFilter, asked: FlowFilter) -> None:
    """End the page when no flow meets the filter, with the changes of it that would find something."""
    if _entries(about):
        return
    if asked == FlowFilter():
        st.info(
            "No filter is set: nothing of what this page shows was logged.",
            title="The store holds no such flow",
            icon=":material/check:",
        )
        params.stop()
    found = _finding(about, asked)
    none = "No single change finds any: loosen several filters, or clear them all."
    outside = outside_words(session.extent, about, clock.zone())
    why = "".join(f"{plain(each)} " for each in (*_unknown(about), outside) if each)
    st.info(
        f"{why}Each of these finds some:" if found else f"{why}{none}",
        title="No flow meets these filters",
        icon=":material/filter_alt_off:",
    )
    _buttons(found)
    params.stop()


def _unknown(about: FlowFilter) -> list[str]:
    """The names that nothing here is called, a sentence each."""
    try:
        return unknown_names(session.active().store, about)
    except NsgflowError:
        return []


def offer(about: FlowFilter, asked: FlowFilter) -> None:
    """The changes of a filter that would find something, a button each; nothing where there are none."""
    if found := _finding(about, asked):
        _buttons(found)


def _finding(about: FlowFilter, asked: FlowFilter) -> list[tuple[Try, int]]:
    """The changes that find something, and how many log entries."""
    return [(each, count) for each in _tries(about, asked) if (count := _entries(each.flow_filter))]


def _buttons(found: list[tuple[Try, int]]) -> None:
    row = st.container(horizontal=True, key="would_find")
    for each, count in found:
        row.button(
            f"{plain(each.words)}: {counted(count, 'log entry')}",
            on_click=each.change,
            args=(each.argument,) if each.argument else (),
            key=f"would_find_{each.key}",
        )
    row.button("Clear all filters", on_click=filter_bar.clear, icon=":material/close:", key="clear_unmatched")


def _tries(about: FlowFilter, asked: FlowFilter) -> Iterator[Try]:
    """Names that hold what was typed, the same ends the other way round, wider windows, each filter left out alone.

    What the page itself decides stays.
    """
    yield from _parts(about, asked)
    yield from _machines(about, asked)
    ends = {condition.column.end.label for condition in asked.conditions if condition.column.end}
    if ends and not asked.either_way:
        turned = "Source and destination exchanged" if len(ends) > 1 else f"As {_OTHER[next(iter(ends))]}"
        yield Try("turned", turned, about.swapped(), filter_bar.swap)
        yield Try("either_way", "Either way", replace(about, either_way=True), filter_bar.count_either_way)
    yield from _wider(about)
    for key in list(dict.fromkeys(condition.dimension for condition in asked.conditions))[:_AT_MOST_TRIED]:
        yield Try(key, f"Without {label(key)}", about.without(key), filter_bar.loosen, key)


_OTHER = {"source": "destination", "destination": "source"}


def _parts(about: FlowFilter, asked: FlowFilter) -> Iterator[Try]:
    """Each name that was asked for whole, as a part of names: `web` is nobody's where they are `snet-web`.

    All of them together where none does it alone: who shortens one name shortens the other.
    """
    parts = [each for each in asked.conditions if each.operator == "is" and _has_parts(each)][:_AT_MOST_TRIED]
    found = [each for each in (_as_parts(about, (part,)) for part in parts) if _entries(each.flow_filter)]
    yield from found
    if len(parts) > 1 and not found:
        yield _as_parts(about, parts)


def _has_parts(condition: Condition) -> bool:
    """False for a port, an address or a CIDR."""
    if any(map(is_prefix, condition.values)):
        return False
    with suppress(BadFilter):
        return bool(FlowFilter().where(condition.dimension, *condition.values, operator="contains").conditions)
    return False


def _as_parts(about: FlowFilter, wholes: Sequence[Condition]) -> Try:
    contains = OPERATORS["contains"]
    made = replace(about, conditions=tuple(each for each in about.conditions if each not in wholes))
    for whole in wholes:
        made = made.where(whole.dimension, *whole.values, operator=contains.key)
    words = (f"{label(each.dimension)} {contains.words} {' or '.join(each.values[:2])}" for each in wholes)
    keys = [each.dimension for each in wholes]
    return Try(f"part_{'_'.join(keys)}", in_short(", ".join(words)), made, filter_bar.ask_for_parts, " ".join(keys))


def _machines(about: FlowFilter, asked: FlowFilter) -> Iterator[Try]:
    """What was asked of both ends, or of one, of the names of its addresses: `vm-web-01` is no subnet."""
    unsupported, contains = session.current_store().unsupported, OPERATORS["contains"]
    named = {
        each.dimension: each.values
        for each in asked.conditions
        if each.operator == "is" and f"{each.dimension}_name" in {*DIMENSIONS} - unsupported
        and not any(map(is_prefix, each.values))
    }  # fmt: skip
    for ends in dict.fromkeys(((*named,), *((end,) for end in named))):
        made, words = about, list[str]()
        for end in ends:
            made = made.without(end).where(f"{end}_name", *named[end], operator=contains.key)
            words.append(f"{label(f'{end}_name')} {contains.words} {' or '.join(named[end][:2])}")
        if ends:
            key = f"machine_{'_'.join(ends)}"
            yield Try(key, in_short(", ".join(words)), made, filter_bar.ask_for_machines, " ".join(ends))


def _wider(about: FlowFilter) -> Iterator[Try]:
    """The first longer window that finds something, and all time."""
    until = session.extent().recent_until
    if not about.since and not about.until:
        return
    for name, length in WINDOW_LENGTHS.items():
        start = window_start(name, until)
        if length and start and (about.since is None or start < about.since):
            wider = about.within(start, None)
            if _entries(wider):
                yield Try("window", f"In the last {name}", wider, filter_bar.widen, name)
                break
    yield Try("all_time", "Over all time", about.within(None, None), filter_bar.widen, "all")


def _entries(flow_filter: FlowFilter) -> int:
    return int(session.ask(traffic.entries(flow_filter))["tuples"].sum())
