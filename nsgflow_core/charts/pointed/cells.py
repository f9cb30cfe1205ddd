"""The cells of a heatmap as a table, which goes to the page as columns: of 300 subnets a list would be 100,000 objects,
written anew in every view and looked through by Python's collector as long as somebody could click."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

ENCODED = {"x": "across", "y": "down", "value": "amount", "itemName": "words"}
"""Which column a series of type heatmap takes what from."""
AMOUNT = 2
"""The place of the column that a shade stands for."""
SHADE_NUMBER = "{@number}"
"""The formatter of a label that says what the cell's number is."""


def cells(
    across: npt.ArrayLike,
    down: npt.ArrayLike,
    amounts: npt.ArrayLike,
    words: Sequence[str],
    numbers: Sequence[str] | None = None,
) -> pd.DataFrame:
    """A row a cell: its place on the category axes, what its shade stands for, what is told where one points, and the
    number that it may carry."""
    places = {"across": np.asarray(across, np.int32), "down": np.asarray(down, np.int32)}
    numbers = [""] * len(words) if numbers is None else numbers
    texts = {"words": pd.Series(words, dtype="str"), "number": pd.Series(numbers, dtype="str")}
    return pd.DataFrame({**places, "amount": np.asarray(amounts, np.float64), **texts})
