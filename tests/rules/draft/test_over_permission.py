"""IPv4 and IPv6 are measured each by itself, on any draft: what one family opens never shows in the other's number."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from nsgflow_core.charts.rules import dial
from nsgflow_core.rules.draft.over_permission import Space, both_families
from nsgflow_core.rules.draft.tokens import INTERNET_SPAN
from nsgflow_core.words.prefixes import parse_prefix
from tests.estates.daily import daily
from tests.rules.draft.drafts import made_of

WEB = ((443, 443),)


def spans(*prefixes: str) -> tuple[tuple[int, int], ...]:
    found = [parse_prefix(text) for text in prefixes if text != "Internet"]
    tagged = (INTERNET_SPAN,) if "Internet" in prefixes else ()
    return tagged + tuple((int.from_bytes(p.first, "big"), int.from_bytes(p.last, "big")) for p in found)


def space(sources: tuple[str, ...], destinations: tuple[str, ...]) -> Space:
    return Space("TCP", spans(*sources), spans(*destinations), WEB)


@pytest.mark.parametrize(
    ("sources", "destinations", "v4", "v6", "words"),
    [
        (("10.0.0.0/30",), ("10.1.0.4",), 4, 0, "2.0×"),
        (("fd00::/64",), ("fd01::4",), 0, 2**64, "IPv6 1 /64 opened"),
        (("10.0.0.0/30", "fd00::/64"), ("10.1.0.4", "fd01::4"), 4, 2**64, "IPv4 2.0×, IPv6 1 /64 opened"),
        (("Internet",), ("10.1.0.4", "fd01::4"), 1, 1, "IPv4 1×, IPv6 1×"),
        (("Internet",), ("fd01::/126",), 0, 4, "IPv6 2.0×"),
        (("10.0.0.4",), ("fd01::4",), 0, 0, "1×"),
    ],
)
def test_an_opening_counts_in_the_family_of_both_its_ends(
    sources: tuple[str, ...], destinations: tuple[str, ...], v4: int, v6: int, words: str
) -> None:
    found = both_families([space(sources, destinations)], min(v4, 2), min(v6, 2))
    assert (found.v4.opened, found.v6.opened) == (v4, v6)
    assert found.words == words


@pytest.mark.parametrize(
    ("destinations", "drawn"),
    [(("fd01::4",), ["1×", "3·10¹⁸×"]), (("10.1.0.4", "fd01::4"), ["1×", "2.0×"]), (("10.1.0.4",), ["1×", "2.0×"])],
)
def test_the_dial_draws_ipv4_and_where_there_is_none_ipv6(destinations: tuple[str, ...], drawn: list[str]) -> None:
    seen_v6 = sum(":" in each for each in destinations)
    opened = both_families([space(("Internet",), destinations)], len(destinations) - seen_v6, seen_v6)
    points = pd.DataFrame(
        {"name": ["exact", "simplest"], "meaning": "", "rules": 1, "opened": opened.words}
        | {"over_permission": [1.0, 2.0], "over_permission_v6": [1.0, 3e18]}
    )
    assert [*dial(points, "", opened.drawn_family).data[1].text] == drawn


def test_a_dual_stack_draft_shows_both_on_every_point_of_the_dial(tmp_path: Path) -> None:
    rows = [r for host in (4, 5, 6) for r in daily(f"10.0.1.{host}", "10.0.2.8", 443)]
    rows += [r for host in (4, 5, 6) for r in daily(f"fd00:1::{host}", "fd00:2::8", 443)]
    made = made_of(tmp_path, rows, exactness=0.4)
    assert made.over_permission < 2**20 < made.opened.v6.ratio
    assert made.opened.words.endswith("IPv6 2 /64 opened")
    curve = made.curve()
    assert curve["over_permission"].is_monotonic_increasing
    assert curve["over_permission_v6"].is_monotonic_increasing
    assert curve["opened"].iloc[0] == "IPv4 1×, IPv6 1×"
