"""Rows as the compiled pass writes them are, in any order and with any numbers, what columns of them are."""

from __future__ import annotations

import random

import numpy as np
import pytest

from nsgflow_core.formats.coded.rows import COUNTED, CodedRows, Columns, PairKey
from nsgflow_core.formats.compiled.using import CompiledPass, compiled_pass
from tests.estates.records import whole_blob
from tests.formats.test_both_ways import some_record

pytest.importorskip("numba")
BLOBS = 9
FIRST = 5
"""The number of the first blob: whoever gathers counts on, batch after batch."""


@pytest.fixture(scope="module")
def quick() -> CompiledPass:
    found = compiled_pass(1 << 12)
    assert found is not None
    return found


def gathered(quick: CompiledPass, seed: int) -> CodedRows:
    """Rows of some blobs, one of which came in two parts; the last has none."""
    chance = random.Random(seed)
    for blob in (*range(FIRST, FIRST + BLOBS - 1), FIRST):
        part = whole_blob([some_record(chance, 0.0) for _ in range(chance.randrange(1, 12))])
        quick.read(part, part.index(b"[") + 1, blob)
    return quick.taken_away().held.counted_from(FIRST)


@pytest.mark.parametrize("seed", range(12))
def test_both_forms_are_arranged_alike(quick: CompiledPass, seed: int) -> None:
    packed, rng = gathered(quick, seed), np.random.default_rng(seed)
    columns = Columns(packed.table())
    assert len(packed) == len(columns) > 20
    sizes = {name: int(columns.numbers(name).max()) + 1 for name in ("src", "dst", "context")} | {"blob": BLOBS}
    sizes["src"] = sizes["dst"] = max(sizes["src"], sizes["dst"])
    places = {name: rng.permutation(size).astype(np.int32) + 7 for name, size in sizes.items()}
    order = rng.permutation(len(packed))
    one, other = (form.arranged(order, places) for form in (packed, columns))
    assert one.rows.equals(other.rows)
    for name in COUNTED:
        assert by_number(one.counts[name]) == by_number(other.counts[name]), name
        assert sum(by_number(one.counts[name]).values()) == len(packed)


@pytest.mark.parametrize("seed", range(12))
def test_both_forms_tell_the_same_of_blobs_times_and_pairs(quick: CompiledPass, seed: int) -> None:
    packed = gathered(quick, seed)
    columns = Columns(packed.table())
    for name in ("time", "src", "dst", "blob"):
        assert packed.numbers(name).tolist() == columns.numbers(name).tolist()
    one, other = packed.spans(BLOBS), columns.spans(BLOBS)
    assert [each.tolist() for each in (one.tuples, one.first, one.last)] == [
        each.tolist() for each in (other.tuples, other.first, other.last)
    ]
    assert one.tuples[-1] == 0 < one.tuples[0]
    assert packed.extent() == columns.extent()
    ranks = np.random.default_rng(seed).permutation(1_000)
    key = PairKey(10, 20, 12, packed.extent()[0], 21)
    assert packed.pair_keys(ranks, key).tolist() == columns.pair_keys(ranks, key).tolist()


def by_number(count: tuple[np.ndarray, np.ndarray]) -> dict[int, int]:
    numbers, rows = count
    return dict(zip(numbers.tolist(), rows.tolist(), strict=True))
