"""The sample estate replayed on its own NSGs: what disagrees is the planted story, and nothing else."""

import json

import pytest

from nsgflow_core.ask.filters import FlowFilter
from nsgflow_core.inventory.things.rule_sets import read_rule_sets
from nsgflow_core.rules.audit.audit import audit
from nsgflow_core.rules.decide.address_space import AddressSpace
from nsgflow_core.rules.replay.disagreements import OVERTAKEN, disagreements
from nsgflow_core.rules.replay.replay import replay, totals
from nsgflow_core.sources.sample.source import sample_nsgs, sample_subnets
from nsgflow_core.stores.local.store import LocalStore


@pytest.fixture(scope="module")
def store(sample_file):
    return LocalStore(sample_file)


RULE_SETS = read_rule_sets(json.dumps(sample_nsgs()))
SPACE = AddressSpace.of(sample_subnets())


def test_the_rules_explain_the_log_but_for_the_rule_added_midweek(store):
    outcomes = replay(store, RULE_SETS, FlowFilter(), SPACE)
    flows = totals(outcomes).set_index("outcome")["flows"]
    assert flows["still-allowed"] > 60_000
    assert flows["newly-allowed"] == flows["indeterminate"] == 0
    changed = outcomes[outcomes["outcome"] == "newly-denied"]
    assert set(zip(changed["decided_by"], changed["logged_rule"], strict=True)) == {
        ("deny-spokes-in", "AllowVnetInBound")
    }
    assert outcomes.attrs["not_logged"] == []


def test_the_disagreement_says_why(store):
    (data,) = (item for item in RULE_SETS if item.name == "nsg-shop-data")
    found = disagreements(replay(store, data, FlowFilter(), SPACE), data)
    assert len(found)
    assert set(found["reason"]) == {OVERTAKEN}


def test_the_audit_finds_the_planted_shadow(store):
    (web,) = (item for item in RULE_SETS if item.name == "nsg-shop-web")
    rules = audit(store, web, FlowFilter(), SPACE).set_index("name")
    assert "shadowed: allow-https-internet (100)" in str(rules.loc["allow-https-partner", "findings"])
    assert rules["hits"].loc["allow-https-internet"] > 0
