"""Every reason for setting traffic apart is one row, and what it asks can be said."""

from __future__ import annotations

import string

from nsgflow_core.rules.draft.asking.reasons import PLACES, REASONS, ApartReason
from nsgflow_core.rules.draft.seen import excluded


def test_the_reasons_that_set_traffic_apart_are_rows():
    given = (excluded.PLATFORM, excluded.PROBE, excluded.UNNAMED_PROTOCOL, *excluded.HIGH_PORT_REASONS)
    assert set(given) <= set(REASONS)


def test_keys_and_words_tell_reasons_apart():
    rows = list(REASONS.values())
    assert len({row.key for row in rows}) == len({row.words for row in rows}) == len(rows)
    assert all(words == row.words for words, row in REASONS.items())


def test_a_question_says_only_what_is_known_of_its_flows():
    for row in REASONS.values():
        assert _places(row) <= set(PLACES), row.key


def _places(row: ApartReason) -> set[str]:
    text = row.asks.question if row.asks else ""
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}
