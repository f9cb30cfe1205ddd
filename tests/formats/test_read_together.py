"""Small blobs that the compiled pass reads together give what each gives by itself, whatever is among them."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from typing import Any, cast

import pytest

from nsgflow_core.errors import FormatError
from nsgflow_core.formats.compiled.records import records_at
from nsgflow_core.formats.compiled.using import CompiledPass, StopReason, compiled_pass
from nsgflow_core.formats.framing import scan
from nsgflow_core.formats.gathering import Gathered, Gathering
from tests.estates.records import LINE, vnet_record, whole_blob
from tests.formats.hostile import HEAD
from tests.formats.test_both_ways import blob_of, careful, rows_of, torn

pytest.importorskip("numba")
FIRST = 4
"""The number of the first blob."""
BOM = b"\xef\xbb\xbf"
EMPTY = (
    b"",
    b"]}",
    HEAD,
    HEAD + b"]}",
    b"{}",
    b"null",
    b"\0" * 40,
    HEAD + b"{}]}",
    HEAD + b"\0]}",
    b",]}",
    HEAD + b",]}",
)
Part = tuple[bytes, bool]


@pytest.fixture(scope="module")
def quick() -> CompiledPass:
    found = compiled_pass(1 << 14)
    assert found is not None
    return found


def some_parts(chance: random.Random) -> list[Part]:
    """Blobs, and what was appended to others: most as Azure writes them."""
    return [some_part(chance) for _ in range(chance.randrange(2, 14))]


def some_part(chance: random.Random) -> Part:
    content = blob_of(chance, chance.choice([0.0, 0.0, 0.0, 0.0, 0.05, 0.3]))
    kind = chance.randrange(12)
    if kind == 0:
        return torn(chance, content), True
    if kind == 1:
        return chance.choice(EMPTY), chance.random() < 0.5
    if kind == 2:
        return chance.choice([BOM, b" ", b"\n"]) + content, True
    if kind == 3:
        return content[:-2] + chance.choice([b"", b"]", b" ]}", b"]}\n", b",]}", b"]}]}", b"\0]}"]), True
    if kind <= 5:
        return chance.choice([b"", b",", b", "]) + content.removeprefix(HEAD), False
    return content, True


def found_together(parts: list[Part], quick: CompiledPass | None) -> dict[int, object]:
    """What each blob gave, as an import asks for it: whole ones together, each other one by itself."""
    gathering, waiting, found = Gathering(lambda: quick), list(parts), dict[int, object]()
    rows, rejected = Counter[tuple[int, object]](), dict[int, Counter[str]]()

    def take_away() -> None:
        _add(gathering.taken_away(), rows, rejected)

    while waiting:
        blob = FIRST + len(parts) - len(waiting)
        likely = [gathering.is_small(part, at_start=at_start) for part, at_start in waiting]
        together = waiting[: likely.index(False) if False in likely else len(likely)]
        ends = gathering.read_whole(together, blob) if together else []
        found |= {blob + place: (end, []) for place, end in enumerate(ends)}
        if not ends:
            found[blob] = _alone(gathering, waiting[0], blob, take_away)
        del waiting[: max(len(ends), 1)]
    take_away()
    assert {blob for blob, _ in rows} <= {*range(FIRST, FIRST + len(parts))}
    of_blob = {blob: Counter({row: count for (of, row), count in rows.items() if of == blob}) for blob in found}
    return {
        blob: (of_blob[blob], dict(rejected.get(blob, {})), *told) if isinstance(told, tuple) else told
        for blob, told in found.items()
    }


def _alone(gathering: Gathering, part: Part, blob: int, take_away: Callable[[], None]) -> object:
    end, large = 0, []
    try:
        for step in gathering.read(part[0], blob, at_start=part[1]):
            end = step.end
            large += [record.start for record in step.too_large]
            if step.is_full:
                take_away()
    except FormatError as refused:
        return refused.message
    return end, large


def _add(gathered: Gathered, rows: Counter[tuple[int, object]], rejected: dict[int, Counter[str]]) -> None:
    blobs = gathered.flows.rows.column("blob").to_pylist()
    rows.update(zip(blobs, rows_of(gathered), strict=True))
    counted = gathered.flows.held.spans(max(blobs, default=0) + 1).tuples.tolist()
    assert [blobs.count(blob) for blob in range(len(counted))] == counted
    for blob, reasons in gathered.rejected.items():
        rejected.setdefault(blob, Counter()).update(reasons)


def expected(parts: list[Part]) -> dict[int, object]:
    return {FIRST + place: careful(part, at_start=at_start) for place, (part, at_start) in enumerate(parts)}


def test_any_blobs_among_others(quick: CompiledPass, monkeypatch: pytest.MonkeyPatch) -> None:
    for seed in range(250):
        chance = random.Random(seed)
        parts = some_parts(chance)
        is_long = any(len(part) > 4096 for part, _ in parts)  # a limit is beyond what is looked at in one go
        monkeypatch.setattr(scan, "RECORD_LIMIT", 32 << 20 if is_long else chance.choice([700, 32 << 20]))
        assert found_together(parts, quick) == expected(parts), seed


def test_without_the_compiled_pass_each_is_read_by_itself() -> None:
    for seed in range(40):
        parts = some_parts(random.Random(seed))
        assert found_together(parts, None) == expected(parts), seed


def test_full_tables_are_emptied_between_blobs() -> None:
    small = compiled_pass(40)
    assert small is not None
    for seed in range(20):
        chance = random.Random(seed)
        sizes = [chance.choice([1, 3, 5, 12, 39, 40, 41, 90]) for _ in range(12)]
        parts = [(whole_blob([vnet_record([LINE] * size, rule=f"R{size}")] * 2), True) for size in sizes]
        assert found_together(parts, small) == expected(parts), seed


def test_what_azure_writes_is_read_in_few_calls(quick: CompiledPass, monkeypatch: pytest.MonkeyPatch) -> None:
    calls, plain = list[int](), type(quick).read_whole

    def counting(made: CompiledPass, parts: list[bytes], positions: list[int], blob: int) -> tuple[int, StopReason]:
        calls.append(len(parts))
        return plain(made, parts, positions, blob)

    monkeypatch.setattr(type(quick), "read_whole", counting)
    chance = random.Random(5)
    parts = [(blob_of(chance, 0.0), True) for _ in range(100)]
    assert found_together(parts, quick) == expected(parts)
    assert calls == [1, 2, 4, 8, 16, 32, 37]


def test_a_part_and_blobs_side_by_side_are_one_kind_of_memory(quick: CompiledPass) -> None:
    """numba compiled all of it twice: a first import took twelve seconds more, and 884 MB."""
    content = whole_blob([vnet_record([LINE])])
    quick.read(content, len(HEAD), 0)
    quick.read_whole([content, content], [len(HEAD)] * 2, 1)
    quick.taken_away()
    assert len(cast(Any, records_at).signatures) == 1
