"""What changed between two windows, a section for each kind of thing; a row leads to its flows in both windows."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pandas as pd
import streamlit as st

from nsgflow_core.analysis.compared import changes, ended
from nsgflow_core.analysis.compared.changes import IN_ALL, SUBJECTS
from nsgflow_core.analysis.question import Question
from nsgflow_core.analysis.required_ports import EndsAs
from nsgflow_core.ask.compared import GroupChange
from nsgflow_core.ask.text.times import format_time, moment_words
from nsgflow_core.charts.flows import COLOURS, NEUTRAL
from nsgflow_core.ui.flows import cut_off
from nsgflow_core.ui.flows.compare_windows import Windows
from nsgflow_core.ui.frame import url
from nsgflow_core.ui.frame.asking import clock
from nsgflow_core.ui.frame.page import View
from nsgflow_core.ui.frame.plain import plain
from nsgflow_core.ui.frame.pointing import narrowing
from nsgflow_core.ui.frame.pointing.narrowing import Thing
from nsgflow_core.ui.parts import said, tables

ALL, _LOGS, _ENDED = "all", "logs", "ended"
AT_A_GLANCE = ("services", "sources", "logs", "nics")
"""What is shown together. Denials stay apart: nobody looks at them before their sources, and they cost most."""
FEW, MANY = 5, 500
"""Rows of each change, together and alone."""
_HEIGHT = 700
"""Pixels of a table: all rows that are shown together, and a part of the next of those alone."""


def of_words(of: str) -> str:
    """A choice of what is compared, in words."""
    return {ALL: "At a glance", cut_off.KEY: cut_off.TITLE}.get(of) or SUBJECTS[of].title


def show(view: View, windows: Windows, of: str, by: EndsAs) -> None:
    """All that is looked at together, or one kind of thing with more of its rows."""
    if of != ALL:
        st.caption(plain(SUBJECTS[of].help))
    most = FEW if of == ALL else MANY
    keys = AT_A_GLANCE if of == ALL else (of,)
    asked = {key: view.named(SUBJECTS[key].asked(windows.before, windows.after, by, most)) for key in keys}
    with view.asking(*asked.values(), *([ended.last_entries(windows.after)] if _LOGS in asked else [])):
        for key, question in asked.items():
            _section(view, windows, key, by, question)
            if key == _LOGS:
                said.silent(ended.in_words(_ended(view, windows), clock.zone()))


def _section(view: View, windows: Windows, key: str, by: EndsAs, question: Question) -> None:
    """One kind of thing: how many changed in which way, and those that changed most."""
    subject = SUBJECTS[key]
    found = view.ask(question)
    counts = changes.counts(found)
    words = {str(change): word.capitalize() for change, word in subject.words.items()}
    tables.show(
        found.assign(change=found["change"].map(words)),
        tables.TableView(
            subject.title,
            f"changes-{key}",
            question,
            bars=[name for name in map(str, found) if name.endswith("_after")],
            colour=COLOURS[subject.decision] if subject.decision else NEUTRAL,
            note=_in_words(view, windows, key, counts),
            hide=(IN_ALL,),
            of=sum(counts.values()),
            complete=view.later(view.named(subject.asked(windows.before, windows.after, by, None))),
            height=_HEIGHT,
        ),
        on_pick=_opening(key, found, windows),
    )


def _opening(key: str, found: pd.DataFrame, windows: Windows) -> Callable[[int], None]:
    """Open the flows of a row, from the start of the earlier window to the end of the later."""

    def opened(place: int) -> None:
        row = found.iloc[place]
        kept = narrowing.only(Thing({name: str(row[name]) for name in _KEYS if name in row and str(row[name])}))
        kept |= {"since": format_time(windows.before.since), "until": format_time(windows.after.until)}
        decision = SUBJECTS[key].decision
        url.go("flows", kept | {"window": "", "level": "pairs", "decision": str(decision or "")})

    return opened


_KEYS = ("source", "destination", "src_ip", "protocol", "port", "mac", "target")


def card(view: View, windows: Windows | None) -> None:
    """What changed in a line for each kind of thing, each with the way to all of it."""
    told = _told(view, windows)
    with st.container(border=True, key="what_changed", gap="small"):
        row = st.container(horizontal=True, vertical_alignment="center", gap="small")
        row.subheader("What changed", anchor=False, width="content")
        if windows is None:
            row.caption("The store holds nothing earlier to compare with.")
            return
        row.caption(plain(f"{_day_or_window(view)} against the time just before"), width="stretch")
        url.link(row, "changes", cut_off.TITLE, {"of": cut_off.KEY})
        url.link(row, "changes", "All changes")
        with st.grid(len(told), min_column_width=240, gap="small"):
            for key, words in told.items():
                with st.container(gap="xxsmall"):
                    url.link(st.container(), "changes", SUBJECTS[key].title, {"of": key}, about="that changed")
                    st.markdown(plain(words))


def questions(view: View, windows: Windows | None) -> dict[str, Question]:
    """What the card asks, by kind of thing."""
    if windows is None:
        return {}
    made = {key: SUBJECTS[key].asked(windows.before, windows.after, "subnet", FEW) for key in AT_A_GLANCE}
    return {key: view.named(question) for key, question in made.items()} | {_ENDED: ended.last_entries(windows.after)}


def _told(view: View, windows: Windows | None) -> dict[str, str]:
    """How many of each kind changed, in words."""
    if windows is None:
        return {}
    asked = questions(view, windows)
    return {key: _in_words(view, windows, key, changes.counts(view.ask(asked[key]))) for key in AT_A_GLANCE}


def _in_words(view: View, windows: Windows, key: str, counts: Mapping[GroupChange, int]) -> str:
    """How many of a kind changed; of flow logs also those that ended inside the later window."""
    told = changes.counts_in_words(SUBJECTS[key], counts)
    ends = _ended(view, windows) if key == _LOGS else pd.DataFrame()
    if ends.empty:
        return told
    before = f"{told}, " if any(counts.values()) else ""
    return f"{before}{len(ends):,} silent since {moment_words(ends['last_seen'].iloc[0], clock.zone())}"


def _ended(view: View, windows: Windows) -> pd.DataFrame:
    return ended.ended(view.ask(ended.last_entries(windows.after)))


def _day_or_window(view: View) -> str:
    return "This window" if view.flow_filter.since else "The newest day"
