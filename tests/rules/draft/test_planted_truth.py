"""The planted truth: a known policy and its traffic, and what the draft makes of it."""

from __future__ import annotations

from datetime import timedelta

import pandas as pd
import pytest

from nsgflow_core.ask.filters import FlowFilter
from nsgflow_core.rules.decide.address_space import AddressSpace
from nsgflow_core.rules.decide.evaluate import decide_all
from nsgflow_core.rules.draft.draft import Draft, Scope, compose, draft
from nsgflow_core.rules.draft.traffic import Material, gather
from nsgflow_core.stores.local.store import LocalStore
from nsgflow_core.words.vocabulary import Direction
from tests.estates import planted
from tests.estates.flows import START, Key, store_of

SEEDS = range(8)
Estates = dict[int, tuple[planted.Estate, LocalStore]]
Materials = dict[int, Material]


@pytest.fixture(scope="module")
def estates(tmp_path_factory: pytest.TempPathFactory) -> Estates:
    folder = tmp_path_factory.mktemp("planted")
    made = {}
    for seed in SEEDS:
        estate = planted.plant(seed)
        made[seed] = (estate, store_of(folder / f"{seed}.duckdb", planted.rows_of(estate), estate.subnets))
    return made


@pytest.fixture(scope="module")
def materials(estates: Estates) -> Materials:
    """What drafts of each are made from, at any exactness."""
    return {
        seed: gather(store, FlowFilter(), Scope(nsg=estate.nsg), Direction.INBOUND)
        for seed, (estate, store) in estates.items()
    }


def accesses(made: Draft, keys: list[Key], estate: planted.Estate) -> list[str]:
    packets = pd.DataFrame(keys, columns=["src_ip", "dst_ip", "protocol", "port"]).assign(direction="Inbound")
    return [str(word) for word in decide_all(made.rule_set, packets, AddressSpace.of(estate.subnets))["access"]]


@pytest.mark.parametrize("seed", SEEDS)
def test_at_exact_all_legitimate_traffic_passes_and_nothing_else(
    estates: Estates, materials: Materials, seed: int
) -> None:
    estate, made = estates[seed][0], compose(materials[seed], 1.0)
    assert made.over_permission == 1.0
    legitimate = sorted({key for key, _, _ in estate.legitimate})
    assert set(accesses(made, legitimate, estate)) == {"Allow"}
    denied = sorted({key for key, _ in estate.denied})
    assert denied
    assert set(accesses(made, denied, estate)) == {"Deny"}
    by_evidence = sum(found.flows for found in made.evidence.values())
    assert by_evidence == sum(connections for _, _, connections in estate.legitimate)


@pytest.mark.parametrize("seed", SEEDS)
def test_at_the_default_dial_rules_are_few_and_cover_the_policy(
    estates: Estates, materials: Materials, seed: int
) -> None:
    estate, made = estates[seed][0], compose(materials[seed], 0.75)
    assert len(made.openings) <= 1.5 * len(estate.policy)
    legitimate = sorted({key for key, _, _ in estate.legitimate})
    assert set(accesses(made, legitimate, estate)) == {"Allow"}
    denied = sorted({key for key, _ in estate.denied})
    assert set(accesses(made, denied, estate)) == {"Deny"}


@pytest.mark.parametrize("seed", SEEDS)
def test_towards_simple_there_are_fewer_rules_and_more_is_opened(materials: Materials, seed: int) -> None:
    made = compose(materials[seed], 0.75)
    curve = made.curve()
    assert curve["exactness"].is_monotonic_decreasing
    assert curve["rules"].is_monotonic_decreasing
    assert curve["over_permission"].is_monotonic_increasing
    assert curve["over_permission"].iloc[0] == 1.0
    assert curve.loc[curve["chosen"], "exactness"].tolist() == [0.75]


def test_a_held_out_day_is_mostly_covered_at_the_default_dial(estates: Estates) -> None:
    """Draft from the days before the last one, then decide the last: at least nine of ten services pass."""
    shares = []
    for seed in SEEDS:
        estate, store = estates[seed]
        last_day = START + timedelta(days=13)
        made = draft(store, FlowFilter().within(None, last_day), Scope(nsg=estate.nsg), Direction.INBOUND)
        later = sorted({key for key, moment, _ in estate.legitimate if moment >= last_day})
        if later:
            words = accesses(made, later, estate)
            shares.append(words.count("Allow") / len(words))
    assert min(shares) >= 0.9, shares


def test_the_rare_job_stands_alone_for_review(estates: Estates, materials: Materials) -> None:
    reviewed = 0
    for seed in SEEDS:
        estate, made = estates[seed][0], compose(materials[seed], 0.75)
        rare = {rule.ports[0] for rule in estate.policy if rule.ports[0] in (7000, 7001)}
        for port in rare:
            rules = [rule for rule in made.own_rules if any(p.holds(port) for p in rule.destination_ports)]
            rules = [rule for rule in rules if rule.name in made.openings]
            assert len(rules) == 1
            found = made.evidence[rules[0].name]
            assert found.review
            assert found.confidence == "low"
            assert set(made.openings[rules[0].name].ports) <= {7000, 7001}
            reviewed += 1
    assert reviewed
