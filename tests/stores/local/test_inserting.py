"""The order in which the rows of a commit are stored: a pair's rows lie next to each other, in the order of time."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from nsgflow_core.formats.coded.flows import CONTEXT_WORDS, CodedFlows
from nsgflow_core.formats.coded.rows import CODED, COUNTERS, CodedColumns
from nsgflow_core.sources.base import BlobInfo, Cursor
from nsgflow_core.stores.local.inserting import pair_order
from nsgflow_core.stores.local.ledger import Advance, BlobBatch
from nsgflow_core.stores.local.store import LocalStore

_BASE = int(datetime(2026, 3, 1, tzinfo=UTC).timestamp()) * 1_000_000


def flows(rows: int, addresses: int, seconds: int) -> CodedFlows:
    """Random flows between so many addresses, within so many seconds."""
    rng = np.random.default_rng(rows + addresses + seconds)
    columns = {
        "time": _BASE + rng.integers(0, seconds + 1, rows) * 1_000_000,
        **{end: rng.integers(0, addresses, rows) for end in ("src", "dst")},
        **{name: rng.integers(0, 60, rows) for name in ("src_port", "dst_port", "protocol", "state", *COUNTERS)},
        "context": np.zeros(rows, np.int32),
        "blob": np.zeros(rows, np.int32),
    }
    arrays = [pa.array(columns[name]).cast(kind) for name, kind in zip(CODED.names, CODED.types, strict=True)]
    words = {name: [""] for name in CONTEXT_WORDS}
    texts = [f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}" for number in range(addresses)]
    return CodedFlows(CodedColumns(pa.table(arrays, schema=CODED)), pa.array(texts), pa.table(words))


@pytest.mark.parametrize(
    ("rows", "addresses", "seconds"),
    [(1, 1, 0), (2, 1, 1), (3_000, 7, 3_600), (5_000, 5_000, 40), (9_000, 300, 86_400)],
)
def test_rows_are_sorted_by_pair_and_time(rows: int, addresses: int, seconds: int) -> None:
    made = flows(rows, addresses, seconds)
    ids = np.random.default_rng(1).permutation(addresses).astype(np.int32) + 17
    src, dst = (ids[made.held.numbers(end)] for end in ("src", "dst"))
    assert pair_order(made.held, ids).tolist() == np.lexsort((made.held.numbers("time"), dst, src)).tolist()


def test_a_pair_stays_together_whatever_else_has_to_fit_into_the_key() -> None:
    """Years of microseconds do not fit beside the ends: of them the largest bits are taken."""
    made = flows(4_000, 900, 10 * 365 * 86_400)
    ids = np.arange(900, dtype=np.int32) // 2  # the same address under two numbers
    order = pair_order(made.held, ids)
    src, dst = (ids[made.held.numbers(end)][order].astype(np.int64) for end in ("src", "dst"))
    assert (np.diff(src << 32 | dst) >= 0).all()
    times, is_same_pair = made.held.numbers("time")[order], np.diff(src << 32 | dst) == 0
    assert (np.diff(times)[is_same_pair] > -3_600_000_000).all()


def test_ends_and_places_that_fill_the_key_are_sorted_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nsgflow_core.stores.local.inserting._KEY_BITS", 10)
    made = flows(500, 40, 100)
    ids = np.arange(40, dtype=np.int32)
    expected = np.lexsort((made.held.numbers("time"), made.held.numbers("dst"), made.held.numbers("src")))
    assert pair_order(made.held, ids).tolist() == expected.tolist()


def test_a_commit_stores_them_in_that_order(tmp_path: Path) -> None:
    store = LocalStore(tmp_path / "flows.duckdb")
    made = flows(300_000, 50, 7_200)
    blob = BlobInfo("a", "a", 1, "e")
    store.commit(BlobBatch([Advance(blob, Cursor("e", 1, "f"))], made))
    with store._file.reading() as connection:
        stored = connection.execute("SELECT src, dst, epoch_us(time) AS time FROM flows ORDER BY rowid").fetchnumpy()
        assert connection.execute("SELECT current_setting('preserve_insertion_order')").fetchall() == [(False,)]
    order = np.lexsort((stored["time"], stored["dst"], stored["src"]))
    assert order.tolist() == list(range(300_000))
