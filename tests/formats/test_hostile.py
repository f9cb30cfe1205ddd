"""No bytes take more than linear time, much more memory than they have, or a user who has to wait: by many shapes."""

from __future__ import annotations

import gc
import re
import time

import pytest

from nsgflow_core.errors import Cancelled, FormatError
from nsgflow_core.formats import parse
from nsgflow_core.formats.framing import records, scan
from tests.formats.hostile import AFTER, AT, HEAD, ONE, SHAPES, Shape, times
from tests.formats.test_records import outcome

START, ENOUGH, LARGEST = 1 << 15, 0.012, 1 << 21
"""Bytes to begin with; seconds that can be measured; bytes at which a shape is quick enough not to be told apart."""


def seconds(blob: bytes, *, at_start: bool, most: float = 60) -> float:
    """Processor time to read it, whatever it is."""
    started = time.process_time()
    late = started + most
    try:
        for _ in parse(memoryview(blob), at_start=at_start, cancelled=lambda: time.process_time() > late):
            pass
    except (FormatError, Cancelled):
        pass
    return time.process_time() - started


@pytest.fixture
def small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    """As much smaller as the tests' bytes are than a real blob, so that many pieces follow each other."""
    monkeypatch.setattr(records, "CHUNK", 1 << 15)
    monkeypatch.setattr(records, "_WINDOW", 1 << 13)
    monkeypatch.setattr(scan, "RECORD_LIMIT", 1 << 17)


@pytest.mark.usefixtures("small_pieces")
@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
def test_twice_the_bytes_take_twice_the_time(shape: Shape) -> None:
    """Quadratic work takes four times as long; the least of some ratios is taken, since others use this machine."""
    size, once = START, 0.0
    gc.disable()
    try:
        while once < ENOUGH and size < LARGEST:
            size *= 2
            once = seconds(shape(size), at_start=True)
        if once < ENOUGH / 2:
            return
        ratios = []
        for _ in range(6):
            first = min(seconds(shape(size), at_start=True) for _ in range(2))
            ratios.append(seconds(shape(size * 2), at_start=True, most=8 * first) / first)
            if ratios[-1] < 2.8:
                return
    finally:
        gc.enable()
    assert min(ratios) < 3, f"{size} bytes: {ratios}"


@pytest.mark.usefixtures("small_pieces")
@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
def test_reading_goes_forward_from_the_start_and_from_a_cursor(shape: Shape) -> None:
    blob = shape(1 << 14)
    for content, at_start in ((blob, True), (blob.removeprefix(HEAD), False)):
        ends = [0]
        try:
            ends += [part.consumed for part in parse(content, at_start=at_start)]
        except FormatError:
            assert len(ends) == 1, "what a file is, is said before anything of it is read"
        assert ends == sorted(set(ends))
        assert ends[-1] <= len(content)


def test_a_record_over_the_limit_is_passed_over_told_and_the_rest_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scan, "RECORD_LIMIT", 3 * len(ONE))
    monkeypatch.setattr(records, "CHUNK", 2 * len(ONE))
    large = AT + times(ONE[len(AT) : -len(AFTER)] + b",", 5 * len(ONE))[:-1] + AFTER
    blob = HEAD + ONE + b"," + large + b"," + ONE + b"," + large + b"]}"
    parts = list(parse(blob, at_start=True))
    assert sum(part.flows.num_rows for part in parts) == 2
    assert [(place.start, place.size) for part in parts for place in part.too_large] == [
        (found.start(), len(large)) for found in re.finditer(re.escape(large), blob)
    ]
    assert outcome(blob) == (2, {"too large a record": 2}, len(blob) - 2)
    assert outcome(b"," + large + b"," + ONE + b"]}", at_start=False)[:2] == (1, {"too large a record": 1})
    damaged = HEAD + ONE[:-1] + b"," + large + b"," + ONE + b"]}"
    assert outcome(damaged)[:2] == (1, {"broken record": 1, "too large a record": 1})
    assert outcome(HEAD + ONE + b"," + large[:-9]) == (1, {}, len(HEAD + ONE)), "it may still be written"


@pytest.mark.parametrize("shape", ["empty objects before damage", "records in records", "broken tuples", "HTML"])
def test_a_parse_is_cancelled_inside_a_blob(shape: str) -> None:
    asked = 0

    def cancelled() -> bool:
        nonlocal asked
        asked += 1
        return asked > 3

    blob = SHAPES[shape](1 << 21)
    if shape == "HTML":
        blob = b"{" + blob.replace(b"<p>", b'{"p":1}')
    with pytest.raises(Cancelled):
        list(parse(blob, at_start=True, cancelled=cancelled))
    assert asked == 4
