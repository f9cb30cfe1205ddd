"""kill -9 in every phase: the store is as before or as after, what is done again ends alike, and nothing lies about.

`python -m tests.faults.campaign` kills at every point, and at random moments as often as it is told.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults.child import Children
from tests.faults.ends import Ends
from tests.faults.points import POINTS
from tests.faults.whole import Held

TRIED = [number for number, point in enumerate(POINTS) if not point.after or point.place.endswith("take_place")]
"""Before each call, and after the one that changes places."""


@pytest.fixture(scope="module")
def ends(days: Path, full: Path, undisturbed: Held, shortened: Held) -> Ends:
    return Ends(days, full, undisturbed, shortened)


@pytest.mark.parametrize("number", TRIED, ids=[POINTS[number].words for number in TRIED])
def test_killed_at_a_point(forking: Children, ends: Ends, tmp_path: Path, number: int) -> None:
    task = ends.task(POINTS[number].action, tmp_path, point=number)
    ended = forking.run(task)
    assert ended.killed, f"the work never comes to this point: {ended.said}"
    ends.check(forking, task)
