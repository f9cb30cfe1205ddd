"""What the compiled pass gathers, and how its tables become flows."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from nsgflow_core.formats.coded.flows import CONTEXT_WORDS, CodedFlows
from nsgflow_core.formats.coded.rows import BlobSpans, Longs
from nsgflow_core.formats.compiled.compiling import Bytes
from nsgflow_core.formats.compiled.packed import Packed
from nsgflow_core.formats.compiled.records import records_at
from nsgflow_core.formats.compiled.tables import (
    BEGIN,
    BLOB_COLUMNS,
    CODES,
    FIRST,
    HAS_WASTE,
    HIGH,
    LATEST,
    LETTERS,
    LOW,
    N_ADDRESSES,
    N_CONTEXTS,
    N_LETTERS,
    N_ROWS,
    N_WORDS,
    NAMES_AT,
    NUMBER,
    STOP,
    TUPLES,
    WORD_SIZES,
    WORD_STARTS,
    Blobs,
    Rows,
    clear,
    new_rows,
    new_work,
)
from nsgflow_core.formats.compiled.tuples import CODE_BITS, DENIED, INBOUND, IS_VNET
from nsgflow_core.formats.compiled.using import StopReason
from nsgflow_core.formats.compiled.words import WORD_WIDTH
from nsgflow_core.formats.framing import records, scan
from nsgflow_core.formats.groups import Context
from nsgflow_core.words.prefixes import unpack
from nsgflow_core.words.vocabulary import Decision, Direction, LogKind

_BEHIND = 0
"""Behind each of the blobs that are read together: what the compiled pass never runs over, as behind all bytes."""


class Harvest:
    """A `CompiledPass`: the rows of the blobs read since they were last taken away."""

    def __init__(self, rows: int) -> None:
        """For up to so many rows at a time."""
        self._work = new_work()
        self._most = rows
        self._rows = new_rows(rows)
        self._parts: list[Blobs] = []
        self._room = bytearray()

    @property
    def rows(self) -> int:
        """So many tuples are gathered."""
        return int(self._work[N_ROWS])

    def read(self, part: bytes, position: int, blob: int) -> tuple[int, StopReason]:
        """(behind the last record taken, or `position`; why it stops there)."""
        stop = min(position + records.CHUNK, len(part))
        if not position < stop:
            return position, StopReason.OVER
        blobs = np.array([(blob, position, stop, 0, 0, 0)])
        _, end, stopped = self._read(np.frombuffer(part, np.uint8), blobs, are_whole=False)
        return end, stopped

    def read_whole(self, parts: Sequence[bytes], positions: Sequence[int], blob: int) -> tuple[int, StopReason]:
        """(how many of them were taken, from the first on; why not the next one)."""
        sizes = np.array([len(part) for part in parts])
        blobs = np.zeros((len(parts), BLOB_COLUMNS), np.int64)
        blobs[:, NUMBER] = np.arange(blob, blob + len(parts))
        blobs[:, STOP] = np.cumsum(sizes + 1) - 1
        blobs[:, BEGIN] = blobs[:, STOP] - sizes + positions
        taken, _, stopped = self._read(self._side_by_side(parts, blobs[:, STOP].tolist()), blobs, are_whole=True)
        return taken, stopped

    def _side_by_side(self, parts: Sequence[bytes], ends: Sequence[int]) -> Bytes:
        """Parts up to their `ends`, in memory that is used again: fresh memory would take as long as the copying."""
        if len(self._room) <= ends[-1]:
            self._room = bytearray(ends[-1] + 1)
        with memoryview(self._room) as room:
            for part, end in zip(parts, ends, strict=True):
                room[end - len(part) : end] = part
                room[end] = _BEHIND
        # Read only, as one part is: numba compiles anew, for twelve seconds, for memory that may be written to.
        return np.frombuffer(memoryview(self._room).toreadonly(), np.uint8, ends[-1])

    def _read(self, letters: Bytes, blobs: Blobs, *, are_whole: bool) -> tuple[int, int, StopReason]:
        taken, end, why = records_at(self._work, self._rows, letters, blobs, scan.RECORD_LIMIT, are_whole)
        self._parts.append(blobs[:taken][blobs[:taken, TUPLES] > 0])
        stopped = StopReason(why)
        # What fits into no empty table goes the careful way.
        return int(taken), int(end), StopReason.ODD if stopped is StopReason.FULL and not self.rows else stopped

    def taken_away(self) -> CodedFlows:
        """All that was gathered; the next begins empty."""
        rows, (high, low), contexts = self._rows[: self.rows], self._addresses(), self._contexts()
        if self._work[HAS_WASTE]:
            used = _only_used(rows, ("src", "dst"), len(high))
            high, low = high[used], low[used]
            contexts = contexts.take(pa.array(_only_used(rows, ("context",), len(contexts))))
        parts = np.concatenate([np.empty((0, BLOB_COLUMNS), np.int64), *self._parts])
        spans = BlobSpans(parts[:, TUPLES], parts[:, FIRST], parts[:, LATEST])
        flows = CodedFlows(Packed(rows, parts[:, NUMBER], spans), texts_of(high, low), contexts)
        clear(self._work)
        self._rows, self._parts = new_rows(self._most), []
        return flows

    def _addresses(self) -> tuple[Longs, Longs]:
        """The first and the last 8 bytes of each."""
        count = int(self._work[N_ADDRESSES])
        return self._work[HIGH : HIGH + count], self._work[LOW : LOW + count]

    def _contexts(self) -> pa.Table:
        words = self._words()
        count = int(self._work[N_CONTEXTS])
        columns: dict[str, list[str]] = {word: [] for word in CONTEXT_WORDS}
        for names, codes in zip(
            self._work[NAMES_AT : NAMES_AT + count].tolist(), self._work[CODES : CODES + count].tolist(), strict=True
        ):
            nsg, rule, mac, target = (words[names >> shift & 0xFFFF] for shift in (48, 32, 16, 0))
            is_vnet = bool(codes & IS_VNET)
            told = Context(LogKind.VNET if is_vnet else LogKind.NSG, nsg, rule, mac, target).words() | {
                "direction": Direction.INBOUND if codes & INBOUND else Direction.OUTBOUND,
                "decision": Decision.DENIED if codes & DENIED else Decision.ALLOWED,
                "encryption": words[codes >> CODE_BITS] if is_vnet else "",
            }
            for word in CONTEXT_WORDS:
                columns[word].append(told[word])
        return pa.table({word: pa.array(texts, pa.string()) for word, texts in columns.items()})

    def _words(self) -> list[str]:
        count = int(self._work[N_WORDS])
        letters = self._work[LETTERS : LETTERS + int(self._work[N_LETTERS])].astype("<i8").tobytes().decode("ascii")
        starts = self._work[WORD_STARTS : WORD_STARTS + count].tolist()
        sizes = self._work[WORD_SIZES : WORD_SIZES + count].tolist()
        return [
            letters[WORD_WIDTH * start : WORD_WIDTH * start + size] for start, size in zip(starts, sizes, strict=True)
        ]


_OCTETS = pa.array(list(map(str, range(256))))
_V4_BITS = 32
_V4_MAPPED = 0xFFFF


def texts_of(high: Longs, low: Longs) -> pa.Array:
    """The canonical texts of addresses, by the first and the last 8 of their bytes; IPv4, as most are, all at once."""
    octets = [_OCTETS.take(pa.array(low >> shift & 0xFF)) for shift in (24, 16, 8, 0)]
    is_v4 = (high == 0) & (low >> _V4_BITS == _V4_MAPPED)
    packed = np.stack([high[~is_v4], low[~is_v4]], axis=1).astype(">i8").tobytes()
    others = pa.array([unpack(packed[at : at + 16]) for at in range(0, len(packed), 16)], pa.string())
    return pc.replace_with_mask(pc.binary_join_element_wise(*octets, "."), pa.array(~is_v4), others)


def _only_used(rows: Rows, fields: tuple[str, ...], size: int) -> Longs:
    """The numbers below `size` that rows refer to, which then are counted without the others."""
    is_used = np.zeros(size, bool)
    for field in fields:
        is_used[rows[field]] = True
    renumbered = np.cumsum(is_used, dtype=np.int32) - 1
    for field in fields:
        rows[field] = renumbered[rows[field]]
    return np.flatnonzero(is_used)
