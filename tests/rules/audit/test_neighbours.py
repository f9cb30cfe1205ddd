"""Rules that can meet: against asking each pair."""

from __future__ import annotations

import random

import pytest

from nsgflow_core.rules.audit import neighbours as room
from nsgflow_core.rules.audit.neighbours import neighbours, sharing


@pytest.mark.parametrize("seed", range(20))
def test_sets_that_share_a_member_are_found(seed: int) -> None:
    rng = random.Random(seed)
    sides = [[rng.getrandbits(70) & rng.getrandbits(70) & rng.getrandbits(70) for _ in range(12)] for _ in range(3)]
    met = [[all(side[a] & side[b] for side in sides) for b in range(12)] for a in range(12)]
    assert neighbours(sides) == [[b for b in range(12) if row[b]] for row in met]


def test_where_it_takes_too_long_every_rule_may_meet_every_other(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "MOST_BITS", 3)
    assert sharing([0b11, 0b100, 0b1000]) == [0b111] * 3
    assert neighbours([[0b11, 0b100]]) == [[0], [1]]
