"""Drafts of a few random estates whose NSG changes mid-window; bench/rules/estates.py judges a thousand so."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from tests.estates.contested import plant
from tests.rules.draft.closed.judging import judged


@pytest.mark.parametrize("seed", [1, 8, 77])
def test_nothing_is_reopened_refused_lost_or_put_on_the_wrong_side_of_a_deny(tmp_path: Path, seed: int) -> None:
    estate = plant(seed)
    table = judged(tmp_path, estate, random.Random(seed))
    assert table["closed"].min() + table["legitimate"].min() > 0
    assert table[["reopened", "refused", "overruled", "silent", "lost"]].to_numpy().sum() == 0
