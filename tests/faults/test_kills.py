"""kill -9 in every phase: the store is as before or as after, what is done again ends alike, and nothing lies about.

`python -m tests.faults.campaign` kills at every point, and at random moments as often as it is told.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults.harness.child import Children
from tests.faults.harness.ends import Ends
from tests.faults.harness.points import POINTS
from tests.faults.harness.whole import Held

LEFT_TO_THE_CAMPAIGN = ("make_tables", "_close", "tables_of", "make_durable", "start_beside", "_write_ledger")
TRIED = [
    number
    for number, point in enumerate(POINTS)
    if (not point.after or point.place.endswith("take_place")) and not point.place.endswith(LEFT_TO_THE_CAMPAIGN)
]
"""Before a call of each phase, and after the one that changes places."""


@pytest.fixture(scope="module")
def ends(days: Path, full: Path, undisturbed: Held, shortened: Held) -> Ends:
    return Ends(days, full, undisturbed, shortened)


@pytest.mark.parametrize("number", TRIED, ids=[POINTS[number].words for number in TRIED])
def test_killed_at_a_point(forking: Children, ends: Ends, tmp_path: Path, number: int) -> None:
    task = ends.task(POINTS[number].action, tmp_path, point=number)
    ended = forking.run(task)
    assert ended.killed, f"the work never comes to this point: {ended.said}"
    ends.check(forking, task)
