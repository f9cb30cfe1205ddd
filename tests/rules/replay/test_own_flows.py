"""Asking the store for what an NSG logged alone gives what asking it for everything gives."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from nsgflow_core.ask.filters import FlowFilter
from nsgflow_core.inventory.rule import RuleSet
from nsgflow_core.inventory.things.rule_sets import read_rule_sets
from nsgflow_core.rules.audit.audit import audit, audits
from nsgflow_core.rules.decide.address_space import AddressSpace
from nsgflow_core.rules.decide.network import Network
from nsgflow_core.rules.draft.draft import draft
from nsgflow_core.rules.draft.seen.own_logs import own_flows
from nsgflow_core.rules.replay.logged import fetch_logged, logged_by
from nsgflow_core.rules.replay.of_scope import replay_for
from nsgflow_core.rules.replay.replay import replay
from nsgflow_core.rules.review.tables import draft_json
from nsgflow_core.sources.sample.source import sample_nsgs
from nsgflow_core.stores.local.store import LocalStore
from nsgflow_core.words.vocabulary import Direction
from tests.estates.contested import NSG
from tests.estates.flows import store_of
from tests.estates.logged import GUID, NSG_ID, LoggedRows, row
from tests.estates.untidy import ID, NAMESAKE, plant_untidy
from tests.rules.replay.test_replay import SPACE, WEB


def answers(store: LocalStore, rule_set: RuleSet, asked: FlowFilter) -> list[object]:
    """All that a replay and an audit say, of names alone and with the map of subnets."""
    names, network = AddressSpace.of(store.subnets), Network(subnets=store.subnets)
    tables = [replay(store, rule_set, asked, space) for space in (names, network)]
    tables.append(audit(store, rule_set, asked, network))
    said = [{key: table.attrs.get(key) for key in ("said", "not_logged")} for table in tables]
    return [said, *(table.astype(str).to_dict("list") for table in tables)]


def asked_of_everything(monkeypatch: pytest.MonkeyPatch, store: LocalStore, rule_set: RuleSet, asked: FlowFilter):
    """The same, from all flows of the store."""
    with monkeypatch.context() as patch:
        patch.setattr("nsgflow_core.rules.replay.replay.logged_by", lambda store, asked, rule_sets: asked)
        patch.setattr("nsgflow_core.rules.replay.logged._of_these", lambda asked, ids, rule_sets, every: asked)
        return answers(store, rule_set, asked)


@pytest.mark.parametrize("most", [0, 20, 10**9])
def test_many_are_audited_together_as_each_by_itself(
    most: int, sample_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    estate = plant_untidy(1)
    untidy = store_of(tmp_path / "f.duckdb", estate.rows, estate.subnets)
    of_one_name = [RuleSet(NSG, tuple(estate.after), each).with_defaults() for each in ("", ID + NSG, NAMESAKE)]
    for store, rule_sets in (
        (LocalStore(sample_file), read_rule_sets(json.dumps(sample_nsgs()))),
        (untidy, [*of_one_name, RuleSet("nobody", ())]),
    ):
        network = Network(subnets=store.subnets)
        alone = [audit(store, each, FlowFilter(), network) for each in rule_sets]
        with monkeypatch.context() as patch:
            patch.setattr("nsgflow_core.rules.replay.logged.MOST_AT_ONCE", most)
            together = audits(store, rule_sets, FlowFilter(), network)
        for one, same in zip(alone, together, strict=True):
            pd.testing.assert_frame_equal(one.astype(str), same.astype(str))
            assert [each for each in one.attrs["said"] if "resourceGuid" not in each] == [
                each for each in same.attrs["said"] if "resourceGuid" not in each
            ]


@pytest.mark.parametrize("seed", range(2))
def test_a_replay_and_an_audit_are_the_same(seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    estate = plant_untidy(seed)
    store = store_of(tmp_path / "f.duckdb", estate.rows, estate.subnets)
    named = RuleSet(NSG, tuple(estate.after)).with_defaults()
    called = (
        named,
        replace(named, nsg_id=ID + NSG),
        replace(named, nsg_id=NAMESAKE.upper()),
        replace(named, nsg_id=f"{ID}nobody", resource_guid="44444444-4444-4444-8444-444444444444"),
        replace(named, name=NSG.upper()),
        replace(named, name="nobody"),
    )
    inbound = FlowFilter().where("direction", Direction.INBOUND)
    for rule_set, asked in ((named, inbound), *((each, FlowFilter()) for each in called)):
        assert answers(store, rule_set, asked) == asked_of_everything(monkeypatch, store, rule_set, asked)


def test_of_the_sample_each_nsg_is_asked_for_alone(sample_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store, every = LocalStore(sample_file), FlowFilter()
    whole = fetch_logged(store, every)
    for rule_set in read_rule_sets(json.dumps(sample_nsgs())):
        asked = logged_by(store, every, (rule_set,))
        assert asked != every
        own = own_flows(fetch_logged(store, asked), rule_set).reset_index(drop=True).astype(str)
        pd.testing.assert_frame_equal(own, own_flows(whole, rule_set).reset_index(drop=True).astype(str))
        if rule_set.name in ("nsg-dev", "nsg-hub-services"):
            assert answers(store, rule_set, every) == asked_of_everything(monkeypatch, store, rule_set, every)


def test_a_store_that_cannot_tell_who_logged_is_asked_for_everything(sample_file: Path) -> None:
    class Blind(LocalStore):
        """A store without NSG ids."""

        @property
        def unsupported(self) -> frozenset[str]:
            return frozenset({"nsg_id"})

    assert logged_by(Blind(sample_file), FlowFilter(), (RuleSet("nsg-dev", ()),)) == FlowFilter()


@pytest.mark.parametrize(("guid", "is_said"), [("", True), (GUID, False)])
@pytest.mark.parametrize("ask", [replay, audit])
def test_a_file_without_the_guid_that_the_log_names_says_so(ask: Any, guid: str, is_said: bool) -> None:
    """An ARM template or a plan tells no guid, and VNet logs may name an NSG by that alone."""
    by_guid = row(nsg=GUID, nsg_id=GUID, log_kind="VNet", rule="https", rule_kind="User")
    rules = RuleSet("web-nsg", WEB.rules, NSG_ID, guid)
    found = ask(LoggedRows([by_guid]), rules, FlowFilter(), SPACE)
    said = [each for each in found.attrs["said"] if "has no resourceGuid" in each]
    assert bool(said) is is_said
    assert all(GUID in each and "web-nsg" in each and "'az network nsg list'" in each for each in said)
    named = ask(LoggedRows([row()]), RuleSet("web-nsg", WEB.rules, NSG_ID), FlowFilter(), SPACE)
    assert not [each for each in named.attrs["said"] if "resourceGuid" in each], "the log names it"


@pytest.mark.parametrize("seed", [10330, 10331])
@pytest.mark.parametrize("has_file", [True, False])
def test_the_draft_of_an_nsg_named_by_its_id_is_replayed_on_that_ones_flows(
    seed: int, has_file: bool, tmp_path: Path
) -> None:
    """Another NSG has its name and no file its id: the draft had its flows, and the replay "nothing to replay"."""
    estate = plant_untidy(seed)
    store, space = store_of(tmp_path / "f.duckdb", estate.rows, estate.subnets), AddressSpace.of(estate.subnets)
    existing = estate.file if has_file else None
    made = draft(store, FlowFilter(), estate.scope, estate.direction, exactness=1.0, existing=existing, space=space)
    (read,) = read_rule_sets(draft_json(made))
    for rule_set in (made.rule_set, read):
        outcomes = replay_for(made, store, rule_set, FlowFilter(), existing)
        assert not outcomes.attrs["not_logged"]
        decided = set(outcomes.loc[outcomes["outcome"] == "still-allowed", "decided_by"])
        assert decided >= set(made.openings) != set()
