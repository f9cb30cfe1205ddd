"""What of a link means nothing here, in a sentence: an old link, or one with a typo, would show another view.

It stands until the user asks for something. A run that nobody asked for (the page learned how wide it is, somebody
else's import ended) says it again.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from nsgflow_core.analysis.views import WINDOW_LENGTHS
from nsgflow_core.ask.columns import DIMENSIONS
from nsgflow_core.ui.frame.plain import plain
from nsgflow_core.words.apart import nearest
from nsgflow_core.words.visible import in_short

_PLACE, _SAID, _STANDS = "_link_notes", "_link_notes_said", "_link_notes_stand"
_MOST_LISTED = 12
_NEAR = 0.82
"""How alike a name and that of a filter are, so that one is meant for the other; no choice of a page is as near."""
_NAMES = (*DIMENSIONS, "window", "since", "until")
_OWN_WINDOW = ", or write since=… and until=… in its place"
_YES_OR_NO = ("true", "1", "yes", "false", "0", "no")


def begin_run(place: DeltaGenerator) -> None:
    """What is said in this run stands there; before all else what stands from the run before."""
    st.session_state[_PLACE] = place
    said = st.session_state.pop(_SAID, {}) if st.session_state.pop(_STANDS, False) else {}
    st.session_state[_SAID] = {}
    for what, hint in said.items():
        _say(what, hint)


def let_stand() -> None:
    """Say again in the next run what this one said: the user asks for nothing between the two."""
    st.session_state[_STANDS] = True


def leave_out(key: str, value: str, options: Collection[str], *, or_else: str = "") -> None:
    """Say that a parameter is none of what there is to choose, and what else can be written."""
    offered = [each for each in options if each]
    listed = f"Choose one of {', '.join(offered)}" if 0 < len(offered) <= _MOST_LISTED else "Choose it here"
    _say(f"{key}={value}", f"{listed}{or_else}.")


def leave_out_of_filter(asked: Mapping[str, str], given: Collection[str]) -> None:
    """The same of the filter's window and ways, and of `given` names that are nearly those of filters."""
    for key, options, or_else in (("window", tuple(WINDOW_LENGTHS), _OWN_WINDOW), ("either_way", _YES_OR_NO, "")):
        if (value := asked.get(key, "").lower()) and value not in options:
            leave_out(key, value, options, or_else=or_else)
    for name, meant in _misspelt(given):
        _say(name, f"Write {meant}=… for it.")


def _misspelt(given: Collection[str]) -> Iterator[tuple[str, str]]:
    aliases = {alias: key for key, column in DIMENSIONS.items() for alias in column.aliases}
    for name in given:
        if name not in _NAMES:
            near = nearest(name, _NAMES, 1, _NEAR)
            if meant := aliases.get(name.casefold()) or next(iter(near), None):
                yield name, meant


def _say(what: str, hint: str) -> None:
    place, said = st.session_state.get(_PLACE), st.session_state.setdefault(_SAID, {})
    if isinstance(place, DeltaGenerator) and what not in said:
        said[what] = hint
        title = f"Left out of the link: {plain(in_short(what))}"
        place.warning(plain(in_short(hint, 300)), title=title, icon=":material/link_off:")
