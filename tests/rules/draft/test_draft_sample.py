"""A draft beside the sample estate's own rules: what was allowed stays allowed, load balancer probes too."""

from __future__ import annotations

import json

import pytest

from nsgflow_core.ask.filters import FlowFilter
from nsgflow_core.inventory.things.rule_sets import read_rule_sets
from nsgflow_core.rules.decide.address_space import AddressSpace
from nsgflow_core.rules.draft.draft import Scope, draft
from nsgflow_core.rules.replay.replay import replay
from nsgflow_core.sources.sample.source import sample_nsgs, sample_subnets
from nsgflow_core.stores.local.store import LocalStore
from nsgflow_core.words.vocabulary import Direction

NSGS = {rule_set.name: rule_set for rule_set in read_rule_sets(json.dumps(sample_nsgs()))}


@pytest.fixture(scope="module")
def store(sample_file):
    return LocalStore(sample_file)


@pytest.mark.parametrize("name", ["nsg-shop-web", "nsg-shop-app", "nsg-shop-data", "nsg-hub-services"])
def test_a_draft_beside_the_nsgs_own_denies_breaks_nothing_but_what_it_set_apart(store, name):
    made = draft(store, FlowFilter(), Scope(nsg=name), Direction.INBOUND, existing=NSGS[name])
    space = AddressSpace.of(sample_subnets())
    outcomes = replay(store, made.rule_set, FlowFilter(), space)
    broken = outcomes[outcomes["outcome"] == "newly-denied"]
    apart = set(zip(made.set_apart["src_ip"], made.set_apart["dst_ip"], made.set_apart["port"], strict=True))
    probes = broken[broken["source_ip"] == "168.63.129.16"]
    assert probes.empty
    stopped_by_own = broken["logged_rule"].eq("AllowVnetInBound")
    unexplained = broken[~stopped_by_own]
    assert set(zip(unexplained.source_ip, unexplained.destination_ip, unexplained.port, strict=True)) <= apart
