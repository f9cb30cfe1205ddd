"""Rows as numbers: fast grouping of many columns by hashing, and ends of groups."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Numbers = NDArray[np.int64]


MOST = 1 << 62
"""Numbers stay below this, so that they fit in 64 bits with a sign."""
MARKED = 16
"""Up to so many possible pairs for each row, the pairs are marked in a table, not hashed."""
WIDEST = 1 << 24
"""Whole numbers within a range of so many are taken as they are, not looked up."""


def group_numbers(*columns: Any, in_order: bool = True) -> Numbers:
    """A number per row from 0 on, none left out: equal rows have equal numbers, a missing value equals a missing one.

    Numbers are in the order of the values (categories in their own), the first column first; with `in_order` False in
    the order of the rows, which takes less time.
    """
    return _without_gaps(*_numbered(columns, in_order), in_order)


def order_of(*columns: Any) -> Numbers:
    """The places of the rows in the order of their values, the first column first; equal rows in any order."""
    return np.argsort(_numbered(columns, True)[0])


def _numbered(columns: tuple[Any, ...], in_order: bool) -> tuple[Numbers, int]:
    """A number per row as `group_numbers` says, some left out, and a number above all of them."""
    numbers: Numbers | None = None
    size = 1
    for column in columns:
        codes, words = codes_of(column, in_order=in_order)
        if numbers is None:
            numbers, size = codes, words
            continue
        if size * words > MOST:
            numbers = _without_gaps(numbers, size, in_order)
            size = int(numbers.max(initial=-1)) + 1
        numbers, size = numbers * words + codes, size * words
    if numbers is None:
        raise ValueError("There is no column to number by.")
    return numbers, size


def codes_of(column: Any, *, in_order: bool = False) -> tuple[Numbers, int]:
    """A whole number from 0 on for each value of a column, equal for equal ones, and a number above all of them.

    `in_order`: a greater value has a greater number, and a missing one the greatest.
    """
    values: Any = column.array if isinstance(column, (pd.Series, pd.Index)) else column
    if isinstance(values, pd.arrays.NumpyExtensionArray):
        values = values.to_numpy()
    if isinstance(values, pd.Categorical):
        codes, words = values.codes.astype(np.int64), len(values.categories)
        codes[codes < 0] = words
        return codes, words + 1
    values = values if isinstance(values, pd.api.extensions.ExtensionArray) else np.asarray(values)
    if isinstance(values, np.ndarray) and values.dtype.kind in "iub" and len(values):
        lowest, highest = int(values.min()), int(values.max())
        if highest - lowest < WIDEST:
            return values.astype(np.int64) - lowest, highest - lowest + 1
    found, distinct = pd.factorize(values, sort=in_order, use_na_sentinel=False)
    return found.astype(np.int64), max(len(distinct), 1)


def _without_gaps(numbers: Numbers, size: int, in_order: bool) -> Numbers:
    """The same grouping in numbers from 0 on, none left out: in their order, or in that of the rows."""
    if in_order and size <= 4 * len(numbers):
        is_used = np.zeros(size, dtype=np.bool_)
        is_used[numbers] = True
        found: Numbers = (np.cumsum(is_used) - 1)[numbers]
        return found
    return pd.factorize(numbers, sort=in_order)[0].astype(np.int64)


def count_distinct(groups: Numbers, values: Any, size: int) -> Numbers:
    """How many different values each of the groups 0 .. size-1 holds."""
    codes, words = codes_of(values)
    pairs = groups * words + codes
    if size * words > MARKED * len(pairs):
        return np.bincount(pd.unique(pairs) // words, minlength=size).astype(np.int64)
    is_held = np.zeros((size, words), dtype=np.bool_)
    is_held.ravel()[pairs] = True
    found: Numbers = is_held.sum(axis=1, dtype=np.int64)
    return found


def first_of_each(numbers: Numbers) -> Numbers:
    """The place of the first row of each number, by number."""
    first = np.empty(int(numbers.max(initial=-1)) + 1, dtype=np.int64)
    first[numbers[::-1]] = np.arange(len(numbers) - 1, -1, -1)
    return first


def numbers_of_both(left: pd.DataFrame, right: pd.DataFrame) -> tuple[Numbers, Numbers, int]:
    """A number per row of two frames with the same columns, and how many there are: equal rows have equal numbers."""
    both = [_codes_of_both(left[name], right[name]) for name in left.columns]
    numbers = group_numbers(*both, in_order=False)
    return numbers[: len(left)], numbers[len(left) :], int(numbers.max(initial=-1)) + 1


def is_among(rows: pd.DataFrame, others: pd.DataFrame) -> NDArray[np.bool_]:
    """Which rows of one frame are equal to some row of another with the same columns."""
    of_rows, of_others, count = numbers_of_both(rows, others)
    found = np.zeros(count, dtype=np.bool_)
    found[of_others] = True
    return found[of_rows]


def total_of_each(rows: pd.DataFrame, others: pd.DataFrame, amounts: Any) -> Numbers:
    """Of each row the sum of the amounts of its equals among other rows; 0 for one without."""
    of_rows, of_others, count = numbers_of_both(rows, others)
    sums = np.zeros(count, dtype=np.int64)
    np.add.at(sums, of_others, np.asarray(amounts, dtype=np.int64))
    return sums[of_rows]


def _codes_of_both(left: pd.Series[Any], right: pd.Series[Any]) -> Numbers:
    """A number per value of one column after the other: only the distinct values of each are compared."""
    codes_left, words_left = pd.factorize(left, use_na_sentinel=False)
    codes_right, words_right = pd.factorize(right, use_na_sentinel=False)
    words = np.concatenate([np.asarray(words_left, dtype=object), np.asarray(words_right, dtype=object)])
    same = pd.factorize(words, use_na_sentinel=False)[0].astype(np.int64)
    return np.concatenate([same[: len(words_left)][codes_left], same[len(words_left) :][codes_right]])
