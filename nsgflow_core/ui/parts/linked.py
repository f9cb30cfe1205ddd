"""Choices that a link carries, for widgets with a default of their own (`url.choice` takes the first option)."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from nsgflow_core.ui.frame import url


def slider(place: DeltaGenerator, label: str, options: Sequence[str], key: str, default: str) -> str:
    """A dial over a few named positions."""
    _seed(key, options, default)
    chosen = str(place.select_slider(label, options, key=key))
    return _kept(key, chosen, default)


def picker(
    place: DeltaGenerator, label: str, options: Sequence[str], key: str, default: str, words: Callable[[str], str]
) -> str:
    """A list to search and pick one of."""
    _seed(key, options, default)
    chosen = str(place.selectbox(label, options, key=key, format_func=words, width=300))
    return _kept(key, chosen, default)


def switch(place: DeltaGenerator, label: str, key: str, note: str) -> bool:
    """Yes or no; no is the default."""
    asked = st.query_params.get(key) == "yes"
    if key not in st.session_state or st.session_state.get(f"_seen_{key}") != asked:
        st.session_state[key] = asked
    chosen = bool(place.toggle(label, key=key, help=note))
    st.session_state[f"_seen_{key}"] = chosen
    url.put(key, "yes" if chosen else "")
    return chosen


def asked_for(key: str, options: Sequence[str], default: str) -> str:
    """What the link says, without a widget; the default where it says nothing that there is."""
    asked = st.query_params.get(key, default)
    return asked if asked in options else default


def _seed(key: str, options: Sequence[str], default: str) -> None:
    """Give a widget the link's value when it is new, when the link changed, or when its value is no option any more."""
    asked = asked_for(key, options, default)
    is_new = key not in st.session_state or st.session_state.get(f"_seen_{key}") != asked
    if is_new or st.session_state[key] not in options:
        st.session_state[key] = asked


def _kept(key: str, chosen: str, default: str) -> str:
    st.session_state[f"_seen_{key}"] = chosen
    url.put(key, chosen if chosen != default else "")
    return chosen
