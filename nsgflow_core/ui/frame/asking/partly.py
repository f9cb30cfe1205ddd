"""Answers that are not whole: a page says so once, above all that it draws of them, whatever draws it."""

from __future__ import annotations

from typing import TypeVar

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from nsgflow_core.ui.frame.plain import plain

T = TypeVar("T")
_PLACE, _SAID = "_partly_place", "_partly_said"


def begin_run(place: DeltaGenerator) -> None:
    """What is said in this run stands there."""
    st.session_state[_PLACE], st.session_state[_SAID] = place, set()


def told(answer: T) -> T:
    """The same answer. Why it is not whole is said: a frame's `attrs["partial"]`, or the `partial` of anything else."""
    why = answer.attrs.get("partial") if isinstance(answer, pd.DataFrame) else getattr(answer, "partial", "")
    place, said = st.session_state.get(_PLACE), st.session_state.setdefault(_SAID, set[str]())
    if isinstance(why, str) and isinstance(place, DeltaGenerator) and why and why not in said:
        said.add(why)
        place.warning(plain(why), title="This is part of the answer", icon=":material/hourglass_bottom:")
    return answer
