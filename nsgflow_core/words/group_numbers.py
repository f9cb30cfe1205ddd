"""Rows as numbers: fast grouping of many columns in numpy."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


def group_numbers(*columns: Any) -> NDArray[np.int64]:
    """A number per row: equal rows have equal numbers, in the order of their values, none left out."""
    numbers = np.zeros(len(columns[0]), dtype=np.int64)
    for column in columns:
        words, codes = np.unique(np.asarray(column), return_inverse=True)
        numbers = np.unique(numbers * max(len(words), 1) + codes, return_inverse=True)[1].astype(np.int64)
    return numbers
