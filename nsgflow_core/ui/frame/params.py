"""The URL's parameters as a run leaves them, written once at its end: one action of a user is one step of the history.

Streamlit pushes an entry for each parameter that is written, and Back would lead to mixes that nobody saw. So pages
write here, read here what they wrote, and `written` brings it to the browser.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import NoReturn

import streamlit as st

_LEFT = "_params_left"
Params = dict[str, tuple[str, ...]]


def get(key: str, default: str = "") -> str:
    """One parameter; where it is given several times, the last."""
    return _now().get(key, (default,))[-1]


def get_all(key: str) -> tuple[str, ...]:
    """All values of a parameter, none where it is not given."""
    return _now().get(key, ())


def names() -> tuple[str, ...]:
    """The parameters that are given."""
    return tuple(_now())


def written_out() -> str:
    """All of them as one text: two views of a page are one when theirs are."""
    return str(sorted(_now().items()))


def put(texts: Mapping[str, str]) -> None:
    """Set these parameters; an empty text takes one out."""
    kept = {key: values for key, values in _now().items() if key not in texts or texts[key]}
    _keep(kept | {key: (text,) for key, text in texts.items() if text})


def drop(given: Sequence[str]) -> None:
    """Take these parameters out."""
    put(dict.fromkeys(given, ""))


@contextmanager
def written() -> Iterator[None]:
    """For all of a run. What one leaves that another follows at once (`st.rerun`) is written by that one."""
    yield
    _write()


def stop() -> NoReturn:
    """End the run here, with what it left in the URL: after `st.stop` Streamlit takes nothing more."""
    _write()
    st.stop()


def _in_browser() -> Params:
    return {key: tuple(st.query_params.get_all(key)) for key in st.query_params}


def _now() -> Params:
    """What was left, unless the browser says something else since: somebody followed a link, or went back."""
    before, left = st.session_state.get(_LEFT, (None, None))
    held = _in_browser()
    return left if left is not None and before == held else held


def _keep(left: Params) -> None:
    st.session_state[_LEFT] = (_in_browser(), left)


def _write() -> None:
    left = _now()
    st.session_state.pop(_LEFT, None)
    if left != _in_browser():
        st.query_params.from_dict({key: list(values) for key, values in left.items()})
