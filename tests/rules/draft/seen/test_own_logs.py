"""What a log holds that may be of the NSG that is asked about, and is left out: drafts, replays and audits say so."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from nsgflow_core.ask.filters import FlowFilter
from nsgflow_core.inventory.inventory import Inventory
from nsgflow_core.inventory.rule import RuleSet
from nsgflow_core.inventory.scope import Scope
from nsgflow_core.inventory.subnet_map import SubnetMap
from nsgflow_core.rules.audit.audit import audit
from nsgflow_core.rules.decide.network import Network
from nsgflow_core.rules.draft.draft import compose
from nsgflow_core.rules.draft.traffic import gather
from nsgflow_core.rules.replay.replay import replay
from nsgflow_core.stores.local.store import LocalStore
from tests.estates.flows import START, Key, row, store_of
from tests.rules.audit.test_along import of_name
from tests.rules.decide.test_path import IN, estate

SQL: Key = ("10.30.1.4", "10.30.2.10", "TCP", 1433)
GUID = "77777777-7777-4777-8777-777777777777"
Said = Callable[[LocalStore, RuleSet, Inventory], Sequence[str]]


def of_a_draft(store: LocalStore, own: RuleSet, known: Inventory) -> Sequence[str]:
    material = gather(store, FlowFilter(), Scope(nsg="nsg-db"), IN, existing=own, space=Network(known).space(own))
    return compose(material.along(Network(known), store, FlowFilter())).warnings


def of_a_replay(store: LocalStore, own: RuleSet, known: Inventory) -> Sequence[str]:
    return tuple(replay(store, own, FlowFilter(), Network(known)).attrs["said"])


def of_an_audit(store: LocalStore, own: RuleSet, known: Inventory) -> Sequence[str]:
    return tuple(audit(store, own, FlowFilter(), Network(known)).attrs["said"])


EACH = pytest.mark.parametrize("said", [of_a_draft, of_a_replay, of_an_audit])


def logged(path: Path, *rows: tuple[str, int]) -> LocalStore:
    """A store in which each of these NSGs logged the same flow on that day."""
    made = [row(SQL, START + timedelta(days=day), nsg=nsg) for nsg, day in rows]
    return store_of(path / "f.duckdb", made, SubnetMap())


def about_others(said: Sequence[str]) -> list[str]:
    return [each for each in said if "took its place" in each]


@EACH
@pytest.mark.parametrize("since", ["nothing", "since 2026-11-03 00:00 UTC"])
def test_an_nsg_that_logged_there_before_may_be_the_same(tmp_path: Path, said: Said, since: str) -> None:
    own = [] if since == "nothing" else [("nsg-db", 2), ("nsg-db", 3)]
    store, known = logged(tmp_path, ("nsg-old", 0), ("nsg-old", 1), *own), estate()
    (told,) = about_others(said(store, of_name(known, "nsg-db"), known))
    assert told.startswith(
        f"nsg-old logged flows where nsg-db is set, until 2026-11-02 00:00 UTC, and nsg-db {since}: "
    )


@EACH
def test_who_logs_there_beside_it_or_is_told_by_a_file_is_another(tmp_path: Path, said: Said) -> None:
    store, known = logged(tmp_path, ("nsg-unknown", 0), ("nsg-db", 1), ("nsg-unknown", 2), ("nsg-nic", 0)), estate()
    assert not about_others(said(store, of_name(known, "nsg-db"), known))


@EACH
def test_a_file_without_the_guid_that_the_log_names_says_so(tmp_path: Path, said: Said) -> None:
    """An ARM template or a plan tells no guid, and VNet logs may name an NSG by that alone."""
    made = [{**row(SQL, START, nsg=GUID), "nsg_id": GUID, "log_kind": "VNet"}]
    store, known = store_of(tmp_path / "f.duckdb", made, SubnetMap()), estate()
    own = of_name(known, "nsg-db")
    for guid, count in (("", 1), ("88888888-8888-4888-8888-888888888888", 0)):
        of_guid = [each for each in said(store, replace(own, resource_guid=guid), known) if "resourceGuid" in each]
        assert len(of_guid) == count
        assert all(GUID in each and "nsg-db" in each for each in of_guid)
