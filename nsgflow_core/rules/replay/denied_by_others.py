"""What another NSG, at either end, or an admin rule has denied since an NSG let it pass, as the log alone tells it.

Found as a draft finds it (`draft/closed/elsewhere.py`), for what no file tells of the path.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from nsgflow_core.analysis import required_ports
from nsgflow_core.ask.query import FlowQuery
from nsgflow_core.inventory.scope import Scope
from nsgflow_core.rules.draft.closed.elsewhere import with_those_of_others
from nsgflow_core.rules.draft.closed.latest import CLOSED, OF_A_CELL, Latest, limited
from nsgflow_core.rules.draft.seen.evidence_query import FLOW_KEY, cell_rows
from nsgflow_core.rules.draft.seen.own_logs import VIEWPOINT
from nsgflow_core.rules.replay.last_decided import SINCE, narrowed_to
from nsgflow_core.rules.replay.paths_met import PathsMet
from nsgflow_core.words.sets.group_numbers import is_among, numbers_of_both
from nsgflow_core.words.vocabulary import Direction


def denied_by_others(met: PathsMet, rows: pd.DataFrame, own: pd.DataFrame) -> pd.Series[str]:
    """By what rows (PACKET), which an NSG let pass, were denied after that, like "denied by no-sql of nsg-db (inbound)
    since 2026-11-18 10:00 UTC"; "" where they were not, or were let pass again. `own` is all that this NSG logged.

    Denials that the files say to be gone do not count.
    """
    found = pd.Series("", index=rows.index, dtype="str")
    ids = [each for each in map(str, own["nsg_id"].unique()) if each]
    if not ids or met.store.unsupported & {*VIEWPOINT, "direction", "rule_kind"}:
        return found
    asked = cell_rows(rows)
    for direction in Direction:
        towards = asked[(rows["direction"] == str(direction)).to_numpy(dtype=np.bool_)]
        if towards.empty:
            continue
        contested = towards[met.were_denied(towards)]
        if len(contested):
            found[contested.index] = _said(met, contested, own, Scope(ids[0], other_ids=tuple(ids[1:])), direction)
    return found


def _said(
    met: PathsMet, rows: pd.DataFrame, own: pd.DataFrame, scope: Scope, direction: Direction
) -> np.ndarray[tuple[int], np.dtype[np.object_]]:
    """What is said of these rows of one direction, in their order."""
    near = "destination" if direction is Direction.INBOUND else "source"
    asked = scope.narrow(required_ports.admitted(limited(met.flow_filter, OF_A_CELL)), direction)
    asked = narrowed_to(rows, asked)
    seen = cell_rows(met.store.fetch(FlowQuery(asked, by=(*FLOW_KEY, near), measures=("first_seen", "last_seen"))))
    seen = seen[is_among(seen[list(FLOW_KEY)], rows[list(FLOW_KEY)])].reset_index(drop=True)
    seen = seen.rename(columns={near: "dst_label" if direction is Direction.INBOUND else "src_label"})
    nothing = Latest(pd.DataFrame(columns=list(CLOSED)), np.full(len(seen), -1), seen["last_seen"])
    names = tuple(dict.fromkeys(map(str, own["nsg"])))
    last = with_those_of_others(nothing, met.store, met.flow_filter, scope, direction, seen, names, met.standing)
    of_rows, of_cells, count = numbers_of_both(rows[list(FLOW_KEY)], last.cells[list(FLOW_KEY)])
    texts = np.full(count, "", dtype=object)
    since = last.cells["denied_since"].dt.strftime("%Y-%m-%d %H:%M UTC") if len(last.cells) else ""
    texts[of_cells] = "denied by " + last.cells["denied_by"].astype(str) + SINCE + since
    said: np.ndarray[tuple[int], np.dtype[np.object_]] = texts[of_rows]
    return said
