"""The compiled pass as it is used: over a part's bytes, then its rows as flows."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from importlib.util import find_spec
from typing import Protocol

import numpy as np

from nsgflow_core.formats.coded.flows import CodedFlows
from nsgflow_core.formats.coded.rows import PairKey
from nsgflow_core.words.log_lines import log
from nsgflow_core.words.visible import visible


class StopReason(Enum):
    """Why the compiled pass takes no more records for now."""

    ENOUGH = 0
    """It took some MB."""
    ODD = -1
    """What follows is left to the careful way."""
    FULL = -2
    """What is gathered must be taken away first."""
    OVER = -3
    """No record follows."""


class CompiledPass(Protocol):
    """Takes sound records, and gives their flows."""

    @property
    def rows(self) -> int:
        """So many tuples are gathered."""
        ...

    def read(self, part: bytes, position: int, blob: int) -> tuple[int, StopReason]:
        """(behind the last record taken, or `position`; why it stops there)."""
        ...

    def read_whole(self, parts: Sequence[bytes], positions: Sequence[int], blob: int) -> tuple[int, StopReason]:
        """(how many of these blobs were taken, from the first on; why not the next one).

        Their records begin at `positions`, and their numbers are counted from `blob` on. What is taken are all records
        of a blob, one at least, which `]}` follows. A blob that is not taken leaves nothing.
        """
        ...

    def taken_away(self) -> CodedFlows:
        """All that was gathered; the next begins empty."""
        ...


def compiled_pass(rows: int) -> CompiledPass | None:
    """A pass that gathers up to so many tuples; None where numba is not installed or cannot work here.

    The first on a machine takes 7 to 15 seconds to be compiled; later ones a third of a second to be loaded.
    """
    if find_spec("numba") is None:
        return None
    try:
        from nsgflow_core.formats.compiled.harvest import Harvest

        made = Harvest(rows)
        made.read(b"]", 0, 0)
        none = made.taken_away().held
        none.table()
        none.sorted_by(PairKey(1, 1, 1, 0, 0), np.zeros(2, np.int64))
    except Exception as failure:  # numba refuses a numpy that it does not know, or finds no place for what it made
        log.warning("numba cannot be used, so imports take the careful way: %s", visible(repr(failure)))
        return None
    return made
