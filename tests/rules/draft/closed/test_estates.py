"""Drafts of a few random estates whose NSG changes mid-window, alone and beside others.

bench/rules/estates.py judges a thousand so.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.estates.contested import Estate, plant
from tests.estates.untidy import plant_untidy
from tests.rules.draft.closed.judging import judged


@pytest.mark.parametrize(
    ("planted", "seed"),
    [(plant, 1), (plant, 8), (plant, 77), *((plant_untidy, seed) for seed in (8543, 8544, 8552, 8714))],
)
def test_nothing_is_reopened_refused_lost_or_put_on_the_wrong_side_of_a_deny(
    tmp_path: Path, planted: Callable[[int], Estate], seed: int
) -> None:
    estate = planted(seed)
    table = judged(tmp_path, estate, random.Random(seed))
    assert table["closed"].min() + table["legitimate"].min() > 0
    assert table[["reopened", "refused", "overruled", "silent", "lost"]].to_numpy().sum() == 0
