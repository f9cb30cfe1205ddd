"""Rows that others are looked up among again and again: they are numbered once, not with each of the others."""

from __future__ import annotations

from math import prod

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from nsgflow_core.words.sets.group_numbers import MOST, Numbers, is_among


class KnownRows:
    """Tells of rows with the same columns whether they are among these; a missing value equals a missing one."""

    def __init__(self, rows: pd.DataFrame) -> None:
        self._rows = rows
        self._words = {name: pd.Index(rows[name].dropna().unique()) for name in rows.columns}
        self._are_numbered = prod(len(words) + 2 for words in self._words.values()) <= MOST
        self._numbers = pd.Index(np.unique(self._numbered(rows)) if self._are_numbered else [])

    def hold(self, rows: pd.DataFrame) -> NDArray[np.bool_]:
        """Which rows are among the known ones."""
        if not self._are_numbered:
            return is_among(rows, self._rows)
        found: NDArray[np.bool_] = self._numbers.get_indexer(pd.Index(self._numbered(rows))) >= 0
        return found

    def _numbered(self, rows: pd.DataFrame) -> Numbers:
        """A number per row; in each column a missing value counts as 1, and one that is not known as 0."""
        numbers = np.zeros(len(rows), dtype=np.int64)
        for name, words in self._words.items():
            places = words.get_indexer(pd.Index(rows[name])) + 2
            places[places == 1] = rows[name].isna().to_numpy(dtype=np.int64)[places == 1]
            numbers = numbers * (len(words) + 2) + places
        return numbers
