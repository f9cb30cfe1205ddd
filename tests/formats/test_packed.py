"""Rows as the compiled pass writes them are, in any order and with any numbers, what columns of them are."""

from __future__ import annotations

import random

import numpy as np
import pytest

from nsgflow_core.formats.coded.rows import COUNTED, BlobSpans, CodedColumns, CodedRows, PairKey
from nsgflow_core.formats.compiled.using import CompiledPass, compiled_pass
from nsgflow_core.words import prefixes
from tests.estates.records import whole_blob
from tests.formats.test_both_ways import some_record

pytest.importorskip("numba")
from nsgflow_core.formats.compiled.harvest import texts_of
from nsgflow_core.formats.compiled.packed import Packed
from nsgflow_core.formats.compiled.tables import new_rows

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
    columns = CodedColumns(packed.table())
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
    columns = CodedColumns(packed.table())
    for name in ("time", "src", "dst", "blob"):
        assert packed.numbers(name).tolist() == columns.numbers(name).tolist()
    one, other = packed.spans(BLOBS), columns.spans(BLOBS)
    assert [each.tolist() for each in (one.tuples, one.first, one.last)] == [
        each.tolist() for each in (other.tuples, other.first, other.last)
    ]
    assert one.tuples[-1] == 0 < one.tuples[0]
    assert packed.extent() == columns.extent()
    ranks = np.random.default_rng(seed).permutation(1_000)
    for key in (PairKey(10, 20, 12, packed.extent()[0], 21), PairKey(10, 1, 12, packed.extent()[0], 40)):
        assert packed.sorted_by(key, ranks).tolist() == columns.sorted_by(key, ranks).tolist()


@pytest.mark.parametrize(("end_bits", "time_bits"), [(0, 0), (0, 1), (4, 3), (6, 12), (9, 33)])
def test_rows_are_sorted_by_any_number_of_digits(end_bits: int, time_bits: int) -> None:
    """From no digit at all to five."""
    rows, rng = new_rows(3_000), np.random.default_rng(end_bits)
    rows["src"], rows["dst"] = rng.integers(0, 1 << end_bits, (2, len(rows)))
    rows["time"] = rng.integers(0, 1 << time_bits, len(rows)) + 50
    spans = BlobSpans(*(np.array([number]) for number in (len(rows), 50, 50 + (1 << time_bits))))
    packed = Packed(rows, np.array([0]), spans)
    order = packed.sorted_by(PairKey(end_bits, time_bits, 12, 50, 0), np.arange(1 << end_bits))
    assert order.tolist() == np.lexsort((rows["time"], rows["dst"], rows["src"])).tolist()


def by_number(count: tuple[np.ndarray, np.ndarray]) -> dict[int, int]:
    numbers, rows = count
    return dict(zip(numbers.tolist(), rows.tolist(), strict=True))


def test_texts_of_addresses_are_those_of_each() -> None:
    chance = random.Random(4)
    known = ["0.0.0.0", "255.255.255.255", "10.0.1.4", "::", "::1", "::fffe:1.2.3.4", "ffff::", "8000::1"]
    packed = [prefixes.pack(text) or b"" for text in known]
    packed += [prefixes.V4_MAPPED + chance.randbytes(4) for _ in range(300)]
    packed += [chance.choice((bytes(8), b"")).ljust(16, chance.randbytes(1)) for _ in range(300)]
    packed += [chance.randbytes(16) for _ in range(100)]
    chance.shuffle(packed)
    for some in (packed, packed[:1], []):
        halves = np.frombuffer(b"".join(some), ">i8").astype(np.int64).reshape(-1, 2)
        assert texts_of(halves[:, 0], halves[:, 1]).to_pylist() == [prefixes.unpack(each) for each in some]
