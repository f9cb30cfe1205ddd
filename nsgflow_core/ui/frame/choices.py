"""Fields that keep what was chosen when another page is shown; Streamlit itself forgets a field that is not drawn.

A page names its fields, all but secrets; the frame looks at the start of every run of every page. A field that is on
the page is left alone, so that nothing overwrites what somebody is typing.
"""

from __future__ import annotations

from collections.abc import Iterable

import streamlit as st

_KEPT, _PUT_BY = "_kept_choices", "_choices_put_by"


def keep(keys: Iterable[str]) -> None:
    """Let the fields with these keys keep their values in this session. Never a secret's."""
    st.session_state.setdefault(_KEPT, {}).update({key: None for key in keys if key not in _kept()})
    refresh()


def refresh() -> None:
    """Note what the fields hold, and give those that Streamlit forgot their value back. At the start of a run."""
    for key, value in _kept().items():
        if key in st.session_state:
            _kept()[key] = st.session_state[key]
        elif value is not None:
            st.session_state[key] = value


def forget(key: str) -> None:
    """Back to the field's own default: its kept value is no choice any more. Before the field is drawn."""
    st.session_state.pop(key, None)
    _kept().pop(key, None)


def put_by(keys: Iterable[str]) -> None:
    """Keep what was chosen for a run that ended before it drew these fields: the store failed it.

    Of several such runs, for the first: the browser then goes on with what it drew last, from before the choice.
    """
    held = {key: st.session_state[key] for key in keys if key in st.session_state}
    st.session_state[_PUT_BY] = held | st.session_state.get(_PUT_BY, {})


def give_back(*, but_for_a_link: bool) -> None:
    """What the last run put by, to the next that draws the fields; a link that was followed since says it anew."""
    chosen: dict[str, object] = st.session_state.pop(_PUT_BY, {})
    if not but_for_a_link:
        st.session_state.update(chosen)


def _kept() -> dict[str, object]:
    kept: dict[str, object] = st.session_state.setdefault(_KEPT, {})
    return kept
