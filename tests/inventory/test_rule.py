"""What two rules can have in common, before their addresses are looked at."""

from __future__ import annotations

import pytest

from nsgflow_core.inventory.rule import PROTOCOLS, PortRange, ports_meet, protocols_meet


@pytest.mark.parametrize("one", PROTOCOLS)
@pytest.mark.parametrize("other", PROTOCOLS)
def test_protocols_meet_where_they_are_one_or_either_is_any(one: str, other: str) -> None:
    assert protocols_meet(one, other) == (one == other or "*" in (one, other))


@pytest.mark.parametrize(
    ("ones", "others", "do_meet"),
    [
        ([(443, 443)], [(80, 80), (443, 443)], True),
        ([(100, 200)], [(200, 300)], True),
        ([(100, 199)], [(200, 300)], False),
        ([(0, 65535)], [(22, 22)], True),
        ([(22, 22)], [(0, 65535)], True),
        ([], [(22, 22)], False),
    ],
)
def test_ports_meet_where_one_lies_in_both(
    ones: list[tuple[int, int]], others: list[tuple[int, int]], do_meet: bool
) -> None:
    a, b = ([PortRange(*each) for each in side] for side in (ones, others))
    assert ports_meet(a, b) == ports_meet(b, a) == do_meet
