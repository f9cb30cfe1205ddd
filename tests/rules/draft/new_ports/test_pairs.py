"""Ports that are new every day: who earns a marked range, which one, and who is only asked about."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from nsgflow_core.inventory.rule import PortRange
from nsgflow_core.rules.draft.asking.answering import pair_mask
from nsgflow_core.rules.draft.draft import Draft, compose
from nsgflow_core.rules.draft.new_ports.range import range_of
from nsgflow_core.rules.draft.options import DraftOptions
from nsgflow_core.rules.draft.seen import evidence, excluded
from nsgflow_core.rules.draft.seen.evidence_query import FLOW_KEY
from nsgflow_core.rules.draft.traffic import Material
from tests.estates.daily import Rows, daily
from tests.estates.flows import START, row
from tests.rules.draft.drafts import IN, drafted, made_of, material_of

COUNTERS = ("src_to_dst_packets", "src_to_dst_bytes", "dst_to_src_packets", "dst_to_src_bytes")
ONE, OTHER, SERVER = "10.0.1.4", "10.0.1.5", "10.0.2.8"


def new_every_day(
    source: str, server: str, first: int, ports: int = 5, days: int = 3, step: int = 37, start: int = 0, **more: object
) -> Rows:
    """So many ports a day, none of which is used on another day; `more` replaces columns."""
    return [
        row((source, server, "TCP", first + step * (day * ports + port)), START + timedelta(days=start + day)) | more
        for day in range(days)
        for port in range(ports)
    ]


def marked(made: Draft) -> dict[str, str]:
    """The ports of each marked rule."""
    rules = {rule.name: rule for rule in drafted(made)}
    return {name: ",".join(map(str, rules[name].destination_ports)) for name in made.ranges}


def test_a_pair_gets_a_marked_range_and_its_stable_port_a_rule_of_its_own(tmp_path: Path) -> None:
    rows = new_every_day(ONE, SERVER, 33_000) + daily(ONE, SERVER, 45_001, days=3) + daily(ONE, SERVER, 443, days=3)
    made = made_of(tmp_path, rows)
    (name,) = made.ranges
    assert marked(made) == {name: "32768-60999"}
    rule = next(r for r in drafted(made) if r.name == name)
    assert (rule.sources, rule.destinations) == ((ONE,), (SERVER,))
    assert made.evidence[name].review == (evidence.NEW_EVERY_DAY,)
    assert ["443", "45001"] in [[str(p) for p in r.destination_ports] for r in drafted(made)]
    (question,) = [each for each in made.decisions_to_make if each.rule == name]
    assert question.words.startswith(f"On each of 3 days {ONE} used 5 TCP ports on {SERVER} that it used on no")
    assert made.over_permission_beside_ranges == 1.0
    assert made.over_permission > 1_000


def test_exact_opens_the_ports_that_were_seen_and_no_range(tmp_path: Path) -> None:
    made = made_of(tmp_path, new_every_day(ONE, SERVER, 33_000), exactness=1.0)
    assert (made.over_permission, made.ranges) == (1.0, {})
    (rule,) = drafted(made)
    assert len(rule.destination_ports) == 15
    assert made.set_apart.empty


@pytest.mark.parametrize(
    ("why", "counters"),
    [
        ("silence", (9, 540, 0, 0)),
        ("refused", (1, 66, 1, 54)),
        ("refused three times, as Windows asks", (3, 198, 3, 162)),
    ],
)
def test_a_daily_port_scanner_earns_no_range(tmp_path: Path, why: str, counters: tuple[int, ...]) -> None:
    rows = new_every_day(ONE, SERVER, 1_100, ports=60, **dict(zip(COUNTERS, counters, strict=True))) + daily(
        OTHER, SERVER, 443, days=3
    )
    made = made_of(tmp_path, rows)
    assert made.ranges == {}, why
    assert made.over_permission == 1.0


def test_rare_low_ports_are_no_range_but_many_new_ones_each_day_are(tmp_path: Path) -> None:
    rare = new_every_day(ONE, SERVER, 2_000, ports=1, days=6, step=100) + daily(ONE, SERVER, 443, days=6)
    assert made_of(tmp_path, rare).ranges == {}
    (tmp_path / "m").mkdir()
    often = new_every_day(ONE, SERVER, 2_000, ports=20, days=3, step=100)
    assert list(marked(made_of(tmp_path / "m", often)).values()) == ["1300-8600"]


def test_answers_of_a_service_are_no_new_ports_in_any_band(tmp_path: Path) -> None:
    rows = new_every_day(ONE, SERVER, 2_000, ports=20, src_port=7_777) + daily(OTHER, SERVER, 443, days=3)
    made = made_of(tmp_path, rows)
    assert made.ranges == {}
    assert set(made.set_apart["reason"]) == {excluded.REPLY}


def test_pairs_of_one_cluster_are_one_rule_and_others_stay_out_of_it(tmp_path: Path) -> None:
    hosts = [f"10.0.2.{n}" for n in (8, 9, 10)]
    pairs = [(a, b) for a in hosts for b in hosts if a != b]
    rows = [r for n, (a, b) in enumerate(pairs) for r in new_every_day(a, b, 50_000 + 500 * n, step=11)]
    rows += new_every_day("10.0.2.40", "10.0.2.50", 33_000)
    made = made_of(tmp_path, rows)
    found = {(r.pairs, r.sources, r.destinations, str(r.ports)) for (r,) in made.ranges.values()}
    three = ("10.0.2.10", "10.0.2.8", "10.0.2.9")
    assert found == {
        (6, three, three, "49152-65535"),
        (1, ("10.0.2.40",), ("10.0.2.50",), "32768-60999"),
    }


def test_with_one_day_or_without_answers_it_is_asked_and_not_drafted(tmp_path: Path) -> None:
    one_day = made_of(tmp_path, new_every_day(ONE, SERVER, 33_000, ports=12, days=1))
    assert one_day.ranges == {}
    assert any("One day cannot tell" in each.words for each in one_day.decisions_to_make)
    (tmp_path / "v1").mkdir()
    without = made_of(tmp_path / "v1", new_every_day(ONE, SERVER, 33_000, **dict.fromkeys(COUNTERS, 0)))
    assert without.ranges == {}
    assert any("do not show answers" in each.words for each in without.decisions_to_make)


@pytest.mark.parametrize(("ports", "days", "is_asked"), [(9, 1, False), (10, 1, True), (2, 1, False), (1, 3, True)])
def test_one_day_must_show_many_ports_and_several_days_few(
    tmp_path: Path, ports: int, days: int, is_asked: bool
) -> None:
    rows = new_every_day(ONE, SERVER, 33_000, ports=ports, days=days, **dict.fromkeys(COUNTERS, 0))
    assert len(material_of(tmp_path, rows).asked_pairs) == is_asked


def test_what_is_of_a_pair_is_of_its_protocol_and_of_ports_of_one_day() -> None:
    pair = (ONE, SERVER, "TCP")
    flows = pd.DataFrame(
        [(*pair, 33_000, 1), (*pair, 443, 3), (ONE, SERVER, "UDP", 5_000, 1), (OTHER, SERVER, "TCP", 5_001, 1)],
        columns=[*FLOW_KEY, "days"],
    )
    assert pair_mask(flows, pair).tolist() == [True, False, False, False]


def test_a_person_may_want_them_set_apart(tmp_path: Path) -> None:
    rows = new_every_day(ONE, SERVER, 33_000) + daily(ONE, SERVER, 443, days=3)
    made = made_of(tmp_path, rows, options=DraftOptions(dynamic_ranges=False))
    assert made.ranges == {}
    assert made.set_apart["reason"].tolist() == [excluded.DYNAMIC] * 15


@pytest.fixture(scope="module")
def new_and_known(tmp_path_factory: pytest.TempPathFactory) -> Material:
    return material_of(
        tmp_path_factory.mktemp("new"), new_every_day(ONE, SERVER, 33_000) + daily(OTHER, SERVER, 443, days=3)
    )


@pytest.mark.parametrize("exactness", [1.0, 0.9, 0.75, 0.6, 0.4, 0.2, 0.0])
def test_no_rung_opens_less_than_what_was_seen(new_and_known: Material, exactness: float) -> None:
    made = compose(new_and_known, exactness)
    for _, flow in made.material.flows.iterrows():
        assert any(p.holds(flow["port"]) for r in drafted(made) if r.direction is IN for p in r.destination_ports)


@pytest.mark.parametrize(
    ("ports", "bands", "expected"),
    [
        ([49_152, 65_535], (0,), (49_152, 65_535)),
        ([32_768, 60_999], (0,), (32_768, 60_999)),
        ([40_000, 61_000], (0,), (32_768, 65_535)),
        (list(range(10_000, 20_001, 10)), (1,), (9_900, 20_100)),
        (list(range(1_030, 65_000, 7)), (0, 1), (1_024, 65_100)),
        ([100, 40_000], (0, 1, 2), (1, 65_535)),
    ],
)
def test_the_smallest_range_that_holds_the_ports(
    ports: list[int], bands: tuple[int, ...], expected: tuple[int, int]
) -> None:
    assert range_of(np.array(ports), bands) == PortRange(*expected)
