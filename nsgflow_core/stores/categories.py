"""Texts of a million rows as categories: joined, named anew and numbered by their codes, never row by row."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd

from nsgflow_core.words.sets.group_numbers import Numbers

_MOST = 1 << 62


def category_places(texts: pd.Series[str]) -> Numbers:
    """The place of each text in its categories."""
    return texts.cat.codes.to_numpy().astype(np.int64)


def in_common(*parts: pd.Series[str]) -> list[pd.Series[str]]:
    """The same columns with one list of categories, sorted; rows are numbered from 0."""
    every = pd.Index(sorted({text for part in parts for text in part.cat.categories}), dtype="str")
    return [pd.Series(pd.Categorical(part.array, categories=every)) for part in parts]


def above_one_another(*parts: pd.Series[str]) -> pd.Series[str]:
    """Columns as one; its categories are sorted."""
    same = in_common(*parts)
    codes = np.concatenate([category_places(part) for part in same])
    return _of(codes, same[0].cat.categories)


def respelled(texts: pd.Series[str], name: Callable[[str], str]) -> pd.Series[str]:
    """Texts as `name` spells them, some alike then."""
    spelled = np.array([name(str(text)) for text in texts.cat.categories], dtype=object)
    categories, places = np.unique(spelled.astype(str), return_inverse=True)
    return _of(
        places[category_places(texts)] if len(texts) else np.zeros(0, np.int64), pd.Index(categories, dtype="str")
    )


def all_alike(text: str, rows: int, texts: Sequence[str] = ()) -> pd.Series[str]:
    """One text so many times, of a closed list where `texts` gives one."""
    every = list(texts or (text,))
    return _of(np.full(rows, every.index(text), np.int64), pd.Index(every, dtype="str"))


def numbered(columns: Sequence[Numbers]) -> Numbers:
    """A number for each row, the same where all columns (of numbers from 0 on) are the same."""
    found = np.zeros(len(columns[0]), np.int64)
    for column in columns:
        size = int(column.max(initial=0)) + 1
        if int(found.max(initial=0)) + 1 > _MOST // size:
            found = pd.factorize(found)[0].astype(np.int64)
        found = found * size + column
    return found


def _of(codes: Numbers, categories: pd.Index) -> pd.Series[str]:
    return pd.Series(pd.Categorical.from_codes(codes, categories=categories))
