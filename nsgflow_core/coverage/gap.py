"""One gap: its kind, what it is about, and what must be known to close it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import pandas as pd

from nsgflow_core.coverage.kinds import GAP_KINDS, GapKind, Weight
from nsgflow_core.inventory.things.flow_logs import FlowLog

COLUMNS = (
    "kind",
    "weight",
    "subject",
    "says",
    "hides",
    "advice",
    "region",
    "flow_log",
    "target_id",
    "entries",
    "found",
)


@dataclass(frozen=True, slots=True)
class Gap:
    """One finding.

    `target_id` is what a flow log is, or is to be, set on; `flow_log` the one it is about; `entries` how many log
    entries of other ends speak of it. `also` are further targets that the same gap closes with.
    """

    kind: GapKind
    subject: str
    detail: str = ""
    target_id: str = ""
    region: str = ""
    flow_log: FlowLog | None = None
    entries: int = 0
    also: tuple[str, ...] = ()

    @property
    def says(self) -> str:
        """The sentence."""
        said = self.kind.says.format(subject=self.subject, detail=self.detail)
        return said[:1].upper() + said[1:]

    @property
    def order(self) -> tuple[int, int, int, str]:
        """The heaviest first, and in a kind those that most entries speak of."""
        places = list(Weight).index(self.kind.weight), list(GAP_KINDS).index(self.kind.key)
        return (*places, -self.entries, self.subject.casefold())


def gap(
    key: str,
    subject: str,
    detail: str = "",
    *,
    target_id: str = "",
    region: str = "",
    flow_log: FlowLog | None = None,
    entries: int = 0,
    also: tuple[str, ...] = (),
) -> Gap:
    """A gap of the kind with that key."""
    return Gap(GAP_KINDS[key], subject, detail, target_id, region, flow_log, entries, also)


def gaps_frame(gaps: Iterable[Gap]) -> pd.DataFrame:
    """One row a gap, columns COLUMNS, in the order given; `entries` are those of other ends."""
    rows = [
        (
            *(each.kind.key, str(each.kind.weight), each.subject, each.says, each.kind.hides, each.kind.advice),
            *(each.region, each.flow_log.name if each.flow_log else "", each.target_id, each.entries, each.kind.found),
        )
        for each in gaps
    ]
    texts = {name: "str" for name in COLUMNS if name != "entries"}
    return pd.DataFrame(rows, columns=list(COLUMNS)).astype({**texts, "entries": "int64"})
