"""What the compiled pass gathers, and how its tables become flows."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pyarrow as pa

from nsgflow_core.formats.coded import CODED, CONTEXT_WORDS, COUNTERS, CodedFlows, Integers
from nsgflow_core.formats.compiled.columns import Columns
from nsgflow_core.formats.compiled.records import records_at
from nsgflow_core.formats.compiled.tables import (
    CODES,
    HIGH,
    LETTERS,
    LOW,
    N_ADDRESSES,
    N_CONTEXTS,
    N_ROWS,
    N_WORDS,
    NAMES,
    ROW,
    WORD_ENDS,
    clear,
    new_work,
)
from nsgflow_core.formats.compiled.tuples import CODE_BITS, DENIED, INBOUND, IS_VNET
from nsgflow_core.formats.compiled.using import Stop
from nsgflow_core.formats.framing import records, scan
from nsgflow_core.formats.groups import Context
from nsgflow_core.words.prefixes import unpack
from nsgflow_core.words.vocabulary import Decision, Direction, LogKind


class Harvest:
    """A `CompiledPass`: the rows of the blobs read since they were last taken away."""

    def __init__(self, rows: int) -> None:
        """For up to so many rows at a time."""
        self._work = new_work()
        self._rows = np.empty(rows, ROW)
        self._blobs: list[int] = []
        self._counts: list[int] = []

    @property
    def rows(self) -> int:
        """So many tuples are gathered."""
        return int(self._work[N_ROWS])

    def read(self, part: bytes, position: int, blob: int) -> tuple[int, Stop]:
        """(behind the last record taken, or `position`; why it stops there)."""
        before = self.rows
        letters = np.frombuffer(part, np.uint8)
        stop = min(position + records.CHUNK, len(part))
        if not position < stop:
            return position, Stop.OVER
        end, why = records_at(self._work, self._rows, letters, position, stop, scan.RECORD_LIMIT)
        if self.rows > before:
            self._blobs.append(blob)
            self._counts.append(self.rows - before)
        stopped = Stop(why)
        # A record that fits into no empty table goes the careful way.
        return int(end), Stop.ODD if stopped is Stop.FULL and not self.rows else stopped

    def taken_away(self) -> CodedFlows:
        """All that was gathered; the next begins empty."""
        addresses, contexts = self._addresses(), self._contexts()
        columns = Columns(self._rows[: self.rows], len(addresses), len(contexts))
        used, used_contexts = columns.used_addresses.astype(bool), columns.used_contexts.astype(bool)
        arrays = {name: pa.array(column) for name, column in columns.plain.items()}
        arrays["time"] = arrays["time"].view(CODED.field("time").type)
        for name, is_used in (("src", used), ("dst", used), ("context", used_contexts)):
            arrays[name] = pa.array(_renumbered(columns.plain[name], is_used))
        arrays["blob"] = pa.array(np.repeat(np.array(self._blobs, np.int32), self._counts))
        arrays |= {counter: columns.counter(place) for place, counter in enumerate(COUNTERS)}
        flows = CodedFlows(
            pa.table([arrays[name] for name in CODED.names], schema=CODED),
            pa.array([unpack(addresses[number]) for number in np.flatnonzero(used).tolist()], pa.string()),
            contexts.filter(pa.array(used_contexts)),
        )
        clear(self._work)
        self._blobs, self._counts = [], []
        return flows

    def _addresses(self) -> list[bytes]:
        count = int(self._work[N_ADDRESSES])
        halves = np.stack([self._work[HIGH : HIGH + count], self._work[LOW : LOW + count]], axis=1)
        packed = halves.astype(">i8").tobytes()
        return [packed[at : at + 16] for at in range(0, len(packed), 16)]

    def _contexts(self) -> pa.Table:
        words = self._words()
        count = int(self._work[N_CONTEXTS])
        columns: dict[str, list[str]] = {word: [] for word in CONTEXT_WORDS}
        for names, codes in zip(
            self._work[NAMES : NAMES + count].tolist(), self._work[CODES : CODES + count].tolist(), strict=True
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
        ends = self._work[WORD_ENDS : WORD_ENDS + count + 1].tolist()
        letters = self._work[LETTERS : LETTERS + ends[-1]].astype(np.uint8).tobytes().decode("ascii")
        return [letters[begin:end] for begin, end in pairwise(ends)]


def _renumbered(numbers: Integers, used: np.ndarray) -> Integers:
    """The numbers as they are when those that are not used go."""
    if used.all():
        return numbers
    return (np.cumsum(used, dtype=np.int32) - 1)[numbers]
