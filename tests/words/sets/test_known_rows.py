"""Rows looked up among known ones are found where `is_among` finds them, whatever type a column has on either side."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nsgflow_core.words.sets import known_rows
from nsgflow_core.words.sets.group_numbers import is_among
from nsgflow_core.words.sets.known_rows import KnownRows

ROWS = st.lists(st.tuples(st.sampled_from(["10.0.0.1", "::1", None]), st.sampled_from([0, 22, 443])), max_size=8)
TYPES = st.sampled_from(["str", "category", "object"])


def frame(rows: list[tuple[str | None, int]], kind: Any) -> pd.DataFrame:
    made = pd.DataFrame(rows, columns=["src_ip", "port"])
    return made.astype({"src_ip": kind, "port": "int64"})


@given(ROWS, ROWS, TYPES, TYPES)
def test_rows_are_found_as_among_two_frames(known: Any, asked: Any, one: str, other: str) -> None:
    rows, among = frame(asked, one), frame(known, other)
    assert KnownRows(among).hold(rows).tolist() == is_among(rows, among).tolist()


def test_rows_of_more_values_than_numbers_are_compared_as_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(known_rows, "MOST", 3)
    known = frame([("::1", 22), ("10.0.0.1", 0)], "str")
    assert KnownRows(known).hold(frame([("::1", 22), ("::1", 0)], "str")).tolist() == [True, False]
