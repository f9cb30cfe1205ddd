"""What two NSGs of one end let pass is logged by one of them: drafts and replays of either know of all of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import pytest

from nsgflow_core.ask.filters import FlowFilter
from nsgflow_core.inventory.scope import Scope
from nsgflow_core.inventory.subnet_map import SubnetMap
from nsgflow_core.rules.decide.beside import with_others
from nsgflow_core.rules.decide.network import Network
from nsgflow_core.rules.draft.traffic import Material, gather
from nsgflow_core.rules.replay.of_scope import replay_scope
from nsgflow_core.stores.local.store import LocalStore
from nsgflow_core.words.vocabulary import Direction
from tests.estates.flows import START, Key, row, store_of
from tests.rules.audit.test_along import of_name
from tests.rules.decide.test_path import CLOSED_IN, IN, OUT, estate

GUARDED, ALONE, FAR = "10.30.2.9", "10.30.2.10", "10.30.1.4"
"""A NIC with an NSG of its own in the subnet of nsg-db, one without, and a client."""


def packet(own: str, direction: Direction, port: int = 1433) -> Key:
    return (FAR, own, "TCP", port) if direction is IN else (own, FAR, "TCP", port)


def logged(path: Path, direction: Direction, *rows: tuple[str, str, int, str]) -> LocalStore:
    """A store of a week: each day these NSGs decided so about their own address and port."""
    made = [
        row(
            packet(own, direction, port),
            START + timedelta(days=day),
            nsg=nsg,
            decision=decision,
            direction=str(direction),
        )
        for day in range(7)
        for nsg, own, port, decision in rows
    ]
    return store_of(path / "f.duckdb", made, SubnetMap())


def drafted(store: LocalStore, nsg: str, direction: Direction, db: Sequence[object] = ()) -> Material:
    known = estate(db=db)
    own = of_name(known, nsg)
    scope = with_others(Scope(nsg=nsg), own, known)
    return gather(store, FlowFilter(), scope, direction, existing=own, space=Network(known).space(own))


@pytest.mark.parametrize("direction", [IN, OUT])
@pytest.mark.parametrize(("nsg", "logs"), [("nsg-db", "nsg-nic"), ("nsg-nic", "nsg-db")])
def test_a_draft_has_what_the_other_nsg_logged_where_both_stand(
    nsg: str, logs: str, direction: Direction, tmp_path: Path
) -> None:
    store = logged(tmp_path, direction, (logs, GUARDED, 1433, "Allowed"), ("nsg-db", ALONE, 8443, "Allowed"))
    end = "dst_ip" if direction is IN else "src_ip"
    seen = {(str(address), int(port)) for address, port in drafted(store, nsg, direction).flows[[end, "port"]].values}
    assert seen == {(GUARDED, 1433)} | ({(ALONE, 8443)} if nsg == "nsg-db" else set())


def test_what_the_other_nsg_denied_is_its_own_deny(tmp_path: Path) -> None:
    store = logged(tmp_path, IN, ("nsg-nic", GUARDED, 1433, "Allowed"), ("nsg-nic", GUARDED, 22, "Denied"))
    made = drafted(store, "nsg-db", IN)
    assert made.flows["port"].tolist() == [1433]
    assert made.closed_here.empty


def test_what_this_nsg_denied_last_is_no_rule_although_the_other_let_it_pass(tmp_path: Path) -> None:
    store = logged(tmp_path, IN, ("nsg-nic", GUARDED, 1433, "Allowed"), ("nsg-db", GUARDED, 1433, "Denied"))
    assert drafted(store, "nsg-db", IN).flows.empty


@pytest.mark.parametrize(("rules", "outcome"), [((), "still-allowed"), (CLOSED_IN, "newly-denied")])
def test_a_replay_has_it_too(rules: Sequence[object], outcome: str, tmp_path: Path) -> None:
    store = logged(tmp_path, IN, ("nsg-nic", GUARDED, 1433, "Allowed"))
    known, tried = estate(), of_name(estate(db=rules), "nsg-db")
    outcomes = replay_scope(store, tried, FlowFilter(), Scope(nsg="nsg-db"), IN, Network(known))
    assert list(zip(outcomes["outcome"], outcomes["flows"], strict=True)) == [(outcome, 7)]


def test_by_its_id_an_nsg_is_beside_the_ids_of_the_others() -> None:
    known = estate()
    own, other = of_name(known, "nsg-db"), of_name(known, "nsg-nic")
    scope = with_others(Scope(nsg=own.nsg_id), own, known)
    assert scope.beside == (other.nsg_id, other.resource_guid)
    assert scope.places == ()
    assert with_others(Scope(subnet="db"), own, known) == Scope(subnet="db")
    assert with_others(Scope(nsg="nsg-app"), of_name(known, "nsg-app"), known) == Scope(nsg="nsg-app")
